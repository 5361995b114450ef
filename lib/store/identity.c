/* See identity.h. */
#include "config.h"

#include "lib/store/identity.h"

#include "lib/db.h"

#include <sqlite3.h>

#include <stdio.h>

#define COLUMNS \
	"id, provider, subject, user, name, linked, created_at, seen_at FROM identity"

static struct identity
load(sqlite3_stmt *stmt)
{
	return (struct identity){
		.id = (const char *)sqlite3_column_text(stmt, 0),
		.provider = (const char *)sqlite3_column_text(stmt, 1),
		.subject = (const char *)sqlite3_column_text(stmt, 2),
		.user = (const char *)sqlite3_column_text(stmt, 3),
		.name = (const char *)sqlite3_column_text(stmt, 4),
		.linked = sqlite3_column_int(stmt, 5) != 0,
		.created_at = sqlite3_column_int64(stmt, 6),
		.seen_at = sqlite3_column_int64(stmt, 7),
	};
}

int
identity_insert(struct db *db, const struct identity *i, struct err *e)
{
	int n = db_exec(db, e,
		"INSERT INTO identity (id, provider, subject, user, name, linked,"
		" created_at, seen_at) VALUES (?,?,?,?,?,?,?,?)",
		"tttttiii", i->id, i->provider, i->subject, i->user, i->name,
		(int64_t)i->linked, i->created_at, i->seen_at);
	return n < 0 ? -1 : 0;
}

int
identity_find(struct db *db, const char *provider, const char *subject,
	void (*found)(void *arg, const struct identity *i), void *arg, struct err *e)
{
	sqlite3_stmt *stmt =
		db_query(db, "SELECT " COLUMNS " WHERE provider=? AND subject=?", "tt",
			provider, subject);
	int rc = db_step(db, stmt, e);
	if (rc > 0) {
		struct identity i = load(stmt);
		found(arg, &i);
	}
	db_done(stmt);
	return rc;
}

int
identity_each(struct db *db, const char *user,
	void (*each)(void *arg, const struct identity *i), void *arg, struct err *e)
{
	int rc;
	sqlite3_stmt *stmt = db_query(db,
		"SELECT " COLUMNS " WHERE user=? ORDER BY created_at, id", "t", user);
	while ((rc = db_step(db, stmt, e)) > 0) {
		struct identity i = load(stmt);
		each(arg, &i);
	}
	db_done(stmt);
	return rc;
}

int
identity_touch(struct db *db, const char *id, const char *name, int64_t now,
	struct err *e)
{
	int n = db_exec(db, e, "UPDATE identity SET name=?, seen_at=? WHERE id=?", "tit",
		name, now, id);
	return n < 0 ? -1 : 0;
}

int
identity_delete(struct db *db, const char *user, const char *id, struct err *e)
{
	return db_exec(db, e, "DELETE FROM identity WHERE user=? AND id=?", "tt", user,
		id);
}

int
oauth_state_insert(struct db *db, const struct oauth_state *s, int64_t now, struct err *e)
{
	if (db_exec(db, e, "DELETE FROM oauth_state WHERE expires_at<=?", "i", now) < 0 ||
		db_exec(db, e,
			"DELETE FROM oauth_state WHERE hash IN"
			" (SELECT hash FROM oauth_state ORDER BY expires_at LIMIT"
			"  max(0, (SELECT count(*) FROM oauth_state)-?))",
			"i", (int64_t)OAUTH_STATE_MOST - 1) < 0)
		return -1;
	int n = db_exec(db, e,
		"INSERT INTO oauth_state (hash, provider, browser, user, expires_at)"
		" VALUES (?,?,?,?,?)",
		"btbti", s->hash, sizeof s->hash, s->provider, s->browser,
		sizeof s->browser, s->user, s->expires_at);
	return n < 0 ? -1 : 0;
}

int
oauth_state_take(struct db *db, const struct oauth_state *s, int64_t now,
	char user[ID_SIZE], struct err *e)
{
	sqlite3_stmt *stmt = db_query(db,
		"DELETE FROM oauth_state WHERE hash=? AND browser=? AND provider=?"
		" AND expires_at>? RETURNING ifnull(user, '')",
		"bbti", s->hash, sizeof s->hash, s->browser, sizeof s->browser,
		s->provider, now);
	int rc = db_step(db, stmt, e);
	if (rc > 0)
		snprintf(user, ID_SIZE, "%s", (const char *)sqlite3_column_text(stmt, 0));
	if (rc > 0 && db_step(db, stmt, e) < 0)
		rc = -1;
	db_done(stmt);
	return rc;
}
