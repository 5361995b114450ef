/*
 * What has to be done now and then, beside the hot path: what is kept of the log
 * (retention.h), and the previews of what sessions last said.
 */
#ifndef DISPATCH_RUNNER_HOUSEKEEPING_H
#define DISPATCH_RUNNER_HOUSEKEEPING_H

struct app;
struct housekeeping;

struct housekeeping *housekeeping_create(struct app *app);

void housekeeping_destroy(struct housekeeping *housekeeping);

#endif
