/* Devices that wait to be let in: table device_grant of state.db. */
#ifndef DISPATCH_LIB_STORE_DEVICE_GRANT_H
#define DISPATCH_LIB_STORE_DEVICE_GRANT_H

#include <stdint.h>

#include "lib/crypt.h"
#include "lib/err.h"

struct db;

/* A row; texts are valid during the call that hands it over. */
struct device_grant {
	uint8_t device[SHA256_SIZE]; /* hash of the device code */
	const char *user_code;       /* NULL: none */
	const char *client, *address, *agent;
	int64_t created_at, expires_at, interval, polled_at;
	const char *state;          /* "pending", "approved", "denied" */
	const char *user, *sign_in; /* who answered, and with what; NULL: nobody yet */
	const char *scope;
};

/* Appends a row, inside the caller's transaction, and removes what expired an hour ago.
 */
int device_grant_insert(struct db *db, const struct device_grant *g, struct err *e);

/* How many wait, from this address ("": from all). -1: error. */
int64_t device_grant_count(struct db *db, const char *address, int64_t now,
	struct err *e);

/* Calls found(arg, g) with the grant of that device code. 1: found; 0: no; -1: error. */
int device_grant_find(struct db *db, const uint8_t device[SHA256_SIZE],
	void (*found)(void *arg, const struct device_grant *g), void *arg, struct err *e);

/* The same for one that waits under this user code and has not expired. */
int device_grant_waiting(struct db *db, const char *user_code, int64_t now,
	void (*found)(void *arg, const struct device_grant *g), void *arg, struct err *e);

/* Notes a question of the device, and how long it must wait with the next. */
int device_grant_poll(struct db *db, const uint8_t device[SHA256_SIZE], int64_t interval,
	int64_t now, struct err *e);

/* Answers what waits under this user code with state, user, sign_in and scope of *g.
 * Returns how many rows that were (1 or 0), or -1. */
int device_grant_answer(struct db *db, const char *user_code, int64_t now,
	const struct device_grant *g, struct err *e);

/* Removes the row. Returns how many rows that were: of any number at once, one is told 1.
 */
int device_grant_delete(struct db *db, const uint8_t device[SHA256_SIZE], struct err *e);

/* Removes what was approved with this sign-in ("": with any of the user's). */
int device_grant_revoke(struct db *db, const char *user, const char *sign_in,
	struct err *e);

#endif
