/*
 * SQLite behind a few small verbs.
 *
 * A `struct db` is one connection with the settings that every connection of Dispatch
 * has (WAL, foreign keys, DEFENSIVE, no automatic checkpoints) and a cache of its
 * prepared statements. It belongs to one thread. SQL appears only as literals in
 * lib/store/ and sql/.
 *
 * Parameters are given by a string of types with one argument each, in the order of the
 * question marks:
 *
 *	i  int64_t              t  const char * (NULL: null)
 *	b  const void *, size_t z  nothing: null
 *
 * Texts and blobs must live until the statement is finished with.
 *
 * Errors of every function: 503 "db.busy" (another process holds the lock), 507
 * "storage.full", 503 "storage.io", 500 "db.error" with SQLite's words.
 */
#ifndef DISPATCH_LIB_DB_H
#define DISPATCH_LIB_DB_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/err.h"

struct buf;
struct db;
struct sqlite3_stmt;

enum db_mode {
	DB_READ,   /* never writes; the file must exist */
	DB_WRITE,  /* the file must exist */
	DB_CREATE, /* made with mode 0600 when missing; for migrations */
};

enum db_sync {
	DB_NORMAL,  /* survives a crash of the program; a power cut may take the last
	               commits */
	DB_DURABLE, /* survives a power cut once committed */
};

/*
 * Opens DIR/<name>, with `wait_ms` as the longest wait for another process's lock (0:
 * none). The caller closes it with db_close(); db_close(NULL) is legal.
 */
int db_open(struct db **out, const char *dir, const char *name, enum db_mode mode,
	int wait_ms, struct err *e);
void db_close(struct db *db);

/* From now on waits so long for another process's lock. */
void db_set_wait(struct db *db, int wait_ms);

/*
 * A statement, bound and ready to step. `sql` must be a literal: statements are cached by
 * its address. Never NULL: a statement that does not compile is a broken invariant and
 * aborts, except for the errors above, which then come from db_step(). Finish with
 * db_done().
 */
struct sqlite3_stmt *db_query(struct db *db, const char *sql, const char *types, ...);

/* 1: a row is there; 0: no more; -1: error. */
int db_step(struct db *db, struct sqlite3_stmt *stmt, struct err *e);

/* Resets the statement, so that it holds no lock. */
void db_done(struct sqlite3_stmt *stmt);

/* Runs a statement that yields no rows. Returns how many rows it changed, or -1. */
int db_exec(struct db *db, struct err *e, const char *sql, const char *types, ...);

/* Puts the first column of the first row into *value. 1: found; 0: no row (or NULL). */
int db_int(struct db *db, int64_t *value, struct err *e, const char *sql,
	const char *types, ...);

/*
 * A write transaction (BEGIN IMMEDIATE). db_commit() rolls back by itself when it fails;
 * db_rollback() is legal when no transaction is open.
 */
int db_begin(struct db *db, enum db_sync sync, struct err *e);
int db_commit(struct db *db, struct err *e);
void db_rollback(struct db *db);

/* A read transaction: what is read until db_commit() belongs together. */
int db_begin_read(struct db *db, struct err *e);

/* The id that the last INSERT made. */
int64_t db_last_id(struct db *db);

/* A number that changes when another connection has committed (PRAGMA data_version). */
int64_t db_version(struct db *db);

/*
 * A text that was made of nothing but what a database says, kept for as long as that says
 * the same; for DB_READ connections, which keep one. db_recall() appends the text that
 * was kept for this name (a literal) and argument and returns true, or false when there
 * is none or someone has committed since. Then db_keep() is given it anew, made from what
 * was read after the question.
 */
bool db_recall(struct db *db, const char *name, const char *arg, struct buf *out);
void db_keep(struct db *db, const char *name, const char *arg, const struct buf *text);

/* Runs several statements given as a script, as migrations are. */
int db_script(struct db *db, const char *sql, struct err *e);

/* Copies the column's text; NULL stays NULL. The caller frees. */
char *db_text(struct sqlite3_stmt *stmt, int column);

/* A read transaction that has its lock from now on; db_begin_read() has it from the first
 * statement on. db_commit() ends it. */
int db_hold(struct db *db, struct err *e);

/* The write-ahead log, in pages. */
struct db_log {
	int64_t pages;  /* in it */
	int64_t copied; /* of these, how many are in the database too */
};

/*
 * Copies the write-ahead log into the database as far as readers allow it, waiting for
 * nobody, and says how far that is; with `shorten` also makes the file empty when all of
 * it is copied and nobody uses it. 0 also when someone was in the way. Only for
 * runner/checkpoint.c, which says when this is safe.
 */
int db_checkpoint(struct db *db, bool shorten, struct db_log *log, struct err *e);

/* Waits until what was written to the database file is on the disk. Takes no lock. */
int db_sync(struct db *db, struct err *e);

/*
 * Writes what the connection's read transaction sees to DIR/<name>, a new file of mode
 * 0600, and brings it to disk, while others go on reading and writing. The write-ahead
 * log cannot be emptied meanwhile.
 */
int db_copy(struct db *db, const char *dir, const char *name, struct err *e);

/* Reads all of the database. 500 "db.damaged" with SQLite's first complaint. */
int db_check(struct db *db, struct err *e);

/* Fills *e from what the connection last said. Returns -1. For lib/store/ only. */
int db_error(struct db *db, struct err *e);

#endif
