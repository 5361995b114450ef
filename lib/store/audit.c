/* See audit.h. What is hashed: the hash before (32 zero bytes for the first row), then
 * the time in decimal and the texts, each ended by a NUL. */
#include "config.h"

#include "lib/store/audit.h"

#include "lib/buf.h"
#include "lib/crypt.h"
#include "lib/db.h"

#include <sqlite3.h>

#include <stdbool.h>
#include <string.h>

static void
hash_row(const struct audit *a, const uint8_t before[SHA256_SIZE],
	uint8_t hash[SHA256_SIZE])
{
	const char *texts[] = {a->user, a->action, a->subject, a->address};
	struct buf b = BUF_INIT;
	buf_add(&b, before, SHA256_SIZE);
	buf_printf(&b, "%lld", (long long)a->at);
	buf_char(&b, '\0');
	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
		buf_add(&b, texts[i], strlen(texts[i]) + 1);
	crypt_sha256(b.data, b.len, hash);
	buf_free(&b);
}

int
audit_add(struct db *db, const struct audit *a, struct err *e)
{
	uint8_t before[SHA256_SIZE] = {0}, hash[SHA256_SIZE];
	sqlite3_stmt *stmt =
		db_query(db, "SELECT hash FROM audit ORDER BY id DESC LIMIT 1", "");
	int rc = db_step(db, stmt, e);
	if (rc > 0)
		memcpy(before, sqlite3_column_blob(stmt, 0), sizeof before);
	db_done(stmt);
	if (rc < 0)
		return -1;
	hash_row(a, before, hash);
	int n = db_exec(db, e,
		"INSERT INTO audit (at, user, action, subject, address, hash)"
		" VALUES (?,?,?,?,?,?)",
		"ittttb", a->at, a->user, a->action, a->subject, a->address, hash,
		sizeof hash);
	return n < 0 ? -1 : 0;
}

int
audit_add_once(struct db *db, const struct audit *a, struct err *e)
{
	enum { NEWEST = 1000 };
	int64_t there = 0;
	if (db_int(db, &there, e,
		    "SELECT 1 FROM audit WHERE id > (SELECT max(id) FROM audit) - ?"
		    " AND at=? AND user=? AND action=? AND subject=? AND address=?",
		    "iitttt", (int64_t)NEWEST, a->at, a->user, a->action, a->subject,
		    a->address) < 0)
		return -1;
	return there ? 0 : audit_add(db, a, e);
}

int
audit_each(struct db *db, const struct audit_query *query,
	void (*each)(void *arg, int64_t id, const struct audit *a, const char *name),
	void *arg, struct err *e)
{
	int rc;
	sqlite3_stmt *stmt = db_query(db,
		"SELECT a.id, a.at, a.user, a.action, a.subject, a.address, u.name"
		" FROM audit a LEFT JOIN user u ON u.id=a.user WHERE a.id<?1"
		" AND (?3='' OR a.user=?3 OR a.subject=?3)"
		" AND (?4='' OR a.action=?4"
		"  OR substr(a.action, 1, length(?4) + 1)=?4 || '.')"
		" ORDER BY a.id DESC LIMIT ?2",
		"iitt", query->before, query->limit, query->person, query->action);
	while ((rc = db_step(db, stmt, e)) > 0) {
		const struct audit a = {
			.at = sqlite3_column_int64(stmt, 1),
			.user = (const char *)sqlite3_column_text(stmt, 2),
			.action = (const char *)sqlite3_column_text(stmt, 3),
			.subject = (const char *)sqlite3_column_text(stmt, 4),
			.address = (const char *)sqlite3_column_text(stmt, 5),
		};
		const char *name = (const char *)sqlite3_column_text(stmt, 6);
		each(arg, sqlite3_column_int64(stmt, 0), &a, name ? name : "");
	}
	db_done(stmt);
	return rc;
}

/* Whether the row of the statement follows from `before`, which becomes its hash. */
static bool
follows(sqlite3_stmt *stmt, uint8_t before[SHA256_SIZE])
{
	uint8_t hash[SHA256_SIZE];
	const struct audit a = {
		.at = sqlite3_column_int64(stmt, 1),
		.user = (const char *)sqlite3_column_text(stmt, 2),
		.action = (const char *)sqlite3_column_text(stmt, 3),
		.subject = (const char *)sqlite3_column_text(stmt, 4),
		.address = (const char *)sqlite3_column_text(stmt, 5),
	};
	hash_row(&a, before, hash);
	memcpy(before, sqlite3_column_blob(stmt, 6), SHA256_SIZE);
	return memcmp(before, hash, SHA256_SIZE) == 0;
}

int64_t
audit_verify(struct db *db, struct err *e)
{
	uint8_t before[SHA256_SIZE] = {0};
	int64_t next = 1, last = 0;
	int rc;
	sqlite3_stmt *stmt = db_query(db,
		"SELECT id, at, user, action, subject, address, hash FROM audit ORDER BY "
		"id",
		"");
	while ((rc = db_step(db, stmt, e)) > 0 && sqlite3_column_int64(stmt, 0) == next &&
		follows(stmt, before))
		next++;
	db_done(stmt);
	if (rc != 0)
		return rc < 0 ? -1 : next;
	if (db_int(db, &last, e, "SELECT seq FROM sqlite_sequence WHERE name='audit'",
		    "") < 0)
		return -1;
	return last >= next ? next : 0;
}

int64_t
audit_count(struct db *db, struct err *e)
{
	int64_t count = -1;
	sqlite3_stmt *stmt = db_query(db, "SELECT count(*) FROM audit", "");
	if (db_step(db, stmt, e) > 0)
		count = sqlite3_column_int64(stmt, 0);
	db_done(stmt);
	return count;
}
