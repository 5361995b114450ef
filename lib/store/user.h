/* People: table user of state.db. */
#ifndef DISPATCH_LIB_STORE_USER_H
#define DISPATCH_LIB_STORE_USER_H

#include <stdint.h>

#include "lib/crypt.h"
#include "lib/err.h"

struct db;

/* Appends a row, inside the caller's transaction. `role` is 'admin', 'member' or
 * 'viewer'. */
int user_insert(struct db *db, const char *id, const char *name, const char *role,
	int64_t now, struct err *e);

/* The id of the administrator who was there first. 1: found; 0: there is none; -1: error.
 */
int user_first_admin(struct db *db, char id[ID_SIZE], struct err *e);

#endif
