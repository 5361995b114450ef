/* The table `migration` of either database: which schema changes it has had. */
#ifndef DISPATCH_LIB_STORE_MIGRATION_H
#define DISPATCH_LIB_STORE_MIGRATION_H

#include <stdint.h>

#include "lib/crypt.h"
#include "lib/err.h"

struct db;

struct migration {
	char name[80];    /* "0001-initial" */
	char applied[24]; /* "2026-11-22T20:00:00Z" */
	uint8_t hash[SHA256_SIZE];
};

/* Makes the table when it is missing. */
int migration_table(struct db *db, struct err *e);

/* All rows in order; returns their number or -1. The caller frees *rows. A database
 * without the table has none. */
int migration_list(struct db *db, struct migration **rows, struct err *e);

int migration_insert(struct db *db, const char *name, const uint8_t hash[SHA256_SIZE],
	struct err *e);

#endif
