/* What programs find in their environment: table variable of state.db. */
#ifndef DISPATCH_LIB_STORE_VARIABLE_H
#define DISPATCH_LIB_STORE_VARIABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/err.h"

struct db;

struct variable {
	const char *name;
	bool secret;
	const void *value; /* the text, or, of a secret, as secret.h seals it */
	size_t len;
};

/* What a secret of this name is sealed about (see secret.h); the caller frees. */
char *variable_about(const char *owner, const char *workspace, const char *name);

/* Calls each(arg, v) for those of the workspace ("": of all the owner's), by name; *v is
 * lent. Stops when each() does not return 0. Returns what it returned last, or -1. */
int variable_each(struct db *state, const char *owner, const char *workspace,
	int (*each)(void *arg, const struct variable *v, struct err *e), void *arg,
	struct err *e);

/* Adds one, or takes the place of the one with its name; in the caller's transaction. */
int variable_put(struct db *state, const char *owner, const char *workspace,
	const struct variable *v, struct err *e);

/* Removes one, in the caller's transaction. */
int variable_remove(struct db *state, const char *owner, const char *workspace,
	const char *name, struct err *e);

struct secret_variable {
	const char *owner, *workspace, *name;
	const void *value; /* sealed */
	size_t len;
};

/* The same for the secret ones of everybody. */
int variable_each_secret(struct db *state,
	int (*each)(void *arg, const struct secret_variable *v, struct err *e), void *arg,
	struct err *e);

/* How many secret ones everybody has; -1: error. */
int64_t variable_count_secrets(struct db *state, struct err *e);

#endif
