/* See size.h. */
#include "config.h"

#include "lib/store/size.h"

#include "lib/db.h"

#include <sqlite3.h>

#define SNAPSHOTS \
	"(SELECT session, count(*) AS snapshots," \
	" sum(length(scrollback)+length(screen)) AS bytes FROM snapshot GROUP BY session)"

static int
each_row(struct db *db, sqlite3_stmt *stmt, size_fn *each, void *arg, struct err *e)
{
	int rc;
	while ((rc = db_step(db, stmt, e)) > 0) {
		struct size size = {
			.kind = (const char *)sqlite3_column_text(stmt, 0),
			.id = (const char *)sqlite3_column_text(stmt, 1),
			.status = (const char *)sqlite3_column_text(stmt, 2),
			.title = (const char *)sqlite3_column_text(stmt, 3),
			.sessions = sqlite3_column_int64(stmt, 4),
			.live = sqlite3_column_int64(stmt, 5),
			.events = sqlite3_column_int64(stmt, 6),
			.output = sqlite3_column_int64(stmt, 7),
			.snapshots = sqlite3_column_int64(stmt, 8),
			.snapshots_bytes = sqlite3_column_int64(stmt, 9),
		};
		each(arg, &size);
	}
	db_done(stmt);
	return rc;
}

int
size_kinds(struct db *db, size_fn *each, void *arg, struct err *e)
{
	return each_row(db,
		db_query(db,
			"SELECT kind, NULL, NULL, NULL, count(*),"
			" sum(status NOT IN ('exited', 'failed', 'lost')),"
			" sum(last_seq-first_seq+1), sum(output-first_output),"
			" sum(snapshots), sum(bytes)"
			" FROM run_session LEFT JOIN " SNAPSHOTS " ON session=number"
			" WHERE deleted_at IS NULL GROUP BY kind ORDER BY kind",
			""),
		each, arg, e);
}

int
size_largest(struct db *db, int most, size_fn *each, void *arg, struct err *e)
{
	return each_row(db,
		db_query(db,
			"SELECT kind, id, status, title, 1,"
			" status NOT IN ('exited', 'failed', 'lost'),"
			" last_seq-first_seq+1, output-first_output, snapshots, bytes"
			" FROM run_session LEFT JOIN " SNAPSHOTS " ON session=number"
			" WHERE deleted_at IS NULL"
			" ORDER BY output-first_output DESC, number LIMIT ?",
			"i", (int64_t)most),
		each, arg, e);
}

int
size_pages(struct db *db, struct pages *p, struct err *e)
{
	int64_t vacuum = 0;
	if (db_int(db, &p->size, e, "PRAGMA page_size", "") < 0 ||
		db_int(db, &p->count, e, "PRAGMA page_count", "") < 0 ||
		db_int(db, &p->empty, e, "PRAGMA freelist_count", "") < 0 ||
		db_int(db, &vacuum, e, "PRAGMA auto_vacuum", "") < 0)
		return -1;
	p->incremental = vacuum == 2;
	return 0;
}
