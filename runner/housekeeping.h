/*
 * What has to be done now and then, beside the hot path: checkpoints of both databases
 * (see checkpoint.h), removal of deleted sessions in small steps, and the previews of
 * what sessions last said.
 */
#ifndef DISPATCH_RUNNER_HOUSEKEEPING_H
#define DISPATCH_RUNNER_HOUSEKEEPING_H

struct app;
struct housekeeping;

struct housekeeping *housekeeping_create(struct app *app);

/* Waits for the checkpoint under way, if there is one. */
void housekeeping_destroy(struct housekeeping *housekeeping);

#endif
