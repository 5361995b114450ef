/* Browsers that are signed in: table auth_session of state.db. */
#ifndef DISPATCH_LIB_STORE_AUTH_SESSION_H
#define DISPATCH_LIB_STORE_AUTH_SESSION_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/crypt.h"
#include "lib/err.h"

struct db;

/* A row with its owner. */
struct auth_session {
	uint8_t token[SHA256_SIZE]; /* hash of the cookie's value */
	const char *id, *user, *provider;
	const char *credential, *identity; /* what it was made with; NULL: nothing */
	const char *user_name, *user_role; /* not used by auth_session_insert() */
	const char *address, *agent;
	int64_t created_at, fresh_at, seen_at, expires_at;
	bool revoked; /* or its credential is, or its owner is disabled */
};

/* Appends a row, inside the caller's transaction. */
int auth_session_insert(struct db *db, const struct auth_session *s, struct err *e);

/* Calls found(arg, s) with the session of that token, if there is one; its texts are
 * valid during the call. 1: found; 0: no; -1: error. */
int auth_session_find(struct db *db, const uint8_t token[SHA256_SIZE],
	void (*found)(void *arg, const struct auth_session *s), void *arg, struct err *e);

/* The same for all of a user's that are not revoked nor expired, the one seen last first.
 */
int auth_session_each(struct db *db, const char *user, int64_t now,
	void (*each)(void *arg, const struct auth_session *s), void *arg, struct err *e);

/* Sets revoked_at of the user's session of that id, unless it is set. Returns how many
 * rows were changed, or -1. */
int auth_session_revoke(struct db *db, const char *user, const char *id, int64_t now,
	struct err *e);

/* The same for all of the user's but the one of that id ("": all). */
int auth_session_revoke_others(struct db *db, const char *user, const char *id,
	int64_t now, struct err *e);

/* Sets seen_at. */
int auth_session_touch(struct db *db, const uint8_t token[SHA256_SIZE], int64_t now,
	struct err *e);

/* Removes the session, if it is there. */
int auth_session_delete(struct db *db, const uint8_t token[SHA256_SIZE], struct err *e);

/* Removes what has expired. */
int auth_session_purge(struct db *db, int64_t now, struct err *e);

#endif
