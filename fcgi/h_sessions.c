/*
 * Run sessions as such: listing, making, renaming, deleting. A handler changes nothing
 * itself; it stores a command, wakes the runner, and for a moment waits to tell the
 * outcome.
 */
#include "config.h"

#include "fcgi/claude_options.h"
#include "fcgi/handlers.h"
#include "fcgi/owned.h"
#include "lib/buf.h"
#include "lib/crypt.h"
#include "lib/db.h"
#include "lib/envelope.h"
#include "lib/json.h"

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
	json_begin(b, '{');
	json_key(b, "items"), json_begin(b, '[');
	if (session_each(c->events, c->auth.user, put_session, b, e) != 0)
		return -1;
	json_end(b, ']');
	json_key(b, "next"), json_null(b);
	json_end(b, '}');
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

static char *
create_body(const struct call *c)
{
	const struct value *v = c->values;
	struct buf b = BUF_INIT;
	json_begin(&b, '{');
	put_given_text(&b, "kind", &v[CREATE_KIND]);
	put_given_text(&b, "title", &v[CREATE_TITLE]);
	put_given_text(&b, "cwd", &v[CREATE_CWD]);
	put_given_json(&b, "command", &v[CREATE_COMMAND], "null");
	put_given_json(&b, "env", &v[CREATE_ENV], "{}");
	put_given_json(&b, "options", &v[CREATE_OPTIONS], "{}");
	json_key(&b, "cols"), json_int(&b, given_number(&v[CREATE_COLS], DEFAULT_COLS));
	json_key(&b, "rows"), json_int(&b, given_number(&v[CREATE_ROWS], DEFAULT_ROWS));
	put_given_text(&b, "writer", &v[CREATE_WRITER]);
	json_end(&b, '}');
	return buf_take(&b);
}

static int
check_limit(struct call *c, struct err *e)
{
	int live = session_count_live(c->events, c->auth.user, e);
	if (live < 0)
		return -1;
	if (live >= c->app->conf.session_limit)
		return err_set(e, 409, "session.limit",
			"You have %d running sessions, which is the limit; end one "
			"first.",
			live);
	return 0;
}

/* What goes only with one kind of session. */
static int
check_kind(struct call *c, struct err *e)
{
	const struct value *v = c->values;
	bool claude = strcmp(v[CREATE_KIND].text, "claude") == 0;
	if (claude && v[CREATE_COMMAND].given)
		return err_field(e, "command", "A Claude session has no command.");
	if (!claude && v[CREATE_OPTIONS].given)
		return err_field(e, "options", "A terminal has no options.");
	return v[CREATE_OPTIONS].given
		? claude_options_check(c->app, v[CREATE_OPTIONS].json, e)
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
put_expected(struct call *c, const char *id)
{
	const struct value *v = c->values;
	struct session s = {
		.kind = xstrdup(v[CREATE_KIND].text),
		.title = xstrdup(v[CREATE_TITLE].given ? v[CREATE_TITLE].text : ""),
		.status = SESSION_CREATING,
		.attention = xstrdup("none"),
		.cwd = xstrdup(v[CREATE_CWD].given ? v[CREATE_CWD].text : "~"),
		.command_json = xstrdup(v[CREATE_COMMAND].given
				? json_text(v[CREATE_COMMAND].json)
				: "[]"),
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
answer_created(struct call *c, const char *id, struct err *e)
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
		put_expected(c, id);
	session_clear(&s);
	return result;
}

int
h_session_create(struct call *c, struct err *e)
{
	char id[ID_SIZE];
	if (check_limit(c, e) != 0 || check_kind(c, e) != 0)
		return -1;
	crypt_id(id);
	char *body = create_body(c);
	int64_t command = owned_command(c, id, "create", body, e);
	free(body);
	if (command < 0)
		return -1;
	memcpy(c->subject, id, sizeof c->subject);
	return answer_created(c, id, e);
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
