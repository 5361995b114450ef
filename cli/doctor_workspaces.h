/* What dispatch doctor looks at in workspaces: the directories that may hold them, and
 * the secrets in their environments. */
#ifndef DISPATCH_CLI_DOCTOR_WORKSPACES_H
#define DISPATCH_CLI_DOCTOR_WORKSPACES_H

#include "lib/conf.h"
#include "lib/err.h"

struct db;

/* Appends a line for each finding. Only reads. 0 or -1. */
int doctor_workspaces(const struct conf *conf, struct db *state, struct buf *findings,
	struct err *e);

#endif
