/*
 * Who did what: table audit of state.db. Each row's hash covers the hash of the row
 * before it, so that a row that was changed, or removed from the middle, shows.
 */
#ifndef DISPATCH_LIB_STORE_AUDIT_H
#define DISPATCH_LIB_STORE_AUDIT_H

#include <stdint.h>

#include "lib/err.h"

struct db;

/* Addresses that are none of a client: what is done on the command line, and what
 * Dispatch does by itself. */
#define AUDIT_CONSOLE "console"
#define AUDIT_SERVER "server"

struct audit {
	int64_t at;
	const char *user;    /* user.id, "" for nobody */
	const char *action;  /* "key.new" */
	const char *subject; /* what it was done to, "" for nothing */
	const char *address; /* of the client, or one of the above */
};

/* Appends a row; must be called inside a write transaction. */
int audit_add(struct db *db, const struct audit *a, struct err *e);

/* The same, unless such a row is among the newest ones: for who may have added it before
 * a crash. */
int audit_add_once(struct db *db, const struct audit *a, struct err *e);

/* Which rows are wanted. */
struct audit_query {
	int64_t before;     /* only rows with a lower id */
	int64_t limit;      /* how many at most */
	const char *person; /* user.id of who did it or to whom it was done; "": any */
	const char *action; /* "key.new", or "key" for all of "key.…"; "": any */
};

/* Calls each(arg, id, a, name) for these rows, newest first; `name` is the person's, ""
 * for nobody. Returns 0, or -1. */
int audit_each(struct db *db, const struct audit_query *query,
	void (*each)(void *arg, int64_t id, const struct audit *a, const char *name),
	void *arg, struct err *e);

/*
 * Checks all rows, whose ids are 1, 2, 3 … without holes. Returns the id of the first one
 * that does not fit or is missing, also behind the last one; 0 when all do; -1 on error.
 * Whoever can write the database can also write a whole new audit; against that a copy of
 * the last hash elsewhere helps.
 */
int64_t audit_verify(struct db *db, struct err *e);

/* How many rows there are, or -1. */
int64_t audit_count(struct db *db, struct err *e);

#endif
