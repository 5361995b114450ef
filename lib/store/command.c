/* See command.h. The writer '' of a session counts the inputs of all of them. */
#include "config.h"

#include "lib/store/command.h"

#include "lib/db.h"

#include <sqlite3.h>

#include <stdbool.h>

/*
 * A sign-in may be revoked between the moment its request was recognised and this one:
 * what it asks for then would come behind command_refuse().
 */
static int
check_sign_in(struct db *db, const struct command *c, struct err *e)
{
	int64_t good = 0;
	if (!c->sign_in)
		return 0;
	int rc = db_int(db, &good, e,
		"SELECT EXISTS (SELECT 1 FROM auth_session WHERE id=?1"
		"  AND revoked_at IS NULL) OR EXISTS (SELECT 1 FROM credential c"
		"  JOIN user u ON u.id=c.user WHERE c.id=?1 AND c.revoked_at IS NULL"
		"  AND u.disabled_at IS NULL)",
		"t", c->sign_in);
	if (rc < 0 || good)
		return rc < 0 ? -1 : 0;
	return err_set(e, 401, "auth.invalid",
		"This sign-in or key is not valid, or no longer; sign in again.");
}

static int
insert(struct db *db, struct command *c, struct err *e)
{
	int n;
	if (check_sign_in(db, c, e) != 0)
		return -1;
	if (c->k)
		n = db_exec(db, e,
			"INSERT INTO command (session, user, sign_in, kind, k, deadline,"
			" body) VALUES (?,?,?,?,?,?,?)",
			"ttttiib", c->session, c->user, c->sign_in, c->kind, c->k,
			c->deadline, c->body, c->len);
	else
		n = db_exec(db, e,
			"INSERT INTO command (session, user, sign_in, kind, body)"
			" VALUES (?,?,?,?,?)",
			"ttttb", c->session, c->user, c->sign_in, c->kind, c->body,
			c->len);
	c->id = db_last_id(db);
	return n < 0 ? -1 : 0;
}

static int
finish(struct db *db, int result, struct err *e)
{
	if (result == 0)
		return db_commit(db, e);
	db_rollback(db);
	return result;
}

/* A sign-in and those that were made with it, if it is a key; or all of a user's. */
#define WHOSE \
	"(user=?1 AND ?2='') OR sign_in=?2" \
	" OR sign_in IN (SELECT id FROM auth_session WHERE credential=?2)"

int
command_refuse(struct db *db, const char *user, const char *sign_in, struct err *e)
{
	if (db_exec(db, e,
		    "UPDATE command SET deadline=0 WHERE kind='input' AND (" WHOSE ")",
		    "tt", user, sign_in) < 0)
		return -1;
	return db_exec(db, e, "DELETE FROM command WHERE kind<>'input' AND (" WHOSE ")",
		       "tt", user, sign_in) < 0
		? -1
		: 0;
}

int
command_add(struct db *db, struct command *c, struct err *e)
{
	if (db_begin(db, DB_NORMAL, e) != 0)
		return -1;
	return finish(db, insert(db, c, e), e);
}

/* How far a session's inputs have come: those of one writer, and all of them. */
struct progress {
	int64_t n, k;
};

static int
read_progress(struct db *db, const struct command *c, const char *writer,
	struct progress *p, struct err *e)
{
	int rc;
	sqlite3_stmt *stmt = db_query(db,
		"SELECT writer<>'', n FROM writer WHERE session=? AND writer IN ('', ?)",
		"tt", c->session, writer);
	*p = (struct progress){0};
	while ((rc = db_step(db, stmt, e)) > 0)
		*(sqlite3_column_int(stmt, 0) ? &p->n : &p->k) =
			sqlite3_column_int64(stmt, 1);
	db_done(stmt);
	return rc;
}

/* 0: n is due, and c->k is set; 1: seen before; -1: error. */
static int
advance(struct db *db, struct command *c, struct input_mark *mark, struct err *e)
{
	struct progress last;
	if (read_progress(db, c, mark->writer, &last, e) != 0)
		return -1;
	mark->expect = last.n + 1;
	if (mark->n <= last.n)
		return 1;
	if (mark->n > last.n + 1)
		return err_set(e, 409, "input.gap",
			"Input %lld is not due yet; input %lld is missing.",
			(long long)mark->n, (long long)mark->expect);
	c->k = (last.k > mark->done ? last.k : mark->done) + 1;
	int n = db_exec(db, e,
		"INSERT INTO writer (session, writer, n, updated_at)"
		" VALUES (?1,'',?2,?5), (?1,?3,?4,?5)"
		" ON CONFLICT DO UPDATE SET n=excluded.n, updated_at=excluded.updated_at",
		"titii", c->session, c->k, mark->writer, mark->n, mark->now);
	return n < 0 ? -1 : 0;
}

int
command_add_input(struct db *db, struct command *c, struct input_mark *mark,
	struct err *e)
{
	if (db_begin(db, DB_NORMAL, e) != 0)
		return -1;
	int result = advance(db, c, mark, e);
	if (result == 0)
		result = insert(db, c, e);
	return finish(db, result, e);
}

/* What does not fit any more would only wait in a database. */
static int
check_room(struct db *db, const struct command *c, const struct op_mark *mark,
	struct err *e)
{
	sqlite3_stmt *stmt = db_query(db,
		"SELECT count(*) >= ? OR total(length(body)) > ? FROM command"
		" WHERE session=? AND id>?",
		"iiti", (int64_t)OP_COUNT, (int64_t)OP_BYTES, c->session, mark->done);
	int rc = db_step(db, stmt, e);
	bool full = rc > 0 && sqlite3_column_int(stmt, 0);
	db_done(stmt);
	if (full)
		return err_set(e, 503, "command.queue",
			"The program does not take what waits for it; try again later.");
	return rc < 0 ? -1 : 0;
}

static int
insert_once(struct db *db, struct command *c, const struct op_mark *mark, struct err *e)
{
	int n = db_exec(db, e,
		"INSERT INTO writer (session, writer, n, updated_at) VALUES (?,?,1,?)"
		" ON CONFLICT DO NOTHING",
		"tti", c->session, mark->token, mark->now);
	if (n <= 0)
		return n < 0 ? -1 : 1;
	return check_room(db, c, mark, e) != 0 ? -1 : insert(db, c, e);
}

int
command_add_once(struct db *db, struct command *c, const struct op_mark *mark,
	struct err *e)
{
	if (db_begin(db, DB_NORMAL, e) != 0)
		return -1;
	return finish(db, insert_once(db, c, mark, e), e);
}

int
command_add_delete(struct db *db, struct command *c, struct err *e)
{
	if (db_begin(db, DB_NORMAL, e) != 0)
		return -1;
	int result = insert(db, c, e);
	if (result == 0 &&
		db_exec(db, e, "DELETE FROM writer WHERE session=?", "t", c->session) < 0)
		result = -1;
	return finish(db, result, e);
}

int
command_sessions(struct db *db, int64_t after,
	void (*each)(void *arg, const char *session, int64_t id), void *arg,
	struct err *e)
{
	int rc, count = 0;
	sqlite3_stmt *stmt = db_query(db,
		"SELECT session, id FROM command WHERE id>? AND session<>'' ORDER BY id",
		"i", after);
	while ((rc = db_step(db, stmt, e)) > 0) {
		each(arg, (const char *)sqlite3_column_text(stmt, 0),
			sqlite3_column_int64(stmt, 1));
		count++;
	}
	db_done(stmt);
	return rc < 0 ? -1 : count;
}

int
command_each(struct db *db, const char *session, int64_t after,
	int (*each)(void *arg, const struct command *c), void *arg, struct err *e)
{
	int rc, stop = 0;
	sqlite3_stmt *stmt = db_query(db,
		"SELECT id, session, user, kind, k, deadline, body FROM command"
		" WHERE session=? AND id>? ORDER BY id",
		"ti", session, after);
	while (!stop && (rc = db_step(db, stmt, e)) > 0) {
		struct command c = {
			.id = sqlite3_column_int64(stmt, 0),
			.session = (const char *)sqlite3_column_text(stmt, 1),
			.user = (const char *)sqlite3_column_text(stmt, 2),
			.kind = (const char *)sqlite3_column_text(stmt, 3),
			.k = sqlite3_column_int64(stmt, 4),
			.deadline = sqlite3_column_int64(stmt, 5),
			.body = sqlite3_column_blob(stmt, 6),
			.len = (size_t)sqlite3_column_bytes(stmt, 6),
		};
		stop = each(arg, &c);
	}
	db_done(stmt);
	return !stop && rc < 0 ? -1 : 0;
}

int
command_delete(struct db *db, const int64_t *ids, size_t count, struct err *e)
{
	if (db_begin(db, DB_NORMAL, e) != 0)
		return -1;
	/* What only kept the highest id goes before another one takes its place. */
	int result =
		db_exec(db, e, "DELETE FROM command WHERE session=''", "") < 0 ? -1 : 0;
	for (size_t i = 0; i < count && result == 0; i++)
		if (db_exec(db, e, "DELETE FROM command WHERE id=?", "i", ids[i]) < 0)
			result = -1;
	return finish(db, result, e);
}
