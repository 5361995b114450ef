/*
 * What has to be done now and then, beside the hot path: what is kept of the log
 * (retention.h, contents.h), the previews of what sessions last said, the workspaces that
 * they belong to, and whether the state directory is still ours: else the process ends.
 */
#ifndef DISPATCH_RUNNER_HOUSEKEEPING_H
#define DISPATCH_RUNNER_HOUSEKEEPING_H

struct app;
struct housekeeping;

struct housekeeping *housekeeping_create(struct app *app);

/* A workspace was forgotten. */
void housekeeping_workspace_gone(struct housekeeping *housekeeping);

void housekeeping_destroy(struct housekeeping *housekeeping);

#endif
