/* See command.h. The writer '' of a session counts the inputs of all of them. */
#include "config.h"

#include "lib/store/command.h"

#include "lib/db.h"

#include <sqlite3.h>

#include <stdbool.h>

static int
insert(struct db *db, struct command *c, struct err *e)
{
	int n;
	if (c->k)
		n = db_exec(db, e,
			"INSERT INTO command (session, user, kind, k, deadline, body)"
			" VALUES (?,?,?,?,?,?)",
			"tttiib", c->session, c->user, c->kind, c->k, c->deadline,
			c->body, c->len);
	else
		n = db_exec(db, e,
			"INSERT INTO command (session, user, kind, body) VALUES "
			"(?,?,?,?)",
			"tttb", c->session, c->user, c->kind, c->body, c->len);
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
	c->k = last.k + 1;
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
check_room(struct db *db, const struct command *c, struct err *e)
{
	sqlite3_stmt *stmt = db_query(db,
		"SELECT count(*) >= ? OR total(length(body)) > ? FROM command"
		" WHERE session=?",
		"iit", (int64_t)OP_COUNT, (int64_t)OP_BYTES, c->session);
	int rc = db_step(db, stmt, e);
	bool full = rc > 0 && sqlite3_column_int(stmt, 0);
	db_done(stmt);
	if (full)
		return err_set(e, 503, "command.queue",
			"The program does not take what waits for it; try again later.");
	return rc < 0 ? -1 : 0;
}

static int
insert_once(struct db *db, struct command *c, const char *token, int64_t now,
	struct err *e)
{
	int n = db_exec(db, e,
		"INSERT INTO writer (session, writer, n, updated_at) VALUES (?,?,1,?)"
		" ON CONFLICT DO NOTHING",
		"tti", c->session, token, now);
	if (n <= 0)
		return n < 0 ? -1 : 1;
	return check_room(db, c, e) != 0 ? -1 : insert(db, c, e);
}

int
command_add_once(struct db *db, struct command *c, const char *token, int64_t now,
	struct err *e)
{
	if (db_begin(db, DB_NORMAL, e) != 0)
		return -1;
	return finish(db, insert_once(db, c, token, now, e), e);
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
		"SELECT session, id FROM command WHERE id>? ORDER BY id", "i", after);
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
	int result = 0;
	for (size_t i = 0; i < count && result == 0; i++)
		if (db_exec(db, e, "DELETE FROM command WHERE id=?", "i", ids[i]) < 0)
			result = -1;
	return finish(db, result, e);
}
