/* See credential.h. Column order is fixed by COLUMNS, which load() follows. */
#include "config.h"

#include "lib/store/credential.h"

#include "lib/db.h"

#include <sqlite3.h>

#include <string.h>

#define COLUMNS \
	"c.id, c.kind, c.label, c.user, u.name, u.role, c.hash, c.created_at," \
	" c.last_used_at, c.revoked_at, c.scope, c.expires_at," \
	" u.disabled_at IS NOT NULL" \
	" FROM credential c JOIN user u ON u.id=c.user"

static struct credential
load(sqlite3_stmt *stmt)
{
	struct credential c = {
		.id = (const char *)sqlite3_column_text(stmt, 0),
		.kind = (const char *)sqlite3_column_text(stmt, 1),
		.label = (const char *)sqlite3_column_text(stmt, 2),
		.user = (const char *)sqlite3_column_text(stmt, 3),
		.user_name = (const char *)sqlite3_column_text(stmt, 4),
		.user_role = (const char *)sqlite3_column_text(stmt, 5),
		.created_at = sqlite3_column_int64(stmt, 7),
		.last_used_at = sqlite3_column_int64(stmt, 8),
		.revoked_at = sqlite3_column_int64(stmt, 9),
		.scope = (const char *)sqlite3_column_text(stmt, 10),
		.expires_at = sqlite3_column_int64(stmt, 11),
		.disabled = sqlite3_column_int(stmt, 12) != 0,
	};
	memcpy(c.hash, sqlite3_column_blob(stmt, 6),
		sizeof c.hash); /* 32, by the CHECK */
	return c;
}

int
credential_insert(struct db *db, const struct credential *c, struct err *e)
{
	int n = db_exec(db, e,
		"INSERT INTO credential (id, user, kind, label, scope, hash, created_at,"
		" expires_at) VALUES (?,?,?,?,?,?,?,nullif(?,0))",
		"tttttbii", c->id, c->user, c->kind, c->label, c->scope, c->hash,
		sizeof c->hash, c->created_at, c->expires_at);
	return n < 0 ? -1 : 0;
}

int
credential_find(struct db *db, const char *id,
	void (*found)(void *arg, const struct credential *c), void *arg, struct err *e)
{
	sqlite3_stmt *stmt = db_query(db, "SELECT " COLUMNS " WHERE c.id=?", "t", id);
	int rc = db_step(db, stmt, e);
	if (rc > 0) {
		struct credential c = load(stmt);
		found(arg, &c);
	}
	db_done(stmt);
	return rc;
}

int
credential_each(struct db *db, const char *user,
	void (*each)(void *arg, const struct credential *c), void *arg, struct err *e)
{
	int rc;
	sqlite3_stmt *stmt = db_query(db,
		"SELECT " COLUMNS " WHERE ?1 IN ('', c.user)"
		" ORDER BY c.created_at, c.id",
		"t", user);
	while ((rc = db_step(db, stmt, e)) > 0) {
		struct credential c = load(stmt);
		each(arg, &c);
	}
	db_done(stmt);
	return rc;
}

int
credential_revoke(struct db *db, const char *user, const char *id, int64_t now,
	struct err *e)
{
	return db_exec(db, e,
		"UPDATE credential SET revoked_at=coalesce(revoked_at, ?1)"
		" WHERE id=?2 AND ?3 IN ('', user)",
		"itt", now, id, user);
}

int
credential_revoke_access(struct db *db, const char *user, int64_t now, struct err *e)
{
	int n = db_exec(db, e,
		"UPDATE credential SET revoked_at=? WHERE user=? AND kind='access'"
		" AND revoked_at IS NULL",
		"it", now, user);
	return n < 0 ? -1 : 0;
}

int
credential_touch(struct db *db, const char *id, int64_t now, struct err *e)
{
	int n = db_exec(db, e, "UPDATE credential SET last_used_at=? WHERE id=?", "it",
		now, id);
	return n < 0 ? -1 : 0;
}

int
setup_code_put(struct db *db, const uint8_t hash[SHA256_SIZE], int64_t expires_at,
	struct err *e)
{
	int n = db_exec(db, e,
		"INSERT INTO setup_code (id, hash, expires_at) VALUES (1, ?, ?)"
		" ON CONFLICT DO UPDATE SET hash=excluded.hash, "
		"expires_at=excluded.expires_at",
		"bi", hash, (size_t)SHA256_SIZE, expires_at);
	return n < 0 ? -1 : 0;
}

int
setup_code_check(struct db *db, const uint8_t hash[SHA256_SIZE], int64_t now,
	struct err *e)
{
	sqlite3_stmt *stmt =
		db_query(db, "SELECT hash FROM setup_code WHERE expires_at>?", "i", now);
	int rc = db_step(db, stmt, e);
	if (rc > 0)
		rc = crypt_equal(sqlite3_column_blob(stmt, 0), hash, SHA256_SIZE);
	db_done(stmt);
	return rc;
}

int
setup_code_clear(struct db *db, struct err *e)
{
	return db_exec(db, e, "DELETE FROM setup_code", "") < 0 ? -1 : 0;
}
