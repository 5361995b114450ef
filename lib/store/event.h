/*
 * Session events: the log in events.db. This header is the seam behind which another
 * store could stand.
 */
#ifndef DISPATCH_LIB_STORE_EVENT_H
#define DISPATCH_LIB_STORE_EVENT_H

#include <stddef.h>
#include <stdint.h>

#include "lib/err.h"

struct db;

struct event {
	int64_t id;      /* global order; set by event_append() */
	int64_t session; /* run_session.number */
	int64_t seq;     /* 1, 2, 3 … in its session */
	int64_t ts;      /* Unix milliseconds */
	const char *channel;
	const char *type;
	const void *bytes; /* either these (NULL: it is the other) … */
	size_t len;
	const char *data; /* … or JSON */
	int64_t output;   /* bytes that the session has said up to and with this event */
};

/*
 * Ids that are nobody else's: SQLite notes in a page of its own, sqlite_sequence, how far
 * they have come, so they are taken in blocks and that page is written once for each.
 * Zeroed by who appends: at the beginning, and when a transaction was rolled back that
 * may have taken a block. What is left of a block is never used.
 */
struct event_ids {
	int64_t next, end;
};

/* Appends inside the caller's transaction and sets ev->id, the next of *ids. */
int event_append(struct db *db, struct event_ids *ids, struct event *ev, struct err *e);

/*
 * Reads events of one session in ascending seq: those with after < seq < before (before
 * 0: no end), at most `limit`, of `channel` only when it is not NULL; the newest ones of
 * the range when `newest` is set. Calls each(arg, ev) — what ev points to is valid during
 * the call — until it returns nonzero. Returns how many were passed, or -1.
 */
struct event_range {
	int64_t session, after, before;
	int limit;
	int newest;
	const char *channel;
};
int event_read(struct db *db, const struct event_range *range,
	int (*each)(void *arg, const struct event *ev), void *arg, struct err *e);

/* The global id of the session's first event after `after`. 1: found; 0: none; -1: error.
 */
int event_next_id(struct db *db, int64_t session, int64_t after, int64_t *id,
	struct err *e);

/* The seq of the session's newest event whose global id is at most `id`; 0: none; -1:
 * error. */
int64_t event_seq_at(struct db *db, int64_t session, int64_t id, struct err *e);

/* The `output` of the session's newest event up to seq; 0 when there is none in the log;
 * -1: error. */
int64_t event_output_at(struct db *db, int64_t session, int64_t seq, struct err *e);

/* The seq of the session's newest event; 0: none; -1: error. */
int64_t event_last_seq(struct db *db, int64_t session, struct err *e);

#endif
