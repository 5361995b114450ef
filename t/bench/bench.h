/*
 * The groups of the benchmark. Each starts what it needs, measures in rounds, reports its
 * rows and ends what it started.
 */
#ifndef DISPATCH_BENCH_BENCH_H
#define DISPATCH_BENCH_BENCH_H

#include <stdbool.h>
#include <stddef.h>

#include "t/bench/front.h"
#include "t/bench/instance.h"
#include "t/bench/report.h"

/* How much is measured. */
struct size {
	int rounds;
	int keys;        /* of a round, idle */
	int loaded_keys; /* of a round, beside other work */
	size_t text_bytes;
	size_t log_bytes;    /* of the write-ahead log that is checkpointed */
	size_t histories[5]; /* bytes that a viewer attaches to; 0 ends the list */
	size_t replay_most;  /* of those that are replayed whole */
	int attaches;        /* of a round */
	int viewers[5];      /* 0 ends the list */
	size_t shared_bytes; /* to so many viewers at once: */
	int sharing;
	int sessions, loud;   /* with a viewer each; so many of them print */
	int idle_sessions[3]; /* the first is 0 */
	double load_us;       /* how long requests are sent in a round */
	int starts;
	int kills;
	int kill_rate; /* bytes per second that are printed meanwhile */
	int pieces;    /* of an answer of Claude's */
	int git_files; /* of a repository */
	int files;     /* in a folder */
	size_t search_bytes, file_bytes;
};

struct bench {
	const struct size *size;
	struct report report;
	struct front front;
	char *folder;    /* of the run */
	char *program;   /* path of this program: what it runs in sessions, see child.h */
	char *text;      /* path of the coloured text */
	size_t text_len; /* of what comes out of the pty */
};

void bench_echo(struct bench *b);
void bench_flood(struct bench *b);
void bench_checkpoint(struct bench *b);
void bench_throughput(struct bench *b);
void bench_attach(struct bench *b);
void bench_viewers(struct bench *b);
void bench_sessions(struct bench *b);
void bench_memory(struct bench *b);
void bench_rest(struct bench *b);
void bench_start(struct bench *b);
void bench_kill(struct bench *b);
void bench_git(struct bench *b);
void bench_files(struct bench *b);
/* Leaves the network: the last. */
void bench_claude(struct bench *b);

/* Starts a Dispatch for a group, in a folder of that name; bench_close() removes both. */
void bench_open(struct bench *b, struct instance *in, const char *name,
	const char *const *settings);
void bench_close(struct instance *in);

#endif
