/* See user.h. */
#include "config.h"

#include "lib/store/user.h"

#include "lib/db.h"

#include <sqlite3.h>

#include <stdio.h>

int
user_insert(struct db *db, const char *id, const char *name, const char *role,
	int64_t now, struct err *e)
{
	int n = db_exec(db, e,
		"INSERT INTO user (id, name, role, created_at) VALUES (?,?,?,?)", "ttti",
		id, name, role, now);
	return n < 0 ? -1 : 0;
}

int
user_first_admin(struct db *db, char id[ID_SIZE], struct err *e)
{
	sqlite3_stmt *stmt = db_query(db,
		"SELECT id FROM user WHERE role='admin' ORDER BY created_at, id LIMIT 1",
		"");
	int rc = db_step(db, stmt, e);
	if (rc > 0)
		snprintf(id, ID_SIZE, "%s", (const char *)sqlite3_column_text(stmt, 0));
	db_done(stmt);
	return rc;
}
