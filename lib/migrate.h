/*
 * Schema changes: sql/<database>/NNNN-name.sql, applied in order, each in one transaction
 * together with its row in table `migration`, which keeps the file's SHA-256.
 */
#ifndef DISPATCH_LIB_MIGRATE_H
#define DISPATCH_LIB_MIGRATE_H

#include "lib/buf.h"
#include "lib/err.h"

/*
 * Applies what is missing to DIR/state.db and DIR/events.db, which are made when they are
 * not there. Returns how many files were applied, or -1. Errors (500): "migrate.changed"
 * when an applied file is not what it was, "migrate.newer" when the database knows files
 * that this version has not, "migrate.failed" with file and SQLite's words. `applied`,
 * when not NULL, gets a line "state 0001-initial" for each.
 */
int migrate_apply(const char *dir, struct buf *applied, struct err *e);

/* Appends a line per file: "state 0001-initial applied 2026-11-22T20:00:00Z" or
 * "pending". */
int migrate_status(const char *dir, struct buf *out, struct err *e);

/*
 * 0 when both databases have exactly this version's schema. Errors (500):
 * "migrate.pending" and "migrate.newer", each naming the command to run; "db.missing".
 */
int migrate_check(const char *dir, struct err *e);

#endif
