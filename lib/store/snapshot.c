/* See snapshot.h. */
#include "config.h"

#include "lib/store/snapshot.h"

#include "lib/db.h"

#include <sqlite3.h>

#include <stdlib.h>

void
snapshot_clear(struct snapshot *s)
{
	free(s->owner);
	buf_free(&s->scrollback);
	buf_free(&s->screen);
	*s = (struct snapshot){0};
}

int
snapshot_add(struct db *db, const struct snapshot *s, struct err *e)
{
	int n = db_exec(db, e,
		"INSERT OR IGNORE INTO snapshot (session, seq, ts, output, cols, rows,"
		" run, owner, scrollback, screen) VALUES (?,?,?,?,?,?,?,?,?,?)",
		"iiiiiiitbb", s->session, s->seq, s->ts, s->output, (int64_t)s->cols,
		(int64_t)s->rows, s->run, s->owner,
		s->scrollback.data ? s->scrollback.data : "", s->scrollback.len,
		s->screen.data ? s->screen.data : "", s->screen.len);
	return n < 0 ? -1 : 0;
}

static void
copy_blob(struct buf *to, sqlite3_stmt *stmt, int column)
{
	const void *bytes = sqlite3_column_blob(stmt, column);
	if (bytes)
		buf_add(to, bytes, (size_t)sqlite3_column_bytes(stmt, column));
}

int
snapshot_find(struct db *db, int64_t session, int64_t before, struct snapshot *s,
	struct err *e)
{
	sqlite3_stmt *stmt = db_query(db,
		"SELECT seq, ts, output, cols, rows, run, owner, scrollback, screen"
		" FROM snapshot WHERE session=? AND seq<? ORDER BY seq DESC LIMIT 1",
		"ii", session, before ? before : INT64_MAX);
	*s = (struct snapshot){0};
	int rc = db_step(db, stmt, e);
	if (rc > 0) {
		*s = (struct snapshot){
			.session = session,
			.seq = sqlite3_column_int64(stmt, 0),
			.ts = sqlite3_column_int64(stmt, 1),
			.output = sqlite3_column_int64(stmt, 2),
			.cols = sqlite3_column_int(stmt, 3),
			.rows = sqlite3_column_int(stmt, 4),
			.run = sqlite3_column_int64(stmt, 5),
			.owner = db_text(stmt, 6),
		};
		copy_blob(&s->scrollback, stmt, 7);
		copy_blob(&s->screen, stmt, 8);
	}
	db_done(stmt);
	return rc;
}
