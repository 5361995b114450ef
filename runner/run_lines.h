/* A run whose program speaks in lines: what stands in the ring is passed to the adapter,
 * line by line. For run.c and run_link.c. */
#ifndef DISPATCH_RUNNER_RUN_LINES_H
#define DISPATCH_RUNNER_RUN_LINES_H

#include <stddef.h>

#include "lib/err.h"

struct run;

/* Gets ready; called once. */
void run_lines_begin(struct run *run);

/*
 * Passes on at most about `most` bytes from run->read on. What it makes of them waits
 * among run->pending until it is committed; while that fails nothing more is read, so the
 * ring fills, and then the program has to wait.
 */
void run_lines_read(struct run *run, size_t most);

/* Stores what stands there of an unfinished line, in the recorder's transaction. */
int run_lines_save(struct run *run, struct err *e);

/* No more will come. */
void run_lines_end(struct run *run);

#endif
