/* Sessions whose workspace has been forgotten belong to none. */
#ifndef DISPATCH_RUNNER_WORKSPACES_H
#define DISPATCH_RUNNER_WORKSPACES_H

#include "lib/err.h"

struct app;

/* Looks at all workspaces that sessions belong to. -1: not now, the log is being copied
 * ("db.busy"), or another error of the databases; to be called again. */
int workspaces_leave(struct app *app, struct err *e);

#endif
