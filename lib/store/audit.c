/* See audit.h. What is hashed: the hash before (32 zero bytes for the first row), then
 * the time in decimal and the texts, each ended by a NUL. */
#include "config.h"

#include "lib/store/audit.h"

#include "lib/buf.h"
#include "lib/crypt.h"
#include "lib/db.h"

#include <sqlite3.h>

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

int64_t
audit_verify(struct db *db, struct err *e)
{
	uint8_t before[SHA256_SIZE] = {0}, hash[SHA256_SIZE];
	int64_t bad = 0;
	int rc;
	sqlite3_stmt *stmt = db_query(db,
		"SELECT id, at, user, action, subject, address, hash FROM audit ORDER BY "
		"id",
		"");
	while (!bad && (rc = db_step(db, stmt, e)) > 0) {
		struct audit a = {
			.at = sqlite3_column_int64(stmt, 1),
			.user = (const char *)sqlite3_column_text(stmt, 2),
			.action = (const char *)sqlite3_column_text(stmt, 3),
			.subject = (const char *)sqlite3_column_text(stmt, 4),
			.address = (const char *)sqlite3_column_text(stmt, 5),
		};
		hash_row(&a, before, hash);
		memcpy(before, sqlite3_column_blob(stmt, 6), sizeof before);
		if (memcmp(before, hash, sizeof hash) != 0)
			bad = sqlite3_column_int64(stmt, 0);
	}
	db_done(stmt);
	if (!bad && rc < 0)
		return -1;
	return bad;
}
