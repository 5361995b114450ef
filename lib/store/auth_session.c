/* See auth_session.h. */
#include "config.h"

#include "lib/store/auth_session.h"

#include "lib/db.h"

#include <sqlite3.h>

#include <string.h>

#define COLUMNS \
	"s.token, s.id, s.user, s.provider, s.credential, s.identity, u.name, u.role," \
	" s.created_at, s.fresh_at, s.seen_at, s.expires_at, s.address, s.agent," \
	" s.revoked_at IS NOT NULL OR u.disabled_at IS NOT NULL" \
	" OR c.revoked_at IS NOT NULL" \
	" FROM auth_session s JOIN user u ON u.id=s.user" \
	" LEFT JOIN credential c ON c.id=s.credential"

static const char *
text(sqlite3_stmt *stmt, int column)
{
	return (const char *)sqlite3_column_text(stmt, column);
}

static struct auth_session
load(sqlite3_stmt *stmt)
{
	struct auth_session s = {
		.id = text(stmt, 1),
		.user = text(stmt, 2),
		.provider = text(stmt, 3),
		.credential = text(stmt, 4),
		.identity = text(stmt, 5),
		.user_name = text(stmt, 6),
		.user_role = text(stmt, 7),
		.created_at = sqlite3_column_int64(stmt, 8),
		.fresh_at = sqlite3_column_int64(stmt, 9),
		.seen_at = sqlite3_column_int64(stmt, 10),
		.expires_at = sqlite3_column_int64(stmt, 11),
		.address = text(stmt, 12),
		.agent = text(stmt, 13),
		.revoked = sqlite3_column_int(stmt, 14) != 0,
	};
	memcpy(s.token, sqlite3_column_blob(stmt, 0), sizeof s.token);
	return s;
}

int
auth_session_insert(struct db *db, const struct auth_session *s, struct err *e)
{
	int n = db_exec(db, e,
		"INSERT INTO auth_session (token, id, user, provider, credential, "
		"identity,"
		" created_at, fresh_at, seen_at, expires_at, address, agent)"
		" VALUES (?,?,?,?,?,?,?,?,?,?,?,?)",
		"btttttiiiitt", s->token, sizeof s->token, s->id, s->user, s->provider,
		s->credential, s->identity, s->created_at, s->fresh_at, s->seen_at,
		s->expires_at, s->address, s->agent);
	return n < 0 ? -1 : 0;
}

int
auth_session_find(struct db *db, const uint8_t token[SHA256_SIZE],
	void (*found)(void *arg, const struct auth_session *s), void *arg, struct err *e)
{
	sqlite3_stmt *stmt = db_query(db, "SELECT " COLUMNS " WHERE s.token=?", "b",
		token, (size_t)SHA256_SIZE);
	int rc = db_step(db, stmt, e);
	if (rc > 0) {
		struct auth_session s = load(stmt);
		found(arg, &s);
	}
	db_done(stmt);
	return rc;
}

int
auth_session_each(struct db *db, const char *user, int64_t now,
	void (*each)(void *arg, const struct auth_session *s), void *arg, struct err *e)
{
	int rc;
	sqlite3_stmt *stmt = db_query(db,
		"SELECT " COLUMNS " WHERE s.user=? AND s.revoked_at IS NULL"
		" AND s.expires_at>? ORDER BY s.seen_at DESC, s.created_at DESC, s.id",
		"ti", user, now);
	while ((rc = db_step(db, stmt, e)) > 0) {
		struct auth_session s = load(stmt);
		each(arg, &s);
	}
	db_done(stmt);
	return rc;
}

int
auth_session_revoke(struct db *db, const char *user, const char *id, int64_t now,
	struct err *e)
{
	return db_exec(db, e,
		"UPDATE auth_session SET revoked_at=? WHERE user=? AND id=?"
		" AND revoked_at IS NULL",
		"itt", now, user, id);
}

int
auth_session_revoke_others(struct db *db, const char *user, const char *id, int64_t now,
	struct err *e)
{
	return db_exec(db, e,
		"UPDATE auth_session SET revoked_at=? WHERE user=? AND id<>?"
		" AND revoked_at IS NULL",
		"itt", now, user, id);
}

int
auth_session_touch(struct db *db, const uint8_t token[SHA256_SIZE], int64_t now,
	struct err *e)
{
	int n = db_exec(db, e, "UPDATE auth_session SET seen_at=? WHERE token=?", "ib",
		now, token, (size_t)SHA256_SIZE);
	return n < 0 ? -1 : 0;
}

int
auth_session_delete(struct db *db, const uint8_t token[SHA256_SIZE], struct err *e)
{
	int n = db_exec(db, e, "DELETE FROM auth_session WHERE token=?", "b", token,
		(size_t)SHA256_SIZE);
	return n < 0 ? -1 : 0;
}

int
auth_session_purge(struct db *db, int64_t now, struct err *e)
{
	return db_exec(db, e, "DELETE FROM auth_session WHERE expires_at<=?", "i", now) <
			0
		? -1
		: 0;
}
