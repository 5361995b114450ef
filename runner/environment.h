/*
 * The environment of a session's program, built from an allow-list: nothing of Dispatch's
 * own or of the service manager's reaches a session.
 */
#ifndef DISPATCH_RUNNER_ENVIRONMENT_H
#define DISPATCH_RUNNER_ENVIRONMENT_H

#include <stddef.h>

#include "lib/conf.h"
#include "lib/err.h"

struct run;

struct environment {
	char **list; /* NAME=value, NULL at the end; malloc'ed, as what it points to */
	size_t count;
};

/* A later value wins. */
void environment_set(struct environment *env, const char *name, const char *value);

/* The value, lent until the next change; NULL: there is none. */
const char *environment_get(const struct environment *env, const char *name);

/* What is allowed of the runner's own, and who the person is. */
void environment_person(struct environment *env, const char *shell);

/* What the session's owner has set for all workspaces, then for its own, then what was
 * asked for when it was made. -1: a secret cannot be read, or the database. */
int environment_run(struct environment *env, const struct run *run, struct err *e);

/* The person's shell; the caller frees. */
char *environment_shell(const struct conf *conf);

#endif
