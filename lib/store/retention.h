/*
 * What is kept of the log: moves the beginning of a session's log up, and removes what
 * lies before it (run_session.first_seq, session_event and snapshot of events.db).
 *
 * The log of a session is events first_seq to last_seq without a hole. Rows below
 * first_seq are leftovers that nobody may read; they go in small steps. A terminal's log
 * that does not begin with event 1 begins behind a snapshot, its base (seq = first_seq -
 * 1), or is empty.
 */
#ifndef DISPATCH_LIB_STORE_RETENTION_H
#define DISPATCH_LIB_STORE_RETENTION_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/buf.h"
#include "lib/err.h"

struct db;

/* What a session has in the log. */
struct kept {
	int64_t number;
	const char *id, *kind; /* valid during the call */
	bool live, deleted;
	bool leftovers;   /* below first_seq, or of a deleted session */
	int64_t ended_at; /* Unix milliseconds; 0: not known */
	int64_t first_seq, last_seq;
	int64_t first_output, output; /* bytes said before first_seq, and with last_seq */
};

/* A place behind an event. */
struct place {
	int64_t seq, output;
};

/* Calls each(arg, kept) for at most `most` sessions, deleted ones too, with a number
 * above `after`, in their order. Returns how many there were, or -1. */
int retention_each(struct db *db, int64_t after, int most,
	void (*each)(void *arg, const struct kept *kept), void *arg, struct err *e);

/* The newest snapshot from seq `from` on with no more output and no later time than that.
 * 1: found; 0: none; -1: error. */
int retention_newest(struct db *db, int64_t session, int64_t from, int64_t output,
	int64_t ts, struct place *place, struct err *e);

/* The oldest snapshot from seq `from` on. Returns as retention_newest(). */
int retention_oldest(struct db *db, int64_t session, int64_t from, struct place *place,
	struct err *e);

/* The last event of a session that was said before a time; events are in the order of
 * their times. Returns as retention_newest(). */
int retention_before(struct db *db, const struct kept *kept, int64_t ts,
	struct place *place, struct err *e);

/* Begins the session's log behind the place, in the caller's transaction. Never moves it
 * back. 1: moved; 0: it began there or later; -1: error. */
int retention_move(struct db *db, int64_t session, const struct place *place,
	struct err *e);

/*
 * Removes a little of a session's leftovers (at most 64 events of half a MiB together, or
 * one snapshot; at last the row of a deleted session), in the caller's transaction.
 * 1: there may be more; 0: nothing is left; -1: error.
 */
int retention_clean(struct db *db, int64_t session, struct err *e);

/* Pages of the file that hold nothing. -1: error. */
int64_t retention_free_pages(struct db *db, struct err *e);

/* Gives a few free pages back to the file system with the next checkpoint. */
int retention_shrink(struct db *db, struct err *e);

/*
 * Checks what is said at the top of this file. Appends a sentence with a newline for each
 * thing that is wrong. Returns how many there are, or -1. Reads every event's place:
 * takes its time with a large log. Call it in a read transaction.
 */
int retention_check(struct db *db, struct buf *findings, struct err *e);

#endif
