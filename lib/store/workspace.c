/* See workspace.h. Column order is fixed by COLUMNS, which load() follows. */
#include "config.h"

#include "lib/store/workspace.h"

#include "lib/db.h"

#include <sqlite3.h>

#include <stdio.h>
#include <stdlib.h>

#define COLUMNS \
	"id, owner, name, path, theme, defaults_json, position, archived_at," \
	" created_at, updated_at"

void
workspace_clear(struct workspace *w)
{
	free(w->name);
	free(w->path);
	free(w->theme);
	free(w->defaults_json);
	*w = (struct workspace){0};
}

static void
load(struct workspace *w, sqlite3_stmt *stmt)
{
	*w = (struct workspace){
		.name = db_text(stmt, 2),
		.path = db_text(stmt, 3),
		.theme = db_text(stmt, 4),
		.defaults_json = db_text(stmt, 5),
		.position = sqlite3_column_int64(stmt, 6),
		.archived_at = sqlite3_column_int64(stmt, 7),
		.created_at = sqlite3_column_int64(stmt, 8),
		.updated_at = sqlite3_column_int64(stmt, 9),
	};
	snprintf(w->id, sizeof w->id, "%s", (const char *)sqlite3_column_text(stmt, 0));
	snprintf(w->owner, sizeof w->owner, "%s",
		(const char *)sqlite3_column_text(stmt, 1));
}

static int
load_one(struct db *db, sqlite3_stmt *stmt, struct workspace *w, struct err *e)
{
	int rc = db_step(db, stmt, e);
	*w = (struct workspace){0};
	if (rc > 0)
		load(w, stmt);
	db_done(stmt);
	return rc;
}

int
workspace_find(struct db *db, const char *owner, const char *id, struct workspace *w,
	struct err *e)
{
	return load_one(db,
		db_query(db, "SELECT " COLUMNS " FROM workspace WHERE id=? AND owner=?",
			"tt", id, owner),
		w, e);
}

int
workspace_at(struct db *db, const char *owner, const char *path, struct workspace *w,
	struct err *e)
{
	return load_one(db,
		db_query(db, "SELECT " COLUMNS " FROM workspace WHERE owner=? AND path=?",
			"tt", owner, path),
		w, e);
}

int
workspace_holding(struct db *db, const char *owner, const char *path, struct workspace *w,
	struct err *e)
{
	return load_one(db,
		db_query(db,
			"SELECT " COLUMNS " FROM workspace WHERE owner=?1 AND (path=?2"
			" OR substr(?2, 1, length(path) + 1) = path || '/' OR path='/')"
			" ORDER BY length(path) DESC LIMIT 1",
			"tt", owner, path),
		w, e);
}

int
workspace_exists(struct db *db, const char *id, struct err *e)
{
	int64_t count = 0;
	int rc = db_int(db, &count, e, "SELECT count(*) FROM workspace WHERE id=?", "t",
		id);
	return rc < 0 ? -1 : count > 0;
}

int
workspace_each(struct db *db, const char *owner,
	int (*each)(void *arg, const struct workspace *w, struct err *e), void *arg,
	struct err *e)
{
	int rc;
	sqlite3_stmt *stmt = db_query(db,
		"SELECT " COLUMNS " FROM workspace WHERE owner=? ORDER BY position, id",
		"t", owner);
	while ((rc = db_step(db, stmt, e)) > 0) {
		struct workspace w;
		load(&w, stmt);
		rc = each(arg, &w, e);
		workspace_clear(&w);
		if (rc != 0)
			break;
	}
	db_done(stmt);
	return rc;
}

int
workspace_insert(struct db *db, struct workspace *w, struct err *e)
{
	w->position = 1;
	if (db_int(db, &w->position, e,
		    "SELECT max(position) + 1 FROM workspace WHERE owner=?", "t",
		    w->owner) < 0)
		return -1;
	int n = db_exec(db, e,
		"INSERT INTO workspace (id, owner, name, path, theme, defaults_json,"
		" position, created_at, updated_at) VALUES (?,?,?,?,?,?,?,?,?)",
		"ttttttiii", w->id, w->owner, w->name, w->path, w->theme,
		w->defaults_json, w->position, w->created_at, w->updated_at);
	return n < 0 ? -1 : 0;
}

int
workspace_update(struct db *db, const struct workspace *w, struct err *e)
{
	int n = db_exec(db, e,
		"UPDATE workspace SET name=?, theme=?, defaults_json=?, position=?,"
		" archived_at=nullif(?,0), updated_at=? WHERE id=? AND owner=?",
		"tttiiitt", w->name, w->theme, w->defaults_json, w->position,
		w->archived_at, w->updated_at, w->id, w->owner);
	return n < 0 ? -1 : 0;
}

int
workspace_delete(struct db *db, const char *owner, const char *id, struct err *e)
{
	if (db_exec(db, e, "DELETE FROM variable WHERE owner=? AND workspace=?", "tt",
		    owner, id) < 0)
		return -1;
	return db_exec(db, e, "DELETE FROM workspace WHERE id=? AND owner=?", "tt", id,
		       owner) < 0
		? -1
		: 0;
}
