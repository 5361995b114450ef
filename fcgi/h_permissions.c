/*
 * Permissions that programs ask for, and the answers of people. The runner decides whose
 * answer was first; a handler only asks it and tells what came of it.
 */
#include "config.h"

#include "fcgi/claude_options.h"
#include "fcgi/handlers.h"
#include "fcgi/owned.h"
#include "lib/claude_wire.h"
#include "lib/envelope.h"
#include "lib/json.h"
#include "lib/json_read.h"
#include "lib/store/command.h"
#include "lib/store/permission.h"
#include "lib/wake.h"

#include <json-c/json.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ANSWER_MS = 3000 };

static void
put_one(void *arg, const struct permission *p)
{
	envelope_permission(arg, p);
}

int
h_permission_list(struct call *c, struct err *e)
{
	const struct permission_filter filter = {.owner = c->auth.user,
		.state = c->values[PERMISSIONS_STATE].text,
		.session_id = c->values[PERMISSIONS_SESSION].text};
	struct buf *b = &c->response->body;
	response_list_begin(c->response);
	if (permission_each(c->events, &filter, put_one, b, e) != 0)
		return -1;
	response_list_end(c->response);
	return 0;
}

/* ---- answering ---- */

/* Who was first, beside the error. */
static int
tell_first(struct call *c, const struct permission *p, struct err *e)
{
	struct buf *extra = &c->response->extra;
	json_key(extra, "answered_by"), json_string(extra, p->answered_by);
	json_key(extra, "answered_at"), json_int(extra, p->answered_at);
	json_key(extra, "decision"), json_string(extra, p->decision);
	return err_set(e, 409, "permission.answered", "This was answered already: %s.",
		p->decision);
}

/* Whether it can be answered, as it stands in the log. */
static int
check_state(struct call *c, const struct permission *p, struct err *e)
{
	if (strcmp(p->state, "answered") == 0)
		return tell_first(c, p, e);
	if (strcmp(p->state, "withdrawn") == 0)
		return err_set(e, 409, "permission.withdrawn",
			"Claude does not wait for this answer any more.");
	if (strcmp(p->input_sha256, c->values[ANSWER_HASH].text) != 0)
		return err_set(e, 409, "permission.changed",
			"This is not what was asked for; look at it again.");
	return 0;
}

/* The suggestions that were chosen, and the mode to go on in, as the program wants them;
 * *updates stays empty when there are none. */
static int
put_updates(struct call *c, const struct permission *p, struct buf *updates,
	struct err *e)
{
	const struct value *v = c->values;
	struct json_object *suggestions = json_tokener_parse(p->suggestions_json);
	struct json_object *chosen = v[ANSWER_REMEMBER].json;
	int result = 0;
	json_begin(updates, '[');
	for (size_t i = 0; result == 0 && i < json_length(chosen); i++) {
		struct json_object *item = json_object_array_get_idx(chosen, i);
		int64_t n = json_object_is_type(item, json_type_int)
			? json_object_get_int64(item)
			: -1;
		if (n < 0 || n >= (int64_t)json_length(suggestions) || p->suppress_always)
			result = err_field(e, "remember",
				"remember must be places in the list of suggestions.");
		else
			json_raw(updates,
				json_compact(json_object_array_get_idx(suggestions,
					(size_t)n)));
	}
	if (v[ANSWER_MODE].given) {
		json_begin(updates, '{');
		json_key(updates, "type"), json_string(updates, "setMode");
		json_key(updates, "mode"), json_string(updates, v[ANSWER_MODE].text);
		json_key(updates, "destination"), json_string(updates, "session");
		json_end(updates, '}');
	}
	json_end(updates, ']');
	json_object_put(suggestions);
	return result;
}

/* Head, event and line; see sql/state/0004-ops.sql. */
static void
put_command(struct call *c, const struct permission *p, const struct claude_answer *a,
	struct buf *b)
{
	const struct value *v = c->values;
	const char *decision = v[ANSWER_DECISION].text;
	json_begin(b, '{');
	json_key(b, "op"), json_string(b, "answer");
	json_key(b, "id"), json_string(b, p->id);
	json_key(b, "decision"), json_string(b, decision);
	json_put_text(b, "message", v[ANSWER_MESSAGE].text);
	json_end(b, '}');
	buf_char(b, '\n');
	json_begin(b, '{');
	json_key(b, "id"), json_string(b, p->id);
	json_key(b, "decision"), json_string(b, decision);
	json_key(b, "by"), json_string(b, c->auth.user);
	json_put_text(b, "message", v[ANSWER_MESSAGE].text);
	if (v[ANSWER_REMEMBER].json)
		json_key(b, "remember"),
			json_raw(b, json_compact(v[ANSWER_REMEMBER].json));
	json_end(b, '}');
	buf_char(b, '\n');
	claude_wire_answer(b, a);
}

static int64_t
store(struct call *c, const struct permission *p, struct err *e)
{
	const struct value *v = c->values;
	struct buf updates = BUF_INIT, body = BUF_INIT;
	struct command command = {.session = p->session_id,
		.user = c->auth.user,
		.sign_in = c->auth.sign_in,
		.kind = "op"};
	int64_t id = -1;
	if (put_updates(c, p, &updates, e) == 0) {
		const struct claude_answer answer = {.request = p->request,
			.allow = strcmp(v[ANSWER_DECISION].text, "allow") == 0,
			.input_json = v[ANSWER_INPUT].given
				? json_compact(v[ANSWER_INPUT].json)
				: NULL,
			.updates_json = updates.len > 2 ? updates.data : NULL,
			.message = v[ANSWER_MESSAGE].text,
			.interrupt = (int)v[ANSWER_INTERRUPT].number};
		put_command(c, p, &answer, &body);
		command.body = body.data;
		command.len = body.len;
		if (command_add(c->state, &command, e) == 0)
			id = command.id;
	}
	buf_free(&updates);
	buf_free(&body);
	if (id > 0)
		wake_commands(&c->app->wake);
	return id;
}

static bool
is_decided(const struct session *s, int64_t command)
{
	return !s || s->op_noted >= command || s->command_done >= command;
}

/* What came of it, when the runner has seen to it. */
static int
tell_outcome(struct call *c, int64_t command, struct err *e)
{
	struct permission p;
	int rc = permission_find(c->events, c->values[ANSWER_ID].text, c->auth.user, &p,
		e);
	int result = rc > 0 ? 0 : -1;
	if (rc == 0)
		err_set(e, 404, "permission.unknown", "There is no such request.");
	if (rc > 0 && p.command != command && strcmp(p.state, "pending") != 0)
		result = check_state(c, &p, e);
	if (result == 0)
		envelope_permission(&c->response->body, &p);
	if (result == 0 && p.command != command)
		c->response->status = 202; /* the runner is away, and will see to it */
	permission_clear(&p);
	return result;
}

/* What only fits one decision. */
static int
check_decision(struct call *c, struct err *e)
{
	const struct value *v = c->values;
	bool allow = strcmp(v[ANSWER_DECISION].text, "allow") == 0;
	/* Who means another input must not be taken to mean the one that was asked. */
	if (v[ANSWER_INPUT].null)
		return err_field(e, "updated_input", "updated_input must be an object.");
	if (!allow && (v[ANSWER_INPUT].given || v[ANSWER_REMEMBER].given))
		return err_field(e, v[ANSWER_INPUT].given ? "updated_input" : "remember",
			"This goes only with \"allow\".");
	if (allow && v[ANSWER_INTERRUPT].given && v[ANSWER_INTERRUPT].number)
		return err_field(e, "interrupt", "This goes only with \"deny\".");
	return v[ANSWER_MODE].given ? claude_mode_check(c->app, v[ANSWER_MODE].text, e)
				    : 0;
}

int
h_permission_answer(struct call *c, struct err *e)
{
	struct wait wait = {.ms = ANSWER_MS, .ready = is_decided};
	struct permission p;
	struct session s;
	int rc = permission_find(c->events, c->values[ANSWER_ID].text, c->auth.user, &p,
		e);
	if (rc == 0)
		err_set(e, 404, "permission.unknown", "There is no such request.");
	int result = rc > 0 ? 0 : -1;
	if (result == 0)
		memcpy(c->subject, p.session_id, sizeof c->subject);
	if (result == 0 &&
		(check_state(c, &p, e) != 0 || check_decision(c, e) != 0 ||
			(wait.command = store(c, &p, e)) < 0))
		result = -1;
	if (result == 0) {
		wait.session = p.session_id;
		rc = owned_wait(c, &wait, &s, e);
		session_clear(&s);
		result = rc < 0 ? -1 : tell_outcome(c, wait.command, e);
	}
	permission_clear(&p);
	return result;
}
