/*
 * Run sessions as such: listing, making, renaming, deleting. A handler changes nothing
 * itself; it stores a command, wakes the runner, and for a moment waits to tell the
 * outcome.
 */
#include "config.h"

#include "fcgi/claude_options.h"
#include "fcgi/h_editor.h"
#include "fcgi/h_workspaces.h"
#include "fcgi/handlers.h"
#include "fcgi/isolation_options.h"
#include "fcgi/owned.h"
#include "lib/buf.h"
#include "lib/crypt.h"
#include "lib/db.h"
#include "lib/envelope.h"
#include "lib/json.h"
#include "lib/json_read.h"
#include "lib/path.h"

#include <json-c/json.h>

#include <stdlib.h>
#include <string.h>

enum { CREATE_MS = 3000, CHANGE_MS = 1000, DEFAULT_COLS = 80, DEFAULT_ROWS = 24 };

static void
put_session(void *arg, const struct session *s)
{
	envelope_session(arg, s);
}

int
h_session_list(struct call *c, struct err *e)
{
	static const char name[] = "sessions";
	struct buf *b = &c->response->body;
	if (db_recall(c->events, name, c->auth.user, b))
		return 0;
	response_list_begin(c->response);
	if (session_each(c->events, c->auth.user, put_session, b, e) != 0)
		return -1;
	response_list_end(c->response);
	db_keep(c->events, name, c->auth.user, b);
	return 0;
}

int
h_session_get(struct call *c, struct err *e)
{
	struct session s;
	if (owned_find(c, &s, e) != 0)
		return -1;
	envelope_session(&c->response->body, &s);
	session_clear(&s);
	return 0;
}

static void
put_given_text(struct buf *b, const char *key, const struct value *v)
{
	json_key(b, key);
	json_string(b, v->given ? v->text : NULL);
}

static const char *
json_text(struct json_object *json)
{
	return json_object_to_json_string_ext(json,
		JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE);
}

static void
put_given_json(struct buf *b, const char *key, const struct value *v,
	const char *otherwise)
{
	json_key(b, key);
	json_raw(b, v->given ? json_text(v->json) : otherwise);
}

static int64_t
given_number(const struct value *v, int64_t otherwise)
{
	return v->given ? v->number : otherwise;
}

/* Members that are not there yet; `from` may be NULL. */
static void
add_missing(struct json_object *to, struct json_object *from)
{
	if (!from)
		return;
	json_object_object_foreach(from, name, value)
	{
		if (!json_object_object_get_ex(to, name, NULL))
			json_object_object_add(to, name, json_object_get(value));
	}
}

/* What was chosen, and what the workspace has for the rest; the caller puts it. */
static struct json_object *
all_options(const struct call *c, const struct workspace *w)
{
	struct json_object *all = json_object_new_object(), *defaults;
	defaults = w->defaults_json ? json_tokener_parse(w->defaults_json) : NULL;
	const char *kind = c->values[CREATE_KIND].text,
		   *shell = json_member_text(defaults, "shell");
	add_missing(all, c->values[CREATE_OPTIONS].json);
	add_missing(all, json_member_object(defaults, kind));
	if (shell && strcmp(kind, "pty") == 0)
		json_object_object_add(all, "shell", json_object_new_string(shell));
	json_object_put(defaults);
	return all;
}

/* NULL when it belongs to none. */
static const char *
id_of(const struct workspace *w)
{
	return *w->id ? w->id : NULL;
}

/* It starts in its workspace's directory unless another is named. */
static char *
create_body(const struct call *c, const struct workspace *w, struct json_object *options)
{
	const struct value *v = c->values;
	struct buf b = BUF_INIT;
	json_begin(&b, '{');
	put_given_text(&b, "kind", &v[CREATE_KIND]);
	put_given_text(&b, "title", &v[CREATE_TITLE]);
	json_key(&b, "cwd");
	json_string(&b, v[CREATE_CWD].given ? v[CREATE_CWD].text : w->path);
	json_key(&b, "workspace"), json_string(&b, id_of(w));
	put_given_json(&b, "command", &v[CREATE_COMMAND], "null");
	put_given_json(&b, "env", &v[CREATE_ENV], "{}");
	json_key(&b, "options"), json_raw(&b, json_text(options));
	json_key(&b, "cols"), json_int(&b, given_number(&v[CREATE_COLS], DEFAULT_COLS));
	json_key(&b, "rows"), json_int(&b, given_number(&v[CREATE_ROWS], DEFAULT_ROWS));
	put_given_text(&b, "writer", &v[CREATE_WRITER]);
	json_end(&b, '}');
	return buf_take(&b);
}

static const struct {
	const char *kind;
	int (*check)(const struct app *app, struct json_object *options,
		const char *field, struct err *e);
	bool command; /* may have one */
} kind_rules[] = {
	{"claude", claude_options_check, false},
	{"file-editor", editor_options_check, false},
	{"pty", terminal_options_check, true},
};

/* What goes only with one kind of session. */
static int
check_kind(struct call *c, struct err *e)
{
	const struct value *v = c->values;
	size_t i = 0;
	while (strcmp(kind_rules[i].kind, v[CREATE_KIND].text) != 0)
		i++; /* the parameter allows no other */
	if (!kind_rules[i].command && v[CREATE_COMMAND].given)
		return err_field(e, "command",
			"Only a terminal has a command of its own.");
	return v[CREATE_OPTIONS].given
		? kind_rules[i].check(c->app, v[CREATE_OPTIONS].json, "options", e)
		: 0;
}

/* What a workspace has may not be allowed any more. */
static int
check_defaults(struct call *c, struct json_object *options, struct err *e)
{
	return strcmp(c->values[CREATE_KIND].text, "claude") == 0
		? claude_options_check(c->app, options, "options", e)
		: 0;
}

static bool
is_settled(const struct session *s, int64_t command)
{
	(void)command;
	return s && s->status != SESSION_CREATING && s->status != SESSION_STARTING;
}

/* What a session that the runner has not seen yet looks like. */
static void
put_expected(struct call *c, const char *id, const struct workspace *w,
	struct json_object *options)
{
	const struct value *v = c->values;
	struct session s = {
		.kind = xstrdup(v[CREATE_KIND].text),
		.title = xstrdup(v[CREATE_TITLE].given ? v[CREATE_TITLE].text : ""),
		.status = SESSION_CREATING,
		.attention = xstrdup("none"),
		.cwd = v[CREATE_CWD].given || w->path
			? xstrdup(v[CREATE_CWD].given ? v[CREATE_CWD].text : w->path)
			: path_home(),
		.workspace = xstrdup(id_of(w)),
		.command_json = xstrdup(v[CREATE_COMMAND].given
				? json_text(v[CREATE_COMMAND].json)
				: "[]"),
		.options_json = xstrdup(json_text(options)),
		.cols = (int)given_number(&v[CREATE_COLS], DEFAULT_COLS),
		.rows = (int)given_number(&v[CREATE_ROWS], DEFAULT_ROWS),
		.created_at = c->now,
		.updated_at = c->now,
		.exit_code = -1,
		.preview = xstrdup(""),
		.run = 1,
	};
	memcpy(s.id, id, sizeof s.id);
	envelope_session(&c->response->body, &s);
	session_clear(&s);
}

/* Says why it could not be started, and leaves nothing behind. */
static int
refuse_failed(struct call *c, const struct session *s, struct err *e)
{
	struct err why = {0};
	const char *code = s->error_code ? s->error_code : "session.failed";
	if (owned_command(c, s->id, "delete", "{\"force\":true}", &why) < 0)
		log_warning(&c->app->log, "a failed session stays in the list: %s",
			why.text);
	return err_set(e, owned_error_status(code), code, "%s",
		s->error_text ? s->error_text : "The session could not be started.");
}

static int
answer_created(struct call *c, const char *id, const struct workspace *w,
	struct json_object *options, struct err *e)
{
	const struct wait wait = {.session = id, .ms = CREATE_MS, .ready = is_settled};
	struct session s;
	int rc = owned_wait(c, &wait, &s, e), result = 0;
	if (rc < 0)
		return -1;
	c->response->status = rc > 0 ? 201 : 202;
	if (rc > 0 && s.status == SESSION_FAILED)
		result = refuse_failed(c, &s, e);
	else if (s.number)
		envelope_session(&c->response->body, &s);
	else
		put_expected(c, id, w, options);
	session_clear(&s);
	return result;
}

static int
create(struct call *c, const char *id, const struct workspace *w,
	struct json_object *options, struct err *e)
{
	char *body = create_body(c, w, options);
	int rc = -1;
	if (owned_command(c, id, "create", body, e) >= 0) {
		memcpy(c->subject, id, sizeof c->subject);
		rc = answer_created(c, id, w, options, e);
	}
	free(body);
	return rc;
}

int
h_session_create(struct call *c, struct err *e)
{
	const struct value *v = c->values;
	struct workspace w;
	char id[ID_SIZE];
	int rc = -1;
	if (owned_room(c, e) != 0 || check_kind(c, e) != 0 ||
		workspace_of(c, v[CREATE_WORKSPACE].text, v[CREATE_CWD].text, &w, e) != 0)
		return -1;
	crypt_id(id);
	struct json_object *options = all_options(c, &w);
	if (check_defaults(c, options, e) == 0 &&
		isolation_choose(c, &w, options, e) == 0)
		rc = create(c, id, &w, options, e);
	json_object_put(options);
	workspace_clear(&w);
	return rc;
}

int
h_session_rename(struct call *c, struct err *e)
{
	struct wait wait = {.ms = CHANGE_MS, .ready = owned_applied};
	struct session s;
	if (owned_find(c, &s, e) != 0)
		return -1;
	session_clear(&s);
	struct buf b = BUF_INIT;
	json_begin(&b, '{');
	json_key(&b, "title"), json_string(&b, c->values[RENAME_TITLE].text);
	json_end(&b, '}');
	wait.session = c->values[SESSION_ID].text;
	wait.command = owned_command(c, wait.session, "rename", b.data, e);
	buf_free(&b);
	if (wait.command < 0 || owned_wait(c, &wait, &s, e) < 0)
		return -1;
	if (!s.number)
		return err_set(e, 404, "session.unknown", "There is no such session.");
	/* The command is stored: what the person asked for will be so, now or in a
	 * moment. */
	free(s.title);
	s.title = xstrdup(c->values[RENAME_TITLE].text);
	envelope_session(&c->response->body, &s);
	session_clear(&s);
	return 0;
}

static bool
is_gone(const struct session *s, int64_t command)
{
	(void)command;
	return s == NULL;
}

int
h_session_delete(struct call *c, struct err *e)
{
	bool force = c->values[DELETE_FORCE].given && c->values[DELETE_FORCE].number;
	struct session s;
	if (owned_find(c, &s, e) != 0)
		return -1;
	bool live = session_is_live(s.status);
	session_clear(&s);
	if (live && !force)
		return err_set(e, 409, "session.running",
			"This session is running; stop it first.");
	const char *body = force ? "{\"force\":true}" : "{\"force\":false}";
	if (owned_command(c, c->values[SESSION_ID].text, "delete", body, e) < 0)
		return -1;
	/* A moment's patience, so that a list that is read next does not show it. */
	const struct wait wait = {c->values[SESSION_ID].text, 0, CHANGE_MS, is_gone};
	int rc = owned_wait(c, &wait, &s, e);
	session_clear(&s);
	return rc < 0 ? -1 : 0;
}
