/* See auth_session.h. */
#include "config.h"

#include "lib/store/auth_session.h"

#include "lib/db.h"

#include <sqlite3.h>

#include <string.h>

int
auth_session_insert(struct db *db, const struct auth_session *s, struct err *e)
{
	int n = db_exec(db, e,
		"INSERT INTO auth_session (token, user, credential, created_at, seen_at,"
		" expires_at, address, agent) VALUES (?,?,?,?,?,?,?,?)",
		"bttiiitt", s->token, sizeof s->token, s->user, s->credential,
		s->created_at, s->seen_at, s->expires_at, s->address, s->agent);
	return n < 0 ? -1 : 0;
}

int
auth_session_find(struct db *db, const uint8_t token[SHA256_SIZE],
	void (*found)(void *arg, const struct auth_session *s), void *arg, struct err *e)
{
	sqlite3_stmt *stmt = db_query(db,
		"SELECT s.user, s.credential, u.name, u.role, s.created_at, s.seen_at,"
		" s.expires_at, s.revoked_at IS NOT NULL OR c.revoked_at IS NOT NULL"
		" FROM auth_session s JOIN user u ON u.id=s.user"
		" JOIN credential c ON c.id=s.credential WHERE s.token=?",
		"b", token, (size_t)SHA256_SIZE);
	int rc = db_step(db, stmt, e);
	if (rc > 0) {
		struct auth_session s = {
			.user = (const char *)sqlite3_column_text(stmt, 0),
			.credential = (const char *)sqlite3_column_text(stmt, 1),
			.user_name = (const char *)sqlite3_column_text(stmt, 2),
			.user_role = (const char *)sqlite3_column_text(stmt, 3),
			.created_at = sqlite3_column_int64(stmt, 4),
			.seen_at = sqlite3_column_int64(stmt, 5),
			.expires_at = sqlite3_column_int64(stmt, 6),
			.revoked = sqlite3_column_int(stmt, 7) != 0,
		};
		memcpy(s.token, token, sizeof s.token);
		found(arg, &s);
	}
	db_done(stmt);
	return rc;
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
