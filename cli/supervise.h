/*
 * The servers that `dispatch serve` runs: started in their own process groups, started
 * again when they end, stopped in order.
 *
 * The caller has blocked SIGCHLD, SIGINT, SIGTERM and SIGHUP (supervise_block_signals());
 * they are taken one at a time by supervise_wait(), so there are no signal handlers.
 */
#ifndef DISPATCH_CLI_SUPERVISE_H
#define DISPATCH_CLI_SUPERVISE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "lib/err.h"

struct log;

enum { CHILD_HELD = 3 };

struct child {
	/* What to run; belongs to the caller and outlives the child. */
	const char *name;  /* for people */
	char *const *argv; /* argv[0] is a path; ends with NULL */
	const char *log;   /* file that takes its standard output and error */
	int input;         /* its standard input: a socket, or -1 for none */
	int held;          /* what it and all that it starts have as CHILD_HELD, or -1 */
	int stop_signal;
	int orphan_signal; /* what it gets when we are killed; 0: SIGTERM */
	int stop_ms;       /* how long it may take to stop before it is killed */
	bool drains; /* is told to stop before all others, and finishes what it has */
	bool whole_group; /* what is left of its process group dies with it */

	/* Kept by supervise.c. */
	pid_t pid;                 /* 0 while it does not run */
	int64_t started, start_at; /* monotonic milliseconds */
	int delay;                 /* milliseconds of the last wait before a start */
};

struct supervisor {
	struct child *children; /* in the order of starting */
	size_t count;
	const struct log *log;
	bool patient; /* a child that ends is started again; else it is an error */
};

/* Blocks the signals named above, and ignores SIGPIPE. */
void supervise_block_signals(void);

/* Starts all children. Error: 500 "child.start"; those that run already go on. */
int supervise_start(struct supervisor *s, struct err *e);

/*
 * Waits until a signal was handled, at most `timeout_ms`. Starts again what ended: at
 * once when it had run for a second, else after 0.1 s, doubled each time up to 5 s.
 * Returns 0, or the signal that asks to stop, or -1 with an error (500 "child.ended")
 * when a child ended and the supervisor is not patient.
 */
int supervise_wait(struct supervisor *s, int timeout_ms, struct err *e);

/*
 * Stops the children: tells those that drain, then stops all, the last in the array
 * first, each with its signal and then SIGKILL. A second SIGINT or SIGTERM meanwhile
 * takes away all patience.
 */
void supervise_stop(struct supervisor *s);

#endif
