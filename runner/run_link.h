/* A run's conversation with its shim. For run.c and commands.c; see run.h for the order.
 */
#ifndef DISPATCH_RUNNER_RUN_LINK_H
#define DISPATCH_RUNNER_RUN_LINK_H

struct run;

/* Starts a shim for a committed row; when that fails, the session does. */
void run_link_spawn(struct run *run);

/* Sends START: the program is executed now. */
void run_link_start(struct run *run);

/* Tells the shim to end the program and all that it started. */
void run_link_close(struct run *run);

/* Looks for a shim that could not be reached now, not later. */
void run_link_retry(struct run *run);

/* The connection broke and what the ring still held is recorded: connect again. */
void run_link_reconnect(struct run *run);

#endif
