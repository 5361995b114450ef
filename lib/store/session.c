/* See session.h. Column order is fixed by COLUMNS, which load() follows. */
#include "config.h"

#include "lib/store/session.h"

#include "lib/buf.h"
#include "lib/db.h"

#include <sqlite3.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define COLUMNS \
	"number, id, owner, kind, title, status, attention, cwd, command_json, " \
	"env_json," \
	" cols, rows, created_at, updated_at, started_at, ended_at, exit_code, " \
	"exit_signal," \
	" error_code, error_text, preview, run, last_seq, ring_offset, input_done," \
	" command_done, cookie, boot_id, output, first_seq, first_output," \
	" options_json, detail_json, private_json, op_noted, op_done, workspace"

static const char *const names[] = {
	[SESSION_CREATING] = "creating",
	[SESSION_STARTING] = "starting",
	[SESSION_RUNNING] = "running",
	[SESSION_STOPPING] = "stopping",
	[SESSION_EXITED] = "exited",
	[SESSION_FAILED] = "failed",
	[SESSION_LOST] = "lost",
	[SESSION_UNREACHABLE] = "unreachable",
};

const char *
session_status_name(enum session_status status)
{
	return names[status];
}

bool
session_is_live(enum session_status status)
{
	return status != SESSION_EXITED && status != SESSION_FAILED &&
		status != SESSION_LOST;
}

static enum session_status
status_of(const char *name)
{
	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		if (strcmp(names[i], name) == 0)
			return (enum session_status)i;
	abort(); /* the table's CHECK allows no other */
}

/* Where a session's texts are. */
#define TEXTS(s) \
	{ \
		&(s)->kind, &(s)->title, &(s)->attention, &(s)->cwd, &(s)->command_json, \
			&(s)->env_json, &(s)->error_code, &(s)->error_text, \
			&(s)->preview, &(s)->boot_id, &(s)->options_json, \
			&(s)->detail_json, &(s)->private_json, &(s)->workspace \
	}

void
session_clear(struct session *s)
{
	char **texts[] = TEXTS(s);
	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
		free(*texts[i]);
	*s = (struct session){0};
}

void
session_own(struct session *s)
{
	char **texts[] = TEXTS(s);
	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
		*texts[i] = xstrdup(*texts[i]);
}

static char *
lent(sqlite3_stmt *stmt, int column)
{
	return (char *)sqlite3_column_text(stmt, column);
}

static void
copy_id(char to[ID_SIZE], sqlite3_stmt *stmt, int column)
{
	const char *text = (const char *)sqlite3_column_text(stmt, column);
	size_t n = strnlen(text, ID_LENGTH);
	memcpy(to, text, n);
	to[n] = '\0';
}

/* The texts are lent: valid until the statement goes on. */
static void
load(struct session *s, sqlite3_stmt *stmt)
{
	int i = 0;
	*s = (struct session){.number = sqlite3_column_int64(stmt, i++)};
	copy_id(s->id, stmt, i++);
	copy_id(s->owner, stmt, i++);
	s->kind = lent(stmt, i++);
	s->title = lent(stmt, i++);
	s->status = status_of((const char *)sqlite3_column_text(stmt, i++));
	s->attention = lent(stmt, i++);
	s->cwd = lent(stmt, i++);
	s->command_json = lent(stmt, i++);
	s->env_json = lent(stmt, i++);
	s->cols = sqlite3_column_int(stmt, i++);
	s->rows = sqlite3_column_int(stmt, i++);
	s->created_at = sqlite3_column_int64(stmt, i++);
	s->updated_at = sqlite3_column_int64(stmt, i++);
	s->started_at = sqlite3_column_int64(stmt, i++);
	s->ended_at = sqlite3_column_int64(stmt, i++);
	s->exit_code = sqlite3_column_type(stmt, i) == SQLITE_NULL
		? -1
		: sqlite3_column_int(stmt, i);
	s->exit_signal = sqlite3_column_int(stmt, ++i);
	s->error_code = lent(stmt, ++i);
	s->error_text = lent(stmt, ++i);
	s->preview = lent(stmt, ++i);
	s->run = sqlite3_column_int64(stmt, ++i);
	s->last_seq = sqlite3_column_int64(stmt, ++i);
	s->ring_offset = sqlite3_column_int64(stmt, ++i);
	s->input_done = sqlite3_column_int64(stmt, ++i);
	s->command_done = sqlite3_column_int64(stmt, ++i);
	if (sqlite3_column_bytes(stmt, ++i) == sizeof s->cookie)
		memcpy(s->cookie, sqlite3_column_blob(stmt, i), sizeof s->cookie);
	s->boot_id = lent(stmt, ++i);
	s->output = sqlite3_column_int64(stmt, ++i);
	s->first_seq = sqlite3_column_int64(stmt, ++i);
	s->first_output = sqlite3_column_int64(stmt, ++i);
	s->options_json = lent(stmt, ++i);
	s->detail_json = lent(stmt, ++i);
	s->private_json = lent(stmt, ++i);
	s->op_noted = sqlite3_column_int64(stmt, ++i);
	s->op_done = sqlite3_column_int64(stmt, ++i);
	s->workspace = lent(stmt, ++i);
}

static int
find(struct db *db, sqlite3_stmt *stmt, struct session *s, struct err *e)
{
	*s = (struct session){0};
	int rc = db_step(db, stmt, e);
	if (rc > 0) {
		load(s, stmt);
		session_own(s);
	}
	db_done(stmt);
	return rc;
}

int
session_find(struct db *db, const char *id, struct session *s, struct err *e)
{
	return find(db,
		db_query(db,
			"SELECT " COLUMNS
			" FROM run_session WHERE id=? AND deleted_at IS NULL",
			"t", id),
		s, e);
}

int
session_find_owned(struct db *db, const char *id, const char *owner, struct session *s,
	struct err *e)
{
	return find(db,
		db_query(db,
			"SELECT " COLUMNS " FROM run_session"
			" WHERE id=? AND owner=? AND deleted_at IS NULL",
			"tt", id, owner),
		s, e);
}

int
session_brief_owned(struct db *db, const char *id, const char *owner,
	struct session_brief *brief, struct err *e)
{
	sqlite3_stmt *stmt = db_query(db,
		"SELECT status, kind, input_done FROM run_session"
		" WHERE id=? AND owner=? AND deleted_at IS NULL",
		"tt", id, owner);
	int rc = db_step(db, stmt, e);
	if (rc > 0) {
		brief->status = status_of((const char *)sqlite3_column_text(stmt, 0));
		snprintf(brief->kind, sizeof brief->kind, "%s",
			sqlite3_column_text(stmt, 1));
		brief->input_done = sqlite3_column_int64(stmt, 2);
	}
	db_done(stmt);
	return rc;
}

int
session_each(struct db *db, const char *owner,
	void (*each)(void *arg, const struct session *s), void *arg, struct err *e)
{
	int rc;
	sqlite3_stmt *stmt = owner
		? db_query(db,
			  "SELECT " COLUMNS " FROM run_session WHERE owner=?"
			  " AND kind<>'job' AND deleted_at IS NULL"
			  " ORDER BY created_at, number",
			  "t", owner)
		: db_query(db,
			  "SELECT " COLUMNS " FROM run_session"
			  " WHERE deleted_at IS NULL ORDER BY created_at, number",
			  "");
	while ((rc = db_step(db, stmt, e)) > 0) {
		struct session s;
		load(&s, stmt);
		each(arg, &s);
	}
	db_done(stmt);
	return rc;
}

int
session_each_job(struct db *db, const char *owner, const struct job_filter *filter,
	void (*each)(void *arg, const struct session *s), void *arg, struct err *e)
{
	int rc;
	sqlite3_stmt *stmt = db_query(db,
		"SELECT " COLUMNS " FROM run_session WHERE owner=? AND kind='job'"
		" AND deleted_at IS NULL AND (?2 IS NULL OR workspace=?2)"
		" AND (?3=0 OR status NOT IN ('exited', 'failed', 'lost'))"
		" ORDER BY number DESC LIMIT ?4",
		"ttii", owner, filter->workspace, (int64_t)filter->live,
		(int64_t)filter->most);
	while ((rc = db_step(db, stmt, e)) > 0) {
		struct session s;
		load(&s, stmt);
		each(arg, &s);
	}
	db_done(stmt);
	return rc;
}

int
session_each_old_job(struct db *db, const char *owner, int keep,
	void (*each)(void *arg, const char *id), void *arg, struct err *e)
{
	int rc;
	sqlite3_stmt *stmt = db_query(db,
		"SELECT id FROM run_session WHERE owner=? AND kind='job'"
		" AND deleted_at IS NULL AND ended_at IS NOT NULL"
		" ORDER BY number DESC LIMIT 16 OFFSET ?",
		"ti", owner, (int64_t)keep);
	while ((rc = db_step(db, stmt, e)) > 0)
		each(arg, lent(stmt, 0));
	db_done(stmt);
	return rc;
}

int
session_insert(struct db *db, struct session *s, struct err *e)
{
	int n = db_exec(db, e,
		"INSERT INTO run_session (id, owner, kind, title, status, attention, cwd,"
		" command_json, env_json, cols, rows, created_at, updated_at, run, "
		"command_done,"
		" cookie, boot_id, options_json, detail_json, private_json, workspace)"
		" VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,"
		" ifnull(?,'{}'),?,?,?)",
		"tttttttttiiiiiibttttt", s->id, s->owner, s->kind, s->title,
		names[s->status], s->attention, s->cwd, s->command_json, s->env_json,
		(int64_t)s->cols, (int64_t)s->rows, s->created_at, s->updated_at, s->run,
		s->command_done, s->cookie, sizeof s->cookie, s->boot_id, s->options_json,
		s->detail_json, s->private_json, s->workspace);
	s->number = db_last_id(db);
	s->first_seq = 1;
	return n < 0 ? -1 : 0;
}

int
session_update(struct db *db, const struct session *s, struct err *e)
{
	int n = db_exec(db, e,
		"UPDATE run_session SET title=?, status=?, attention=?, cols=?, rows=?,"
		" updated_at=?, started_at=nullif(?,0), ended_at=nullif(?,0),"
		" exit_code=nullif(?,-1), exit_signal=nullif(?,0), error_code=?, "
		"error_text=?,"
		" preview=?, run=?, last_seq=?, ring_offset=?, input_done=?, "
		"command_done=?,"
		" cookie=?, boot_id=?, output=?, detail_json=?, private_json=?,"
		" op_noted=?, op_done=? WHERE number=?",
		"tttiiiiiiitttiiiiibtittiii", s->title, names[s->status], s->attention,
		(int64_t)s->cols, (int64_t)s->rows, s->updated_at, s->started_at,
		s->ended_at, (int64_t)s->exit_code, (int64_t)s->exit_signal,
		s->error_code, s->error_text, s->preview, s->run, s->last_seq,
		s->ring_offset, s->input_done, s->command_done, s->cookie,
		sizeof s->cookie, s->boot_id, s->output, s->detail_json, s->private_json,
		s->op_noted, s->op_done, s->number);
	return n < 0 ? -1 : 0;
}

int
session_advance(struct db *db, const struct session *s, struct err *e)
{
	int n = db_exec(db, e,
		"UPDATE run_session SET last_seq=?, ring_offset=?, input_done=?, "
		"command_done=?, output=?, op_noted=?, op_done=? WHERE number=?",
		"iiiiiiii", s->last_seq, s->ring_offset, s->input_done, s->command_done,
		s->output, s->op_noted, s->op_done, s->number);
	return n < 0 ? -1 : 0;
}

int
session_mark_deleted(struct db *db, int64_t number, int64_t now, struct err *e)
{
	int n = db_exec(db, e, "UPDATE run_session SET deleted_at=? WHERE number=?", "ii",
		now, number);
	return n < 0 ? -1 : 0;
}

int
session_count_in(struct db *db, const char *owner, const char *workspace,
	struct session_counts *counts, struct err *e)
{
	sqlite3_stmt *stmt = db_query(db,
		"SELECT"
		" count(*) FILTER (WHERE status NOT IN ('exited', 'failed', 'lost')),"
		" count(*) FILTER (WHERE attention='waiting'), count(*) FROM run_session"
		" WHERE workspace=? AND owner=? AND kind<>'job' AND deleted_at IS NULL",
		"tt", workspace, owner);
	int rc = db_step(db, stmt, e);
	if (rc > 0)
		*counts = (struct session_counts){sqlite3_column_int64(stmt, 0),
			sqlite3_column_int64(stmt, 1), sqlite3_column_int64(stmt, 2)};
	db_done(stmt);
	return rc < 0 ? -1 : 0;
}

int
session_each_workspace(struct db *db, void (*each)(void *arg, const char *workspace),
	void *arg, struct err *e)
{
	int rc;
	sqlite3_stmt *stmt = db_query(db,
		"SELECT DISTINCT workspace FROM run_session WHERE workspace IS NOT NULL",
		"");
	while ((rc = db_step(db, stmt, e)) > 0)
		each(arg, (const char *)sqlite3_column_text(stmt, 0));
	db_done(stmt);
	return rc;
}

int
session_leave_workspace(struct db *db, const char *workspace, struct err *e)
{
	int n = db_exec(db, e, "UPDATE run_session SET workspace=NULL WHERE workspace=?",
		"t", workspace);
	return n < 0 ? -1 : 0;
}

int
session_count_live(struct db *db, const char *owner, struct err *e)
{
	int64_t count = 0;
	int rc = db_int(db, &count, e,
		"SELECT count(*) FROM run_session WHERE owner=? AND deleted_at IS NULL"
		" AND status NOT IN ('exited', 'failed', 'lost')",
		"t", owner);
	return rc < 0 ? -1 : (int)count;
}

int
session_op_done(struct db *db, const char *id, int64_t *command, struct err *e)
{
	*command = 0;
	int rc = db_int(db, command, e, "SELECT op_done FROM run_session WHERE id=?", "t",
		id);
	return rc < 0 ? -1 : 0;
}

int
session_of_conversation(struct db *db, const char *owner, const char *conversation,
	char id[ID_SIZE], struct err *e)
{
	sqlite3_stmt *stmt = db_query(db,
		"SELECT id FROM run_session WHERE owner=? AND kind='claude'"
		" AND deleted_at IS NULL AND detail_json->>'conversation'=?"
		" ORDER BY number DESC LIMIT 1",
		"tt", owner, conversation);
	int rc = db_step(db, stmt, e);
	if (rc > 0)
		copy_id(id, stmt, 0);
	db_done(stmt);
	return rc;
}

/* The program reports them when it starts, so they are among the first events. */
int
session_claude_commands(struct db *db, const char *owner, const char *cwd, int64_t since,
	struct claude_commands *commands, struct err *e)
{
	sqlite3_stmt *stmt = db_query(db,
		"SELECT data_json->'$.commands', data_json->>'$.version', ts"
		" FROM run_session JOIN session_event ON session=number"
		" WHERE owner=? AND kind='claude' AND cwd=? AND deleted_at IS NULL"
		" AND seq<=32 AND channel='claude:message' AND type='session' AND ts>=?"
		" AND json_type(data_json, '$.commands')='array'"
		" ORDER BY session_event.id DESC LIMIT 1",
		"tti", owner, cwd, since);
	int rc = db_step(db, stmt, e);
	if (rc > 0) {
		commands->json = db_text(stmt, 0);
		commands->version = db_text(stmt, 1);
		commands->at = sqlite3_column_int64(stmt, 2);
	}
	db_done(stmt);
	return rc;
}

int64_t
runner_begin(struct db *db, int64_t pid, int64_t now, struct err *e)
{
	int n = db_exec(db, e,
		"INSERT INTO runner (id, generation, pid, started_at) VALUES (1, 1, ?, ?)"
		" ON CONFLICT (id) DO UPDATE SET generation=generation+1, "
		"pid=excluded.pid,"
		" started_at=excluded.started_at",
		"ii", pid, now);
	return n < 0 ? -1 : runner_generation(db);
}

int64_t
runner_generation(struct db *db)
{
	int64_t generation = 0;
	db_int(db, &generation, NULL, "SELECT generation FROM runner", "");
	return generation;
}

int64_t
runner_pid(struct db *db)
{
	int64_t pid = 0;
	db_int(db, &pid, NULL, "SELECT pid FROM runner", "");
	return pid;
}
