/* What the files run*.c share; for them only. */
#ifndef DISPATCH_RUNNER_RUN_PARTS_H
#define DISPATCH_RUNNER_RUN_PARTS_H

#include <stdint.h>

struct pending;
struct run;
struct shim_exit;

/* Adds an event behind those that wait; `data` is taken over. */
struct pending *run_add_pending(struct run *run, int64_t at, const char *channel,
	const char *type, char *data);

/* Forgets the first one that waits. */
void run_drop_pending(struct run *run);

/* The exit that is known is recorded behind the last byte. */
void run_add_exit(struct run *run);

/* The adapter of what speaks in lines has nothing more to expect (NULL: nobody knows how
 * it ended). */
void run_tell_end(struct run *run, const struct shim_exit *exit);

/* Keeps the end of a terminal's output, which is still in the ring, for the preview. */
void run_remember_tail(struct run *run, int64_t from, int64_t to);

#endif
