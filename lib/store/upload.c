/* See upload.h. */
#include "config.h"

#include "lib/store/upload.h"

#include "lib/db.h"

#include <sqlite3.h>

#include <stdio.h>
#include <stdlib.h>

#define COLUMNS "id, workspace, path, part, size, ifnull(sha256, ''), replace"

void
upload_clear(struct upload *upload)
{
	free(upload->path);
	free(upload->part);
	*upload = (struct upload){0};
}

static void
copy(char *to, size_t size, sqlite3_stmt *stmt, int column)
{
	snprintf(to, size, "%s", (const char *)sqlite3_column_text(stmt, column));
}

static void
take(sqlite3_stmt *stmt, struct upload *u)
{
	copy(u->id, sizeof u->id, stmt, 0);
	copy(u->workspace, sizeof u->workspace, stmt, 1);
	u->path = db_text(stmt, 2);
	u->part = db_text(stmt, 3);
	u->size = sqlite3_column_int64(stmt, 4);
	copy(u->sha256, sizeof u->sha256, stmt, 5);
	u->replace = sqlite3_column_int(stmt, 6);
}

int
upload_add(struct db *db, const struct upload *u, const char *owner, int64_t now,
	struct err *e)
{
	int rc = db_exec(db, e,
		"INSERT INTO upload (id, owner, workspace, path, part, size, sha256,"
		" replace, created_at, updated_at)"
		" SELECT ?, ?, ?, ?, ?, ?, nullif(?, ''), ?, ?, ?"
		" WHERE (SELECT count(*) FROM upload WHERE owner = ?) < ?",
		"tttttitiiiti", u->id, owner, u->workspace, u->path, u->part, u->size,
		u->sha256, (int64_t)u->replace, now, now, owner, (int64_t)UPLOAD_LIMIT);
	if (rc == 0)
		return err_set(e, 409, "upload.limit",
			"There are too many uploads that were begun and not finished.");
	return rc > 0 ? 0 : -1;
}

int
upload_find(struct db *db, const char *id, const char *owner, struct upload *upload,
	struct err *e)
{
	*upload = (struct upload){0};
	sqlite3_stmt *stmt =
		db_query(db, "SELECT " COLUMNS " FROM upload WHERE id = ? AND owner = ?",
			"tt", id, owner);
	int rc = db_step(db, stmt, e);
	if (rc > 0)
		take(stmt, upload);
	db_done(stmt);
	return rc;
}

int
upload_remove(struct db *db, const char *id, struct err *e)
{
	return db_exec(db, e, "DELETE FROM upload WHERE id = ?", "t", id) < 0 ? -1 : 0;
}

int
upload_touch(struct db *db, const char *id, int64_t now, struct err *e)
{
	return db_exec(db, e, "UPDATE upload SET updated_at = ? WHERE id = ?", "it", now,
		       id) < 0
		? -1
		: 0;
}

int
upload_oldest(struct db *db, int64_t before, struct upload *upload, char owner[ID_SIZE],
	struct err *e)
{
	*upload = (struct upload){0};
	sqlite3_stmt *stmt = db_query(db,
		"SELECT " COLUMNS ", owner FROM upload WHERE updated_at < ?"
		" ORDER BY updated_at LIMIT 1",
		"i", before);
	int rc = db_step(db, stmt, e);
	if (rc > 0) {
		take(stmt, upload);
		copy(owner, ID_SIZE, stmt, 7);
	}
	db_done(stmt);
	return rc;
}
