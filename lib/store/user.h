/* People: table user of state.db. */
#ifndef DISPATCH_LIB_STORE_USER_H
#define DISPATCH_LIB_STORE_USER_H

#include <stdint.h>

#include "lib/crypt.h"
#include "lib/err.h"

struct db;

/* A row; texts are valid during the call that hands it over. */
struct user {
	const char *id, *name;
	const char *role; /* "admin", "member" or "viewer" */
	int64_t created_at, disabled_at,
		seen_at; /* 0: never; seen_at is of any sign-in */
};

/* Appends a row, inside the caller's transaction. `role` is 'admin', 'member' or
 * 'viewer'. */
int user_insert(struct db *db, const char *id, const char *name, const char *role,
	int64_t now, struct err *e);

/* The id of the administrator who was there first, of one who is disabled only when all
 * are. 1: found; 0: there is none; -1: error. */
int user_first_admin(struct db *db, char id[ID_SIZE], struct err *e);

/* Whether there is an administrator beside the one of that id who is not disabled. 1:
 * there is; 0: there is none; -1: error. */
int user_other_admin(struct db *db, const char *id, struct err *e);

/* Calls found(arg, u) with the person of that id, if there is one. 1: found; 0: no; -1:
 * error. */
int user_find(struct db *db, const char *id,
	void (*found)(void *arg, const struct user *u), void *arg, struct err *e);

/* The same for all people, oldest first. Returns 0, or -1. */
int user_each(struct db *db, void (*each)(void *arg, const struct user *u), void *arg,
	struct err *e);

/* The same for the person of that id and all of that name, the former first. */
int user_each_called(struct db *db, const char *text,
	void (*each)(void *arg, const struct user *u), void *arg, struct err *e);

/* Sets name, role and disabled_at (0: not disabled). */
int user_update(struct db *db, const struct user *u, struct err *e);

#endif
