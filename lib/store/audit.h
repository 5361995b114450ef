/*
 * Who did what: table audit of state.db. Each row's hash covers the hash of the row
 * before it, so that a row that was changed, or removed from the middle, shows.
 */
#ifndef DISPATCH_LIB_STORE_AUDIT_H
#define DISPATCH_LIB_STORE_AUDIT_H

#include <stdint.h>

#include "lib/err.h"

struct db;

struct audit {
	int64_t at;
	const char *user;    /* user.id, "" for nobody */
	const char *action;  /* "key.new" */
	const char *subject; /* what it was done to, "" for nothing */
	const char *address; /* client address, or "console" */
};

/* Appends a row; must be called inside a write transaction. */
int audit_add(struct db *db, const struct audit *a, struct err *e);

/* Checks all rows. Returns the id of the first one that does not fit, 0 when all do, -1
 * on error. */
int64_t audit_verify(struct db *db, struct err *e);

#endif
