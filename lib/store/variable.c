/* See variable.h. */
#include "config.h"

#include "lib/store/variable.h"

#include "lib/buf.h"
#include "lib/db.h"

#include <sqlite3.h>

char *
variable_about(const char *owner, const char *workspace, const char *name)
{
	return xasprintf("variable %s %s %s", owner, workspace, name);
}

int
variable_each(struct db *db, const char *owner, const char *workspace,
	int (*each)(void *arg, const struct variable *v, struct err *e), void *arg,
	struct err *e)
{
	int rc;
	sqlite3_stmt *stmt = db_query(db,
		"SELECT name, secret, value FROM variable WHERE owner=? AND workspace=?"
		" ORDER BY name",
		"tt", owner, workspace);
	while ((rc = db_step(db, stmt, e)) > 0) {
		const struct variable v = {
			.name = (const char *)sqlite3_column_text(stmt, 0),
			.secret = sqlite3_column_int(stmt, 1),
			.value = sqlite3_column_blob(stmt, 2),
			.len = (size_t)sqlite3_column_bytes(stmt, 2),
		};
		rc = each(arg, &v, e);
		if (rc != 0)
			break;
	}
	db_done(stmt);
	return rc;
}

int
variable_put(struct db *db, const char *owner, const char *workspace,
	const struct variable *v, struct err *e)
{
	int n = db_exec(db, e,
		"INSERT INTO variable (owner, workspace, name, secret, value)"
		" VALUES (?,?,?,?,?) ON CONFLICT DO UPDATE SET secret=excluded.secret,"
		" value=excluded.value",
		"tttib", owner, workspace, v->name, (int64_t)v->secret, v->value, v->len);
	return n < 0 ? -1 : 0;
}

int
variable_remove(struct db *db, const char *owner, const char *workspace, const char *name,
	struct err *e)
{
	int n = db_exec(db, e,
		"DELETE FROM variable WHERE owner=? AND workspace=? AND name=?", "ttt",
		owner, workspace, name);
	return n < 0 ? -1 : 0;
}

int
variable_each_secret(struct db *db,
	int (*each)(void *arg, const struct secret_variable *v, struct err *e), void *arg,
	struct err *e)
{
	int rc;
	sqlite3_stmt *stmt = db_query(db,
		"SELECT owner, workspace, name, value FROM variable WHERE secret=1", "");
	while ((rc = db_step(db, stmt, e)) > 0) {
		const struct secret_variable v = {
			.owner = (const char *)sqlite3_column_text(stmt, 0),
			.workspace = (const char *)sqlite3_column_text(stmt, 1),
			.name = (const char *)sqlite3_column_text(stmt, 2),
			.value = sqlite3_column_blob(stmt, 3),
			.len = (size_t)sqlite3_column_bytes(stmt, 3),
		};
		rc = each(arg, &v, e);
		if (rc != 0)
			break;
	}
	db_done(stmt);
	return rc;
}

int64_t
variable_count_secrets(struct db *db, struct err *e)
{
	int64_t count = 0;
	int rc =
		db_int(db, &count, e, "SELECT count(*) FROM variable WHERE secret=1", "");
	return rc < 0 ? -1 : count;
}
