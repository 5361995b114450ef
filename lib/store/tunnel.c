/* See tunnel.h. */
#include "config.h"

#include "lib/store/tunnel.h"

#include "lib/buf.h"
#include "lib/db.h"

#include <sqlite3.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const names[] = {
	[TUNNEL_OFF] = "off",
	[TUNNEL_STARTING] = "starting",
	[TUNNEL_LOGIN] = "login",
	[TUNNEL_OPEN] = "open",
	[TUNNEL_RETRYING] = "retrying",
	[TUNNEL_FAILED] = "failed",
};

const char *
tunnel_state_name(enum tunnel_state state)
{
	return names[state];
}

static enum tunnel_state
state_of(const char *name)
{
	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		if (strcmp(names[i], name) == 0)
			return (enum tunnel_state)i;
	abort(); /* the table's CHECK allows no other */
}

void
tunnel_subject(char *subject, size_t size, const char *kind, const char *mode)
{
	snprintf(subject, size, "%s%s%s", kind, mode && *mode ? " " : "",
		mode ? mode : "");
}

/* ---- what people want ---- */

void
tunnel_order_clear(struct tunnel_order *order)
{
	free(order->kind);
	free(order->settings_json);
	free(order->action);
	*order = (struct tunnel_order){0};
}

int
tunnel_order_find(struct db *state, const char *kind, struct tunnel_order *order,
	struct err *e)
{
	sqlite3_stmt *stmt = db_query(state,
		"SELECT settings_json, number, action, user, at FROM tunnel_order"
		" WHERE kind=?",
		"t", kind);
	int rc = db_step(state, stmt, e);
	*order = (struct tunnel_order){.kind = xstrdup(kind)};
	if (rc > 0) {
		order->settings_json = db_text(stmt, 0);
		order->number = sqlite3_column_int64(stmt, 1);
		order->action = db_text(stmt, 2);
		snprintf(order->user, sizeof order->user, "%s",
			(const char *)sqlite3_column_text(stmt, 3));
		order->at = sqlite3_column_int64(stmt, 4);
	} else {
		order->settings_json = xstrdup("{}");
		order->action = xstrdup("stop");
	}
	db_done(stmt);
	return rc < 0 ? -1 : 0;
}

int
tunnel_order_give(struct db *state, struct tunnel_order *order, struct err *e)
{
	int n = db_exec(state, e,
		"INSERT INTO tunnel_order (kind, number, action, user, at)"
		" VALUES (?, 1, ?, ?, ?) ON CONFLICT DO UPDATE SET number=number+1,"
		" action=excluded.action, user=excluded.user, at=excluded.at",
		"ttti", order->kind, order->action, order->user, order->at);
	if (n < 0 ||
		db_int(state, &order->number, e,
			"SELECT number FROM tunnel_order WHERE kind=?", "t",
			order->kind) < 0)
		return -1;
	return 0;
}

int
tunnel_settings_put(struct db *state, const char *kind, const char *json, struct err *e)
{
	int n = db_exec(state, e,
		"INSERT INTO tunnel_order (kind, settings_json) VALUES (?,?)"
		" ON CONFLICT DO UPDATE SET settings_json=excluded.settings_json",
		"tt", kind, json);
	return n < 0 ? -1 : 0;
}

/* ---- what there is ---- */

#define TEXTS(row) \
	{ \
		&(row)->kind, &(row)->url, &(row)->host, &(row)->login_url, \
			&(row)->login_code, &(row)->error_code, &(row)->error_text, \
			&(row)->health_text, &(row)->server, &(row)->settings_json, \
			&(row)->notes_json \
	}

void
tunnel_row_clear(struct tunnel_row *row)
{
	char **texts[] = TEXTS(row);
	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
		free(*texts[i]);
	*row = (struct tunnel_row){0};
}

static void
load(struct tunnel_row *row, sqlite3_stmt *stmt)
{
	int i = 0;
	row->state = state_of((const char *)sqlite3_column_text(stmt, i++));
	row->number = sqlite3_column_int64(stmt, i++);
	row->stage = sqlite3_column_int64(stmt, i++);
	row->since = sqlite3_column_int64(stmt, i++);
	row->tries = sqlite3_column_int64(stmt, i++);
	row->ends_at = sqlite3_column_int64(stmt, i++);
	row->retry_at = sqlite3_column_int64(stmt, i++);
	row->url = db_text(stmt, i++);
	row->host = db_text(stmt, i++);
	row->login_url = db_text(stmt, i++);
	row->login_code = db_text(stmt, i++);
	row->login_until = sqlite3_column_int64(stmt, i++);
	row->error_code = db_text(stmt, i++);
	row->error_text = db_text(stmt, i++);
	row->health_at = sqlite3_column_int64(stmt, i++);
	row->health_text = db_text(stmt, i++);
	row->server = db_text(stmt, i++);
	row->settings_json = db_text(stmt, i++);
	row->notes_json = db_text(stmt, i++);
}

int
tunnel_row_find(struct db *events, const char *kind, struct tunnel_row *row,
	struct err *e)
{
	sqlite3_stmt *stmt = db_query(events,
		"SELECT state, number, stage, since, tries, ends_at, retry_at, url, host,"
		" login_url, login_code, login_until, error_code, error_text, health_at,"
		" health_text, server, settings_json, notes_json FROM tunnel"
		" WHERE kind=?",
		"t", kind);
	int rc = db_step(events, stmt, e);
	*row = (struct tunnel_row){.kind = xstrdup(kind)};
	if (rc > 0)
		load(row, stmt);
	else
		row->server = xstrdup("");
	db_done(stmt);
	return rc < 0 ? -1 : 0;
}

int
tunnel_row_save(struct db *events, const struct tunnel_row *row, struct err *e)
{
	int n = db_exec(events, e,
		"REPLACE INTO tunnel (kind, state, number, stage, since, tries, ends_at,"
		" retry_at, url, host, login_url, login_code, login_until, error_code,"
		" error_text, health_at, health_text, server, settings_json, notes_json)"
		" VALUES (?,?,?,?,?,?, nullif(?,0), nullif(?,0), ?,?,?,?, nullif(?,0),"
		" ?,?, nullif(?,0), ?,?,?,?)",
		"ttiiiiiittttittitttt", row->kind, names[row->state], row->number,
		row->stage, row->since, row->tries, row->ends_at, row->retry_at, row->url,
		row->host, row->login_url, row->login_code, row->login_until,
		row->error_code, row->error_text, row->health_at, row->health_text,
		row->server, row->settings_json, row->notes_json);
	return n < 0 ? -1 : 0;
}

bool
tunnel_is_host(struct db *events, const char *host, int64_t now)
{
	int64_t found = 0;
	return db_int(events, &found, NULL,
		       "SELECT 1 FROM tunnel WHERE host=lower(?) AND state='open'"
		       " AND (ends_at IS NULL OR ends_at>?)",
		       "ti", host, now) > 0;
}

int
tunnel_line_save(struct db *events, const char *kind, int64_t n, int64_t at,
	const char *text, struct err *e)
{
	int rc = db_exec(events, e,
		"REPLACE INTO tunnel_line (kind, slot, n, at, text) VALUES (?,?,?,?,?)",
		"tiiit", kind, n % TUNNEL_LINES, n, at, text);
	return rc < 0 ? -1 : 0;
}

int64_t
tunnel_line_next(struct db *events, const char *kind, struct err *e)
{
	int64_t last = -1;
	int rc = db_int(events, &last, e, "SELECT max(n) FROM tunnel_line WHERE kind=?",
		"t", kind);
	return rc < 0 ? -1 : last + 1;
}

int
tunnel_line_each(struct db *events, const char *kind,
	void (*each)(void *arg, int64_t n, int64_t at, const char *text), void *arg,
	struct err *e)
{
	int rc;
	sqlite3_stmt *stmt = db_query(events,
		"SELECT n, at, text FROM tunnel_line WHERE kind=? ORDER BY n", "t", kind);
	while ((rc = db_step(events, stmt, e)) > 0)
		each(arg, sqlite3_column_int64(stmt, 0), sqlite3_column_int64(stmt, 1),
			(const char *)sqlite3_column_text(stmt, 2));
	db_done(stmt);
	return rc;
}

int
tunnel_sweep(struct db *events, int64_t now, struct err *e)
{
	int n = db_exec(events, e,
		"UPDATE run_session SET deleted_at=? WHERE kind='tunnel'"
		" AND deleted_at IS NULL AND status IN ('exited', 'failed', 'lost')",
		"i", now);
	return n < 0 ? -1 : 0;
}
