/* What a runner that starts finds of those before it. */
#ifndef DISPATCH_RUNNER_RECOVERY_H
#define DISPATCH_RUNNER_RECOVERY_H

#include "lib/err.h"

struct app;

/*
 * Makes a run of every session that lives, and of every one whose shim is still there,
 * and connects to their shims, all at once. Sessions of another boot are lost. Returns 0,
 * or -1.
 */
int recover(struct app *app, struct err *e);

#endif
