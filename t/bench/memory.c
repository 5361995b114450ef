/*
 * Memory of an idle Dispatch, as proportional shares (PSS), with more and more sessions
 * that do nothing. What runs in a session is not counted, its shim is.
 */
#include "config.h"

#include "t/bench/bench.h"
#include "t/bench/client.h"

#include <stdio.h>

enum { SETTLE_US = 1500000 };

static const struct {
	const char *name;
	enum role role;
} parts[] = {
	{"runner", RUNNER},
	{"handlers", HANDLERS},
	{"nginx", WEB},
	{"all", ROLES},
};

/* Returns kilobytes of all. */
static double
report_parts(struct bench *b, struct instance *in, int sessions)
{
	double kb = 0;
	instance_look(in);
	for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
		struct row row;
		kb = processes_memory(&in->processes, parts[i].role);
		row_init(&row, "MB", "%d sessions: %s", sessions, parts[i].name);
		row_add(&row, OURS, kb / 1024);
		report_row(&b->report, &row);
	}
	return kb;
}

void
bench_memory(struct bench *b)
{
	static const char *const settings[] = {"session.limit=300", NULL};
	const int *steps = b->size->idle_sessions;
	struct instance in;
	struct client client;
	struct row each;
	char id[ID_SIZE];
	double none = 0;
	int count = 0;
	bench_open(b, &in, "memory", settings);
	client_open(&client, &in);
	for (int i = 0; i == 0 || (i < 3 && steps[i]); i++) {
		for (; count < steps[i]; count++)
			client_create(&client, "exec cat", id);
		sleep_us(SETTLE_US);
		double all = report_parts(b, &in, count);
		if (count == 0) {
			none = all;
			continue;
		}
		row_init(&each, "kB", "%d sessions: each, beyond its child", count);
		row_add(&each, OURS, (all - none) / count);
		report_row(&b->report, &each);
	}
	client_close(&client);
	bench_close(&in);
}
