/* See content.h. */
#include "config.h"

#include "lib/store/content.h"

#include "lib/db.h"

#include <sqlite3.h>

#include <string.h>

enum { STEP = 16 }; /* rows that go at a time: a content may have 10 MB */

/* A hash as the tables have it. */
struct hash {
	uint8_t bytes[SHA256_SIZE];
	size_t len; /* 0: there is none; then SQL has to make NULL of it */
};

static int
digit(char c)
{
	return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static struct hash *
hash_of(struct hash *hash, const char *text)
{
	*hash = (struct hash){0};
	if (!text || strlen(text) != SHA256_TEXT_SIZE - 1)
		return hash;
	for (size_t i = 0; i < SHA256_SIZE; i++) {
		int high = digit(text[2 * i]), low = digit(text[2 * i + 1]);
		if (high < 0 || low < 0)
			return hash;
		hash->bytes[i] = (uint8_t)(high << 4 | low);
	}
	hash->len = SHA256_SIZE;
	return hash;
}

/* ---- contents ---- */

static int
use(struct db *db, int64_t session, const struct hash *h, int64_t now, struct err *e)
{
	int n = db_exec(db, e,
		"INSERT INTO session_content (session, content, used_at) VALUES (?,?,?)"
		" ON CONFLICT DO UPDATE SET used_at=excluded.used_at",
		"ibi", session, h->bytes, h->len, now);
	return n < 0 ? -1 : 0;
}

int
content_put(struct db *db, int64_t session, const char *sha256, const void *bytes,
	size_t len, int64_t now, struct err *e)
{
	struct hash h;
	hash_of(&h, sha256);
	if (db_exec(db, e,
		    "INSERT INTO content (sha256, bytes, created_at) VALUES (?,?,?)"
		    " ON CONFLICT DO NOTHING",
		    "bbi", h.bytes, h.len, len ? bytes : "", len, now) < 0)
		return -1;
	return use(db, session, &h, now, e);
}

int
content_find(struct db *db, const char *owner, const char *session, const char *sha256,
	struct buf *bytes, struct err *e)
{
	struct hash h;
	hash_of(&h, sha256);
	sqlite3_stmt *stmt = db_query(db,
		"SELECT bytes FROM content WHERE sha256=?1 AND EXISTS (SELECT 1"
		" FROM session_content JOIN run_session ON number=session"
		" WHERE content=?1 AND owner=?2 AND deleted_at IS NULL"
		" AND (?3 IS NULL OR id=?3))",
		"btt", h.bytes, h.len, owner, session);
	int rc = db_step(db, stmt, e);
	if (rc > 0)
		buf_add(bytes, sqlite3_column_blob(stmt, 0),
			(size_t)sqlite3_column_bytes(stmt, 0));
	db_done(stmt);
	return rc;
}

/* ---- history ---- */

int
file_version_add(struct db *db, const struct file_version *v, struct err *e)
{
	struct hash before, after;
	hash_of(&before, v->before);
	hash_of(&after, v->after);
	int n = db_exec(db, e,
		"INSERT INTO file_version (session, seq, owner, workspace, path,"
		" operation, path_to, by, before, after, added, removed, at)"
		" SELECT ?1, max(seq), ?2, ?3, ?4, ?5, ?6, ?7, nullif(?8, x''),"
		" nullif(?9, x''), ?10, ?11, ?12"
		" FROM session_event WHERE session=?1 HAVING ?5<>'open'"
		" OR nullif(?9, x'') IS NOT (SELECT after FROM file_version"
		"  WHERE workspace=?3 AND path=?4 AND owner=?2"
		"  ORDER BY at DESC, session DESC, seq DESC LIMIT 1)",
		"itttttt"
		"bb"
		"iii",
		v->session, v->owner, v->workspace, v->path, v->operation, v->path_to,
		v->by, before.bytes, before.len, after.bytes, after.len, v->added,
		v->removed, v->at);
	if (n < 0)
		return -1;
	n = db_exec(db, e,
		"UPDATE session_content SET used_at=? WHERE session=?"
		" AND content IN (?,?)",
		"iibb", v->at, v->session, before.bytes, before.len, after.bytes,
		after.len);
	return n < 0 ? -1 : 0;
}

static const char *
text_at(sqlite3_stmt *stmt, int column)
{
	return (const char *)sqlite3_column_text(stmt, column);
}

static const char *
hash_at(sqlite3_stmt *stmt, int column, char text[SHA256_TEXT_SIZE])
{
	const uint8_t *bytes = sqlite3_column_blob(stmt, column);
	if (!bytes || sqlite3_column_bytes(stmt, column) != SHA256_SIZE)
		return NULL;
	crypt_hash_text(bytes, text);
	return text;
}

/* A name is followed to the one before it, and so is that of a directory above it; until
 * then what had the former name is meant. */
static const char history[] =
	"WITH RECURSIVE trail (path, until) AS (SELECT ?3, 9223372036854775807"
	" UNION"
	" SELECT v.path || substr(t.path, length(v.path_to) + 1), v.at"
	"  FROM trail t JOIN file_version v ON v.workspace=?2 AND v.operation='rename'"
	"   AND v.owner=?1 AND v.at<=t.until AND (v.path_to=t.path"
	"    OR substr(t.path, 1, length(v.path_to) + 1)=v.path_to || '/')"
	" LIMIT 64)"
	" SELECT DISTINCT v.session, v.seq, id, v.path, v.path_to, v.operation, v.by,"
	" v.before, v.after, v.added, v.removed, v.at"
	" FROM trail t JOIN file_version v ON v.workspace=?2 AND v.path=t.path"
	"  AND v.at<=t.until AND v.owner=?1"
	" JOIN run_session ON number=v.session AND deleted_at IS NULL"
	" WHERE (v.at, v.session, v.seq)<(?4, ?5, ?6)"
	" ORDER BY v.at DESC, v.session DESC, v.seq DESC LIMIT ?7";

int
file_version_each(struct db *db, const struct history *h,
	void (*each)(void *arg, const struct file_version *v), void *arg, struct err *e)
{
	int rc;
	char before[SHA256_TEXT_SIZE], after[SHA256_TEXT_SIZE];
	sqlite3_stmt *stmt = db_query(db, history, "tttiiii", h->owner, h->workspace,
		h->path, h->at, h->session, h->seq, (int64_t)h->most);
	while ((rc = db_step(db, stmt, e)) > 0) {
		const struct file_version v = {
			.session = sqlite3_column_int64(stmt, 0),
			.seq = sqlite3_column_int64(stmt, 1),
			.session_id = text_at(stmt, 2),
			.owner = h->owner,
			.workspace = h->workspace,
			.path = text_at(stmt, 3),
			.path_to = text_at(stmt, 4),
			.operation = text_at(stmt, 5),
			.by = text_at(stmt, 6),
			.before = hash_at(stmt, 7, before),
			.after = hash_at(stmt, 8, after),
			.added = sqlite3_column_int64(stmt, 9),
			.removed = sqlite3_column_int64(stmt, 10),
			.at = sqlite3_column_int64(stmt, 11),
		};
		each(arg, &v);
	}
	db_done(stmt);
	return rc;
}

/* ---- drafts ---- */

int
draft_put(struct db *db, int64_t session, const char *path, const char *base,
	const char *sha256, int64_t now, struct err *e)
{
	struct hash from, content;
	hash_of(&from, base);
	hash_of(&content, sha256);
	/* The one there was is told of no more, unless it is part of the history. */
	if (db_exec(db, e,
		    "DELETE FROM session_content WHERE session=?1 AND content="
		    "(SELECT content FROM draft WHERE session=?1 AND path=?2)"
		    " AND content<>?3 AND NOT EXISTS (SELECT 1 FROM file_version"
		    "  WHERE after=session_content.content)"
		    " AND NOT EXISTS (SELECT 1 FROM draft WHERE"
		    "  draft.content=session_content.content AND path<>?2)",
		    "itb", session, path, content.bytes, content.len) < 0)
		return -1;
	int n = db_exec(db, e,
		"INSERT INTO draft (session, path, base, content, updated_at)"
		" VALUES (?,?,nullif(?,x''),?,?)"
		" ON CONFLICT DO UPDATE SET base=excluded.base,"
		" content=excluded.content, updated_at=excluded.updated_at",
		"itbbi", session, path, from.bytes, from.len, content.bytes, content.len,
		now);
	return n < 0 ? -1 : 0;
}

int
draft_drop(struct db *db, int64_t session, const char *path, struct err *e)
{
	int n = db_exec(db, e, "DELETE FROM draft WHERE session=? AND path=?", "it",
		session, path);
	return n < 0 ? -1 : 0;
}

int
draft_rename(struct db *db, int64_t session, const char *from, const char *to,
	struct err *e)
{
	int n = db_exec(db, e,
		"UPDATE OR REPLACE draft SET path=?3 || substr(path, length(?2) + 1)"
		" WHERE session=?1 AND (path=?2"
		"  OR substr(path, 1, length(?2) + 1)=?2 || '/')",
		"itt", session, from, to);
	return n < 0 ? -1 : 0;
}

/* ---- forgetting ---- */

int
content_forget_session(struct db *db, int64_t session, struct err *e)
{
	if (db_exec(db, e, "DELETE FROM draft WHERE session=?", "i", session) < 0 ||
		db_exec(db, e, "DELETE FROM file_version WHERE session=?", "i", session) <
			0)
		return -1;
	return db_exec(db, e, "DELETE FROM session_content WHERE session=?", "i",
		       session) < 0
		? -1
		: 0;
}

/* Contents that no session tells of. */
static int
drop_unused(struct db *db, struct err *e)
{
	return db_exec(db, e,
		"DELETE FROM content WHERE sha256 IN (SELECT sha256 FROM content"
		" WHERE NOT EXISTS (SELECT 1 FROM session_content WHERE content=sha256)"
		" AND NOT EXISTS (SELECT 1 FROM draft WHERE draft.content=sha256)"
		" LIMIT ?)",
		"i", (int64_t)STEP);
}

/* Those that were told of before `before`. */
static int
leave(struct db *db, int64_t before, struct err *e)
{
	return db_exec(db, e,
		"DELETE FROM session_content WHERE (session, content) IN"
		" (SELECT session, content FROM session_content s WHERE used_at<?1"
		" AND NOT EXISTS (SELECT 1 FROM draft d WHERE d.session=s.session"
		"  AND d.content=s.content)"
		" AND NOT EXISTS (SELECT 1 FROM file_version v WHERE v.after=s.content"
		"  AND v.session=s.session AND NOT EXISTS (SELECT 1 FROM file_version l"
		"   WHERE l.workspace=v.workspace AND l.path=v.path AND l.at>v.at"
		"   AND l.session=v.session))"
		" ORDER BY used_at LIMIT ?2)",
		"ii", before, (int64_t)STEP);
}

int
content_expire(struct db *db, int64_t before, int64_t most, struct err *e)
{
	int64_t total = 0;
	int n = drop_unused(db, e);
	if (n != 0)
		return n < 0 ? -1 : 1;
	if (most &&
		db_int(db, &total, e, "SELECT total(length(bytes)) FROM content", "") < 0)
		return -1;
	n = leave(db, most && total > most ? INT64_MAX : before, e);
	if (n != 0)
		return n < 0 ? -1 : 1;
	n = db_exec(db, e,
		"DELETE FROM file_version WHERE (session, seq) IN (SELECT session, seq"
		" FROM file_version v WHERE at<? AND EXISTS (SELECT 1 FROM file_version l"
		"  WHERE l.workspace=v.workspace AND l.path=v.path AND l.at>v.at"
		"  AND l.session=v.session) LIMIT 256)",
		"i", before);
	return n < 0 ? -1 : n > 0;
}
