/*
 * Who people are elsewhere, and sign-ins that led there and have not come back: tables
 * identity and oauth_state of state.db.
 */
#ifndef DISPATCH_LIB_STORE_IDENTITY_H
#define DISPATCH_LIB_STORE_IDENTITY_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/crypt.h"
#include "lib/err.h"

struct db;

/* A row; texts are valid during the call that hands it over. */
struct identity {
	const char *id, *provider, *subject, *user, *name;
	bool linked; /* by its owner */
	int64_t created_at, seen_at;
};

/* Appends a row, inside the caller's transaction. */
int identity_insert(struct db *db, const struct identity *i, struct err *e);

/* Calls found(arg, i) with what belongs to the provider's subject. 1: found; 0: no; -1:
 * error. */
int identity_find(struct db *db, const char *provider, const char *subject,
	void (*found)(void *arg, const struct identity *i), void *arg, struct err *e);

/* The same for all of a user's, oldest first. Returns 0, or -1. */
int identity_each(struct db *db, const char *user,
	void (*each)(void *arg, const struct identity *i), void *arg, struct err *e);

/* Notes a sign-in and what the person is called now. */
int identity_touch(struct db *db, const char *id, const char *name, int64_t now,
	struct err *e);

/* Removes the user's identity of that id, and with it the sign-ins made with it. Returns
 * how many rows that were, or -1. */
int identity_delete(struct db *db, const char *user, const char *id, struct err *e);

/* A sign-in that led elsewhere; `user`: whom to link, NULL: nobody. */
struct oauth_state {
	uint8_t hash[SHA256_SIZE], browser[SHA256_SIZE];
	const char *provider, *user;
	int64_t expires_at;
};

enum { OAUTH_STATE_MOST = 10000 }; /* rows */

/* Appends a row, and removes those that have expired and, when there are too many, those
 * that would be the next to. */
int oauth_state_insert(struct db *db, const struct oauth_state *s, int64_t now,
	struct err *e);

/* Takes the row away when hash, browser and provider are its own and it has not expired;
 * of any number who ask at once, one gets it. `user` becomes whom to link, or "". 1:
 * taken; 0: there is none; -1: error. */
int oauth_state_take(struct db *db, const struct oauth_state *s, int64_t now,
	char user[ID_SIZE], struct err *e);

#endif
