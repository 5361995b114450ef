/* What lib/auth*.c share; see auth.h for the rest. */
#ifndef DISPATCH_LIB_AUTH_INNER_H
#define DISPATCH_LIB_AUTH_INNER_H

#include "lib/auth.h"

/* Fills user, name and role of *out. Error: 401 "auth.denied" (unknown, or disabled). */
int auth_of_user(struct db *state, const char *user, struct auth *out, struct err *e);

/* At most `len` bytes of a text from outside, cut between characters; "" for what is not
 * UTF-8. The caller frees. */
char *auth_displayable(const char *text, size_t len);

/* Commits when `result` is 0, else rolls back and returns -1. */
int auth_finish(struct db *state, int result, struct err *e);

/* Appends a line to the audit; NULL address: "". */
int auth_note(struct db *state, const char *user, const char *action, const char *subject,
	const char *address, int64_t now, struct err *e);

/* A key to be made. */
struct auth_new_key {
	const char *user, *label;
	const char *kind;   /* "access" or "api" */
	const char *scope;  /* one of auth_scopes */
	int64_t expires_at; /* 0: never */
};

/* Makes a key; its id is left in `id`. Inside the caller's transaction. */
int auth_add_key(struct db *state, const struct auth_new_key *wanted, int64_t now,
	char id[ID_SIZE], char key[AUTH_KEY_SIZE], struct err *e);

/* Revokes a key of the user ("": of anybody, on the console), with the sign-ins that were
 * made with it and what they asked for. Error: 404 "key.unknown". */
int auth_end_key(struct db *state, const char *user, const char *id, const char *address,
	int64_t now, struct err *e);

#endif
