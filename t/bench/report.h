/*
 * Rows of results: each is measured in rounds, in which the physical limit, Dispatch and
 * the peer (ttyd, where it is installed) take turns, so that whatever else the machine
 * does hits all of them. A row shows the median of its rounds.
 */
#ifndef DISPATCH_BENCH_REPORT_H
#define DISPATCH_BENCH_REPORT_H

#include <stdbool.h>

#include "lib/buf.h"
#include "t/bench/measure.h"

enum column { LIMIT, OURS, PEER, COLUMNS };
enum { ROUNDS_MAX = 32 };

struct row {
	char name[80];
	const char *unit;
	bool worst; /* the largest of the rounds instead of their median */
	double values[COLUMNS][ROUNDS_MAX];
	int count[COLUMNS]; /* 0: the column is empty (null) */
};

void row_init(struct row *row, const char *unit, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* The value of one more round. */
void row_add(struct row *row, enum column column, double value);

/* p50, p99 and max of the same thing in microseconds. */
struct latency {
	struct row p50, p99, max;
	struct samples samples[COLUMNS]; /* of the present round */
};

void latency_init(struct latency *l, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* Takes over the samples of a round, and empties them. */
void latency_round(struct latency *l);

struct report {
	struct buf json;
	int rows;
};

/* Prints what the columns are, and how busy the machine is before we begin. */
void report_begin(struct report *report);

/* Prints a heading. */
void report_group(const char *what);

void report_row(struct report *report, const struct row *row);
void report_latency(struct report *report, const struct latency *l);

/* Says in a line of its own why something is missing or how it was measured. */
void report_note(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Writes the JSON. */
void report_end(struct report *report, const char *path);

#endif
