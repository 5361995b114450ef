/* Keys and the setup code: tables credential and setup_code of state.db. */
#ifndef DISPATCH_LIB_STORE_CREDENTIAL_H
#define DISPATCH_LIB_STORE_CREDENTIAL_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/crypt.h"
#include "lib/err.h"

struct db;

/* A key with its owner. */
struct credential {
	const char *id;
	const char *kind; /* "access" or "api" */
	const char *label;
	const char *scope; /* "read", "drive" or "admin" */
	const char *user, *user_name, *user_role;
	bool disabled; /* its owner is */
	uint8_t hash[SHA256_SIZE];
	int64_t created_at, last_used_at, revoked_at, expires_at; /* 0: never */
};

/* Appends a row, inside the caller's transaction; uses id, kind, label, scope, user,
 * hash, created_at and expires_at. */
int credential_insert(struct db *db, const struct credential *c, struct err *e);

/* Calls found(arg, c) with the credential of that id, if there is one; its texts are
 * valid during the call. 1: found; 0: no; -1: error. */
int credential_find(struct db *db, const char *id,
	void (*found)(void *arg, const struct credential *c), void *arg, struct err *e);

/* The same for all credentials of a user ("": of all), oldest first. Returns 0, or -1. */
int credential_each(struct db *db, const char *user,
	void (*each)(void *arg, const struct credential *c), void *arg, struct err *e);

/* Sets revoked_at, unless it is set, of the user's ("": of anybody's). Returns how many
 * rows have that id, or -1. */
int credential_revoke(struct db *db, const char *user, const char *id, int64_t now,
	struct err *e);

/* The same for all access keys of a user. */
int credential_revoke_access(struct db *db, const char *user, int64_t now, struct err *e);

/* Sets last_used_at. */
int credential_touch(struct db *db, const char *id, int64_t now, struct err *e);

/* Stores the setup code's hash in place of any other. */
int setup_code_put(struct db *db, const uint8_t hash[SHA256_SIZE], int64_t expires_at,
	struct err *e);

/* 1: this code is stored and not expired; 0: it is not; -1: error. */
int setup_code_check(struct db *db, const uint8_t hash[SHA256_SIZE], int64_t now,
	struct err *e);

/* Removes any code. */
int setup_code_clear(struct db *db, struct err *e);

#endif
