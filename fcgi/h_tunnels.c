/*
 * Tunnels. A handler stores what is wanted and wakes the runner, which makes it so; for a
 * moment it waits to tell what came of it. Everybody sees what is open, since that
 * concerns everybody; what a tunnel is made of, its sign-in and its words are for
 * administrators.
 */
#include "config.h"

#include "fcgi/h_tunnels.h"

#include "fcgi/await.h"
#include "lib/buf.h"
#include "lib/db.h"
#include "lib/http.h"
#include "lib/json.h"
#include "lib/json_read.h"
#include "lib/path.h"
#include "lib/store/tunnel.h"
#include "lib/wake.h"

#include <json-c/json.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { OBEYED_MS = 2000 }; /* how long a handler waits for the runner */

/* ---- what is said of one ---- */

struct shown {
	const struct tunnel_about *about;
	struct tunnel_row row;
	struct json_object *settings; /* of the next opening */
	struct json_object *opened;   /* with these it was opened; NULL: it is not */
	bool unregistering;           /* what is going on is that */
};

static void
shown_clear(struct shown *t)
{
	tunnel_row_clear(&t->row);
	json_object_put(t->settings);
	json_object_put(t->opened);
}

static void
set_default(struct json_object *settings, const char *key, struct json_object *value)
{
	if (json_member(settings, key))
		json_object_put(value);
	else
		json_object_object_add(settings, key, value);
}

/* Where nothing else is said it leads to this very server, as it was asked. */
static void
fill_settings(const struct call *c, const struct tunnel_about *about,
	struct json_object *settings)
{
	set_default(settings, "program", json_object_new_string(""));
	set_default(settings, "start_at_boot", json_object_new_boolean(false));
	if (!about->local || json_member(settings, "port"))
		return;
	set_default(settings, "port", json_object_new_int64(c->request->port));
	set_default(settings, "https", json_object_new_boolean(c->request->auth.https));
}

static int
find(struct call *c, const struct tunnel_about *about, struct shown *t, struct err *e)
{
	struct tunnel_order order = {0};
	*t = (struct shown){.about = about};
	if (tunnel_row_find(c->events, about->name, &t->row, e) != 0 ||
		tunnel_order_find(c->state, about->name, &order, e) != 0)
		return -1;
	json_parse(&t->settings, order.settings_json, strlen(order.settings_json), NULL);
	if (t->row.settings_json)
		json_parse(&t->opened, t->row.settings_json, strlen(t->row.settings_json),
			NULL);
	t->unregistering = t->opened && strcmp(order.action, "unregister") == 0;
	fill_settings(c, about, t->settings);
	tunnel_order_clear(&order);
	return 0;
}

/* What counts now. */
static struct json_object *
settings_now(const struct shown *t)
{
	return t->opened ? t->opened : t->settings;
}

static void
put_folder(struct buf *b, const char *folder)
{
	char *path = path_expand(folder), *at = path;
	for (char *next; *at; at = next) {
		next = at + strcspn(at, "/");
		char *part = xstrndup(at, (size_t)(next - at));
		http_encode(b, part);
		free(part);
		if (*next == '/')
			buf_char(b, *next++);
	}
	free(path);
}

/* The address of what is open: of VS Code with the folder, for a browser or the program.
 */
static char *
link_of(const struct shown *t, const char *begin)
{
	const char *folder = json_member_text(t->settings, "folder");
	const char *name = t->row.url ? strrchr(t->row.url, '/') : NULL;
	struct buf b = BUF_INIT;
	if (!name)
		return NULL;
	buf_str(&b, begin ? begin : t->row.url);
	if (begin)
		buf_str(&b, name + 1);
	if (folder && *folder)
		put_folder(&b, folder);
	return buf_take(&b);
}

static void
put_url(struct buf *b, const struct shown *t)
{
	char *url = NULL, *editor = NULL;
	if (t->about->named) {
		url = link_of(t, NULL);
		editor = link_of(t, "vscode://vscode-remote/tunnel+");
	}
	json_key(b, "url"), json_string(b, url ? url : t->row.url);
	json_key(b, "editor_url"), json_string(b, editor);
	free(url);
	free(editor);
}

static void
put_login(struct buf *b, const struct tunnel_row *row)
{
	json_key(b, "login");
	if (!row->login_url) {
		json_null(b);
		return;
	}
	json_begin(b, '{');
	json_key(b, "url"), json_string(b, row->login_url);
	json_key(b, "code"), json_string(b, row->login_code);
	json_key(b, "expires_at"), json_int(b, row->login_until);
	json_end(b, '}');
}

static void
put_error(struct buf *b, const struct tunnel_row *row)
{
	json_key(b, "error");
	if (!row->error_code) {
		json_null(b);
		return;
	}
	json_begin(b, '{');
	json_key(b, "code"), json_string(b, row->error_code);
	json_key(b, "detail"), json_string(b, row->error_text);
	json_end(b, '}');
}

static void
put_health(struct buf *b, const struct tunnel_row *row)
{
	json_key(b, "health");
	if (!row->health_at) {
		json_null(b);
		return;
	}
	json_begin(b, '{');
	json_key(b, "at"), json_int(b, row->health_at);
	json_key(b, "problem"), json_string(b, row->health_text);
	json_end(b, '}');
}

static void
put_tunnel(const struct call *c, struct buf *b, const struct shown *t)
{
	static const struct tunnel_row nothing = {0};
	bool all = c->auth.role == AUTH_ADMIN;
	json_begin(b, '{');
	json_key(b, "kind"), json_string(b, t->about->name);
	json_key(b, "title"), json_string(b, t->about->title);
	json_key(b, "default_program"), json_string(b, t->about->program);
	json_key(b, "state"), json_string(b, tunnel_state_name(t->row.state));
	json_key(b, "public");
	json_truth(b, tunnel_about_is_public(t->about, settings_now(t)));
	json_key(b, "unregistering"), json_truth(b, t->unregistering);
	put_url(b, t);
	put_login(b, all ? &t->row : &nothing);
	json_key(b, "since"), json_int(b, t->row.since);
	json_maybe(b, "ends_at", t->row.ends_at, 0);
	json_maybe(b, "retry_at", t->row.retry_at, 0);
	json_key(b, "tries"), json_int(b, t->row.tries);
	put_error(b, all ? &t->row : &nothing);
	put_health(b, &t->row);
	json_key(b, "settings");
	json_raw(b, all ? json_compact(t->settings) : "{}");
	json_end(b, '}');
}

static int
put_found(struct call *c, const struct tunnel_about *about, struct err *e)
{
	struct shown t;
	int rc = find(c, about, &t, e);
	if (rc == 0)
		put_tunnel(c, &c->response->body, &t);
	shown_clear(&t);
	return rc;
}

const struct tunnel_about *
tunnel_named(struct call *c, struct err *e)
{
	const char *name = c->values[TUNNEL_KIND].text;
	const struct tunnel_about *about = tunnel_about_find(name);
	if (!about)
		err_set(e, 404, "tunnel.unknown", "There is no such kind of tunnel.");
	else
		snprintf(c->subject, sizeof c->subject, "%s", name);
	return about;
}

/* ---- orders ---- */

/* 1 when the runner has obeyed, 0 when it has not yet. */
static int
look(struct call *c, void *arg, struct err *e)
{
	const struct tunnel_order *order = arg;
	struct tunnel_row row;
	int rc = tunnel_row_find(c->events, order->kind, &row, e);
	int64_t obeyed = row.number;
	tunnel_row_clear(&row);
	return rc != 0 ? -1 : obeyed >= order->number;
}

static int
give(struct call *c, const struct tunnel_about *about, const char *action, struct err *e)
{
	struct tunnel_order order = {.kind = (char *)about->name,
		.action = (char *)action,
		.at = c->now};
	memcpy(order.user, c->auth.user, sizeof order.user);
	if (db_begin(c->state, DB_NORMAL, e) != 0)
		return -1;
	if (tunnel_order_give(c->state, &order, e) != 0 || db_commit(c->state, e) != 0) {
		db_rollback(c->state);
		return -1;
	}
	wake_tunnels(&c->app->wake);
	int obeyed = await(c, OBEYED_MS, look, &order, e);
	if (obeyed < 0)
		return -1;
	if (!obeyed)
		c->response->status = 202;
	return put_found(c, about, e);
}

static int
save_settings(struct call *c, const struct tunnel_about *about,
	struct json_object *settings, struct err *e)
{
	if (db_begin(c->state, DB_NORMAL, e) != 0)
		return -1;
	if (tunnel_settings_put(c->state, about->name, json_compact(settings), e) == 0 &&
		db_commit(c->state, e) == 0)
		return 0;
	db_rollback(c->state);
	return -1;
}

static int
check_allowed(const struct call *c, struct err *e)
{
	return c->app->conf.tunnel_allowed
		? 0
		: err_set(e, 403, "tunnel.forbidden",
			  "Tunnels are switched off for this server (tunnel.allowed).");
}

/* The audit tells, too, who reaches it. */
static void
name_subject(struct call *c, const struct tunnel_about *about,
	struct json_object *settings)
{
	tunnel_subject(c->subject, sizeof c->subject, about->name,
		json_member_text(settings, "mode"));
}

/* What it leads to is written down: the runner knows nothing of requests. */
static int
settle(struct call *c, const struct tunnel_about *about, struct err *e)
{
	struct shown t;
	int rc = find(c, about, &t, e);
	name_subject(c, about, t.settings);
	if (rc == 0)
		rc = save_settings(c, about, t.settings, e);
	shown_clear(&t);
	return rc;
}

static int
name_opened(struct call *c, const struct tunnel_about *about, struct err *e)
{
	struct shown t;
	int rc = find(c, about, &t, e);
	name_subject(c, about, t.opened);
	shown_clear(&t);
	return rc;
}

/* ---- the routes ---- */

int
h_tunnel_list(struct call *c, struct err *e)
{
	struct buf *b = &c->response->body;
	const struct tunnel_about *about;
	json_begin(b, '{');
	json_key(b, "items"), json_begin(b, '[');
	for (int i = 0; (about = tunnel_about_at(i)); i++)
		if (put_found(c, about, e) != 0)
			return -1;
	json_end(b, ']');
	json_key(b, "next"), json_null(b);
	json_key(b, "allowed"), json_truth(b, c->app->conf.tunnel_allowed);
	json_end(b, '}');
	return 0;
}

static const char *
program_of(struct json_object *settings)
{
	const char *program = json_member_text(settings, "program");
	return program ? program : "";
}

/* What will be opened without anybody there is as good as opened now; and a program that
 * is named runs as nobody's session, without isolation. */
static int
check_settings_fresh(struct call *c, const struct tunnel_about *about,
	struct json_object *settings, struct err *e)
{
	struct shown now;
	int rc = find(c, about, &now, e);
	if (rc == 0 &&
		(json_member_truth(settings, "start_at_boot") ||
			strcmp(program_of(settings), program_of(now.settings)) != 0))
		rc = auth_check_fresh(&c->app->conf, &c->auth, c->now, e);
	shown_clear(&now);
	return rc;
}

int
h_tunnel_put(struct call *c, struct err *e)
{
	struct json_object *settings = c->values[TUNNEL_SETTINGS].json;
	const struct tunnel_about *about = tunnel_named(c, e);
	if (!about || tunnel_settings_check(about, settings, e) != 0 ||
		check_settings_fresh(c, about, settings, e) != 0)
		return -1;
	fill_settings(c, about, settings);
	if (save_settings(c, about, settings, e) != 0)
		return -1;
	return put_found(c, about, e);
}

int
h_tunnel_start(struct call *c, struct err *e)
{
	const struct tunnel_about *about = tunnel_named(c, e);
	if (!about || check_allowed(c, e) != 0 || settle(c, about, e) != 0)
		return -1;
	return give(c, about, "start", e);
}

int
h_tunnel_stop(struct call *c, struct err *e)
{
	const struct tunnel_about *about = tunnel_named(c, e);
	if (!about || name_opened(c, about, e) != 0)
		return -1;
	return give(c, about, "stop", e);
}

int
h_tunnel_unregister(struct call *c, struct err *e)
{
	const struct tunnel_about *about = tunnel_named(c, e);
	if (!about || check_allowed(c, e) != 0)
		return -1;
	if (!about->named)
		return err_set(e, 409, "tunnel.kind",
			"This kind of tunnel is registered nowhere.");
	return give(c, about, "unregister", e);
}

static void
put_line(void *arg, int64_t n, int64_t at, const char *text)
{
	struct buf *b = arg;
	json_begin(b, '{');
	json_key(b, "n"), json_int(b, n);
	json_key(b, "at"), json_int(b, at);
	json_key(b, "text"), json_string(b, text);
	json_end(b, '}');
}

int
h_tunnel_log(struct call *c, struct err *e)
{
	const struct tunnel_about *about = tunnel_named(c, e);
	struct buf *b = &c->response->body;
	if (!about)
		return -1;
	response_list_begin(c->response);
	if (tunnel_line_each(c->events, about->name, put_line, b, e) != 0)
		return -1;
	response_list_end(c->response);
	return 0;
}
