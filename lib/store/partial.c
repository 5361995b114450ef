/* See partial.h. */
#include "config.h"

#include "lib/store/partial.h"

#include "lib/db.h"

#include <sqlite3.h>

#include <stdbool.h>

int
partial_add(struct db *db, int64_t session, const void *bytes, size_t len, struct err *e)
{
	int n = db_exec(db, e,
		"INSERT INTO partial_line (session, piece, bytes) VALUES (?1,"
		" (SELECT ifnull(max(piece), 0) + 1 FROM partial_line WHERE session=?1),"
		" ?2)",
		"ib", session, len ? bytes : "", len);
	return n < 0 ? -1 : 0;
}

int
partial_clear(struct db *db, int64_t session, struct err *e)
{
	int n = db_exec(db, e, "DELETE FROM partial_line WHERE session=?", "i", session);
	return n < 0 ? -1 : 0;
}

int
partial_load(struct db *db, int64_t session, struct buf *line, struct err *e)
{
	int rc;
	bool skip = false;
	sqlite3_stmt *stmt = db_query(db,
		"SELECT bytes FROM partial_line WHERE session=? ORDER BY piece", "i",
		session);
	while ((rc = db_step(db, stmt, e)) > 0) {
		size_t len = (size_t)sqlite3_column_bytes(stmt, 0);
		skip = skip || len == 0;
		if (!skip)
			buf_add(line, sqlite3_column_blob(stmt, 0), len);
	}
	db_done(stmt);
	return rc < 0 ? -1 : skip;
}
