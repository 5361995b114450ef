/* See retention.h. */
#include "config.h"

#include "lib/store/retention.h"

#include "lib/db.h"
#include "lib/store/content.h"

#include <sqlite3.h>

#include <stddef.h>

enum { STEP_EVENTS = 64, STEP_BYTES = 512 * 1024 };

int
retention_each(struct db *db, int64_t after, int most,
	void (*each)(void *arg, const struct kept *kept), void *arg, struct err *e)
{
	int rc, count = 0;
	sqlite3_stmt *stmt = db_query(db,
		"SELECT number, id, kind, status NOT IN ('exited', 'failed', 'lost'),"
		" deleted_at IS NOT NULL, ended_at, first_seq, last_seq, first_output,"
		" output, deleted_at IS NOT NULL"
		" OR EXISTS (SELECT 1 FROM session_event"
		"  WHERE session=number AND seq<first_seq)"
		" OR EXISTS (SELECT 1 FROM snapshot"
		"  WHERE session=number AND seq<first_seq-1)"
		" FROM run_session WHERE number>? ORDER BY number LIMIT ?",
		"ii", after, (int64_t)most);
	while ((rc = db_step(db, stmt, e)) > 0) {
		struct kept kept = {
			.number = sqlite3_column_int64(stmt, 0),
			.id = (const char *)sqlite3_column_text(stmt, 1),
			.kind = (const char *)sqlite3_column_text(stmt, 2),
			.live = sqlite3_column_int(stmt, 3),
			.deleted = sqlite3_column_int(stmt, 4),
			.ended_at = sqlite3_column_int64(stmt, 5),
			.first_seq = sqlite3_column_int64(stmt, 6),
			.last_seq = sqlite3_column_int64(stmt, 7),
			.first_output = sqlite3_column_int64(stmt, 8),
			.output = sqlite3_column_int64(stmt, 9),
			.leftovers = sqlite3_column_int(stmt, 10),
		};
		each(arg, &kept);
		count++;
	}
	db_done(stmt);
	return rc < 0 ? -1 : count;
}

static int
take_place(struct db *db, sqlite3_stmt *stmt, struct place *place, struct err *e)
{
	int rc = db_step(db, stmt, e);
	if (rc > 0)
		*place = (struct place){sqlite3_column_int64(stmt, 0),
			sqlite3_column_int64(stmt, 1)};
	db_done(stmt);
	return rc;
}

int
retention_newest(struct db *db, int64_t session, int64_t from, int64_t output, int64_t ts,
	struct place *place, struct err *e)
{
	return take_place(db,
		db_query(db,
			"SELECT seq, output FROM snapshot WHERE session=? AND seq>=?"
			" AND output<=? AND ts<=? ORDER BY seq DESC LIMIT 1",
			"iiii", session, from, output, ts),
		place, e);
}

int
retention_oldest(struct db *db, int64_t session, int64_t from, struct place *place,
	struct err *e)
{
	return take_place(db,
		db_query(db,
			"SELECT seq, output FROM snapshot WHERE session=? AND seq>=?"
			" ORDER BY seq LIMIT 1",
			"ii", session, from),
		place, e);
}

/* Halves the range until it is one event: a row in the middle costs a look into the
 * index, all rows a look at each. */
int
retention_before(struct db *db, const struct kept *kept, int64_t ts, struct place *place,
	struct err *e)
{
	int64_t old = kept->first_seq - 1, young = kept->last_seq + 1, at = 0;
	while (young - old > 1) {
		int64_t middle = old + (young - old) / 2;
		int rc = db_int(db, &at, e,
			"SELECT ts FROM session_event WHERE session=? AND seq=?", "ii",
			kept->number, middle);
		if (rc < 0)
			return -1;
		if (rc > 0 && at < ts)
			old = middle;
		else
			young = middle;
	}
	if (old < kept->first_seq)
		return 0;
	return take_place(db,
		db_query(db,
			"SELECT seq, output FROM session_event WHERE session=? AND seq=?",
			"ii", kept->number, old),
		place, e);
}

int
retention_move(struct db *db, int64_t session, const struct place *place, struct err *e)
{
	return db_exec(db, e,
		"UPDATE run_session SET first_seq=?, first_output=?"
		" WHERE number=? AND first_seq<?",
		"iiii", place->seq + 1, place->output, session, place->seq + 1);
}

/* Up to where a step goes: the seq behind its last event; 0: there is none. */
static int64_t
step_end(struct db *db, int64_t session, int64_t below, struct err *e)
{
	int rc;
	int64_t bytes = 0, end = 0;
	sqlite3_stmt *stmt = db_query(db,
		"SELECT seq, length(bytes) FROM session_event WHERE session=? AND seq<?"
		" ORDER BY seq LIMIT ?",
		"iii", session, below, (int64_t)STEP_EVENTS);
	while ((rc = db_step(db, stmt, e)) > 0 && bytes < STEP_BYTES) {
		end = sqlite3_column_int64(stmt, 0) + 1;
		bytes += sqlite3_column_int64(stmt, 1);
	}
	db_done(stmt);
	return rc < 0 ? -1 : end;
}

int
retention_clean(struct db *db, int64_t session, struct err *e)
{
	int64_t below = 0;
	int n = db_int(db, &below, e,
		"SELECT iif(deleted_at IS NULL, first_seq, 9223372036854775807)"
		" FROM run_session WHERE number=?",
		"i", session);
	int64_t end = n > 0 ? step_end(db, session, below, e) : n;
	if (end < 0 || n == 0)
		return (int)end;
	if (end > 0)
		return db_exec(db, e,
			       "DELETE FROM session_event WHERE session=? AND seq<?",
			       "ii", session, end) < 0
			? -1
			: 1;
	n = db_exec(db, e,
		"DELETE FROM snapshot WHERE rowid = (SELECT rowid FROM snapshot"
		" WHERE session=? AND seq<?-1 ORDER BY seq LIMIT 1)",
		"ii", session, below);
	if (n != 0)
		return n;
	int64_t deleted = 0;
	if (db_int(db, &deleted, e, "SELECT deleted_at FROM run_session WHERE number=?",
		    "i", session) < 0 ||
		(deleted && content_forget_session(db, session, e) != 0))
		return -1;
	if (db_exec(db, e,
		    "DELETE FROM permission_request WHERE session="
		    "(SELECT number FROM run_session WHERE number=?"
		    " AND deleted_at IS NOT NULL)",
		    "i", session) < 0 ||
		db_exec(db, e,
			"DELETE FROM partial_line WHERE session="
			"(SELECT number FROM run_session WHERE number=?"
			" AND deleted_at IS NOT NULL)",
			"i", session) < 0)
		return -1;
	return db_exec(db, e,
		"DELETE FROM run_session WHERE number=? AND deleted_at IS NOT NULL", "i",
		session);
}

int64_t
retention_free_pages(struct db *db, struct err *e)
{
	int64_t count = 0;
	return db_int(db, &count, e, "PRAGMA freelist_count", "") < 0 ? -1 : count;
}

int
retention_shrink(struct db *db, struct err *e)
{
	return db_script(db, "PRAGMA incremental_vacuum(64)", e);
}

/* ---- checking ---- */

/* Each yields rows with one text. */
static const char *const checks[] = {
	/* one look at the index of events for each session */
	"SELECT 'Session ' || id || ' should have events ' || first_seq || ' to ' ||"
	" last_seq || ' and has ' || have || ' of them, the last being ' ||"
	" ifnull(newest, 'none') || '.' FROM (SELECT id, first_seq, last_seq,"
	"  (SELECT count(*) FROM session_event WHERE session=number AND seq>=first_seq)"
	"   AS have,"
	"  (SELECT max(seq) FROM session_event WHERE session=number AND seq>=first_seq)"
	"   AS newest"
	"  FROM run_session WHERE deleted_at IS NULL)"
	" WHERE have <> last_seq-first_seq+1 OR ifnull(newest, last_seq) <> last_seq",

	"SELECT 'The log of session ' || id || ' begins with event ' || first_seq ||"
	" ' and there is no snapshot before it.' FROM run_session"
	" WHERE deleted_at IS NULL AND kind='pty' AND first_seq>1"
	" AND first_seq<=last_seq AND NOT EXISTS (SELECT 1 FROM snapshot"
	"  WHERE session=number AND seq=first_seq-1)",

	"SELECT 'Session ' || id || ' has a snapshot at ' || seq || ', behind its last"
	" event ' || last_seq || '.' FROM snapshot JOIN run_session ON number=session"
	" WHERE deleted_at IS NULL AND seq>last_seq",

	"SELECT 'Session ' || id || ' counts ' || output || ' bytes of output, of which '"
	" || first_output || ' are gone, and took ' || ring_offset || ' from its shim.'"
	" FROM run_session WHERE deleted_at IS NULL"
	" AND (first_output<0 OR first_output>output OR ring_offset<0"
	"  OR (kind='pty' AND ring_offset>output)"
	"  OR first_seq<1 OR first_seq>last_seq+1)",

	"SELECT 'The last event of session ' || run_session.id || ' is at '"
	" || session_event.output || ' bytes of output, and its row says '"
	" || run_session.output || '.'"
	" FROM run_session JOIN session_event ON session=number AND seq=last_seq"
	" WHERE deleted_at IS NULL AND session_event.output <> run_session.output",
};

int
retention_check(struct db *db, struct buf *findings, struct err *e)
{
	int count = 0, rc = 0;
	for (size_t i = 0; i < sizeof checks / sizeof *checks && rc >= 0; i++) {
		sqlite3_stmt *stmt = db_query(db, checks[i], "");
		while ((rc = db_step(db, stmt, e)) > 0) {
			buf_printf(findings, "%s\n", sqlite3_column_text(stmt, 0));
			count++;
		}
		db_done(stmt);
	}
	return rc < 0 ? -1 : count;
}
