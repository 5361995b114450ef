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
		"SELECT id FROM user WHERE role='admin'"
		" ORDER BY disabled_at IS NOT NULL, created_at, id LIMIT 1",
		"");
	int rc = db_step(db, stmt, e);
	if (rc > 0)
		snprintf(id, ID_SIZE, "%s", (const char *)sqlite3_column_text(stmt, 0));
	db_done(stmt);
	return rc;
}

int
user_other_admin(struct db *db, const char *id, struct err *e)
{
	sqlite3_stmt *stmt = db_query(db,
		"SELECT 1 FROM user WHERE role='admin' AND disabled_at IS NULL AND id<>?"
		" LIMIT 1",
		"t", id);
	int rc = db_step(db, stmt, e);
	db_done(stmt);
	return rc;
}

#define COLUMNS \
	"u.id, u.name, u.role, u.created_at, u.disabled_at," \
	" (SELECT max(seen_at) FROM auth_session s WHERE s.user=u.id) FROM user u"

static struct user
load(sqlite3_stmt *stmt)
{
	return (struct user){
		.id = (const char *)sqlite3_column_text(stmt, 0),
		.name = (const char *)sqlite3_column_text(stmt, 1),
		.role = (const char *)sqlite3_column_text(stmt, 2),
		.created_at = sqlite3_column_int64(stmt, 3),
		.disabled_at = sqlite3_column_int64(stmt, 4),
		.seen_at = sqlite3_column_int64(stmt, 5),
	};
}

int
user_find(struct db *db, const char *id, void (*found)(void *arg, const struct user *u),
	void *arg, struct err *e)
{
	sqlite3_stmt *stmt = db_query(db, "SELECT " COLUMNS " WHERE u.id=?", "t", id);
	int rc = db_step(db, stmt, e);
	if (rc > 0) {
		struct user u = load(stmt);
		found(arg, &u);
	}
	db_done(stmt);
	return rc;
}

static int
hand_over(struct db *db, sqlite3_stmt *stmt,
	void (*each)(void *arg, const struct user *u), void *arg, struct err *e)
{
	int rc;
	while ((rc = db_step(db, stmt, e)) > 0) {
		struct user u = load(stmt);
		each(arg, &u);
	}
	db_done(stmt);
	return rc;
}

int
user_each(struct db *db, void (*each)(void *arg, const struct user *u), void *arg,
	struct err *e)
{
	sqlite3_stmt *stmt =
		db_query(db, "SELECT " COLUMNS " ORDER BY u.created_at, u.id", "");
	return hand_over(db, stmt, each, arg, e);
}

int
user_each_called(struct db *db, const char *text,
	void (*each)(void *arg, const struct user *u), void *arg, struct err *e)
{
	sqlite3_stmt *stmt = db_query(db,
		"SELECT " COLUMNS " WHERE ?1 IN (u.id, u.name)"
		" ORDER BY u.id<>?1, u.created_at, u.id",
		"t", text);
	return hand_over(db, stmt, each, arg, e);
}

int
user_update(struct db *db, const struct user *u, struct err *e)
{
	int n = db_exec(db, e,
		"UPDATE user SET name=?, role=?, disabled_at=nullif(?,0) WHERE id=?",
		"ttit", u->name, u->role, u->disabled_at, u->id);
	return n < 0 ? -1 : 0;
}
