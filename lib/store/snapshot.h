/*
 * Snapshots of terminals: table snapshot of events.db. Written by the runner only.
 */
#ifndef DISPATCH_LIB_STORE_SNAPSHOT_H
#define DISPATCH_LIB_STORE_SNAPSHOT_H

#include <stdint.h>

#include "lib/buf.h"
#include "lib/err.h"

struct db;

struct snapshot {
	int64_t session; /* run_session.number */
	int64_t seq;     /* the state behind this event */
	int64_t ts;      /* of that event */
	int64_t output;  /* of that event */
	int cols, rows;
	int64_t run;
	char *owner; /* writer who decides the size; NULL: nobody */
	struct buf scrollback, screen;
};

/* Frees what the fields own and zeroes the struct. Legal on a zeroed one. */
void snapshot_clear(struct snapshot *s);

/* Stores it inside the caller's transaction; one that is there already stays. */
int snapshot_add(struct db *db, const struct snapshot *s, struct err *e);

/*
 * Fills *s (clear it afterwards) with the session's newest snapshot whose seq is below
 * `before` (0: no bound). 1: found; 0: none; -1: error.
 */
int snapshot_find(struct db *db, int64_t session, int64_t before, struct snapshot *s,
	struct err *e);

#endif
