/* See permission.h. Column order is fixed by COLUMNS, which load() follows. */
#include "config.h"

#include "lib/store/permission.h"

#include "lib/buf.h"
#include "lib/db.h"

#include <sqlite3.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define COLUMNS \
	"p.id, p.session, run_session.id, request, tool, p.title, input_json," \
	" input_sha256, suggestions_json, suppress_always, reason, blocked_path," \
	" parent_tool, tool_use_id, state, requested_at, answered_at, answered_by," \
	" decision, message, command"

#define FROM \
	" FROM permission_request AS p JOIN run_session ON number=p.session" \
	" WHERE deleted_at IS NULL"

#define TEXTS(p) \
	{ \
		&(p)->request, &(p)->tool, &(p)->title, &(p)->input_json, \
			&(p)->suggestions_json, &(p)->reason, &(p)->blocked_path, \
			&(p)->parent_tool, &(p)->tool_use_id, &(p)->state, \
			&(p)->answered_by, &(p)->decision, &(p)->message \
	}

void
permission_clear(struct permission *p)
{
	char **texts[] = TEXTS(p);
	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
		free(*texts[i]);
	*p = (struct permission){0};
}

void
permission_copy(struct permission *to, const struct permission *from)
{
	char **texts[] = TEXTS(to);
	*to = *from;
	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
		*texts[i] = xstrdup(*texts[i]);
}

static char *
lent(sqlite3_stmt *stmt, int column)
{
	return (char *)sqlite3_column_text(stmt, column);
}

/* The texts are lent: valid until the statement goes on. */
static void
load(struct permission *p, sqlite3_stmt *stmt)
{
	int i = 0;
	*p = (struct permission){0};
	snprintf(p->id, sizeof p->id, "%s", lent(stmt, i++));
	p->session = sqlite3_column_int64(stmt, i++);
	snprintf(p->session_id, sizeof p->session_id, "%s", lent(stmt, i++));
	p->request = lent(stmt, i++);
	p->tool = lent(stmt, i++);
	p->title = lent(stmt, i++);
	p->input_json = lent(stmt, i++);
	snprintf(p->input_sha256, sizeof p->input_sha256, "%s", lent(stmt, i++));
	p->suggestions_json = lent(stmt, i++);
	p->suppress_always = sqlite3_column_int(stmt, i++);
	p->reason = lent(stmt, i++);
	p->blocked_path = lent(stmt, i++);
	p->parent_tool = lent(stmt, i++);
	p->tool_use_id = lent(stmt, i++);
	p->state = lent(stmt, i++);
	p->requested_at = sqlite3_column_int64(stmt, i++);
	p->answered_at = sqlite3_column_int64(stmt, i++);
	p->answered_by = lent(stmt, i++);
	p->decision = lent(stmt, i++);
	p->message = lent(stmt, i++);
	p->command = sqlite3_column_int64(stmt, i++);
}

int
permission_insert(struct db *db, const struct permission *p, struct err *e)
{
	int n = db_exec(db, e,
		"INSERT INTO permission_request (id, session, request, tool, title,"
		" input_json, input_sha256, suggestions_json, suppress_always, reason,"
		" blocked_path, parent_tool, tool_use_id, state, requested_at)"
		" VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)",
		"tittttttittttti", p->id, p->session, p->request, p->tool, p->title,
		p->input_json, p->input_sha256, p->suggestions_json,
		(int64_t)p->suppress_always, p->reason, p->blocked_path, p->parent_tool,
		p->tool_use_id, p->state, p->requested_at);
	return n < 0 ? -1 : 0;
}

int
permission_update(struct db *db, const struct permission *p, struct err *e)
{
	int n = db_exec(db, e,
		"UPDATE permission_request SET state=?, answered_at=nullif(?,0),"
		" answered_by=?, decision=?, message=?, command=nullif(?,0) WHERE id=?",
		"titttit", p->state, p->answered_at, p->answered_by, p->decision,
		p->message, p->command, p->id);
	return n < 0 ? -1 : 0;
}

int
permission_find(struct db *db, const char *id, const char *owner, struct permission *p,
	struct err *e)
{
	sqlite3_stmt *stmt = db_query(db,
		"SELECT " COLUMNS FROM " AND p.id=?1 AND (?2 IS NULL OR owner=?2)", "tt",
		id, owner);
	int rc = db_step(db, stmt, e);
	*p = (struct permission){0};
	if (rc > 0) {
		struct permission lent;
		load(&lent, stmt);
		permission_copy(p, &lent);
	}
	db_done(stmt);
	return rc;
}

int
permission_each(struct db *db, const struct permission_filter *f,
	void (*each)(void *arg, const struct permission *p), void *arg, struct err *e)
{
	int rc;
	sqlite3_stmt *stmt = db_query(db,
		"SELECT " COLUMNS FROM
		" AND (?1 IS NULL OR owner=?1) AND (?2 IS NULL OR run_session.id=?2)"
		" AND (?3 IS NULL OR state=?3) AND (?4=0 OR p.session=?4)"
		" ORDER BY requested_at, p.rowid",
		"ttti", f->owner, f->session_id, f->state, f->session);
	while ((rc = db_step(db, stmt, e)) > 0) {
		struct permission p;
		load(&p, stmt);
		each(arg, &p);
	}
	db_done(stmt);
	return rc;
}
