/*
 * What the program asks permission for; see claude.h. Each request is a row that waits
 * until a person answers, the program takes it back, or the program ends. The first
 * answer counts: the row names the command that it came with, so that whoever was second
 * can be told, and so that after a crash the same answer is given again and no other.
 */
#include "config.h"

#include "runner/claude.h"

#include "lib/clock.h"
#include "lib/db.h"
#include "lib/envelope.h"
#include "lib/json.h"
#include "lib/json_read.h"
#include "lib/store/command.h"
#include "lib/utf8.h"
#include "runner/app.h"
#include "runner/run.h"
#include "runner/say.h"

#include <json-c/json.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- the list of those that wait ---- */

static void
forget(void *arg)
{
	permission_clear(arg);
	free(arg);
}

static struct permission *
copy(const struct permission *p)
{
	struct permission *own = xcalloc(1, sizeof *own);
	permission_copy(own, p);
	return own;
}

static void
add_loaded(void *arg, const struct permission *p)
{
	struct claude *c = arg;
	if (c->asking_count < CLAUDE_ASKING_MAX)
		c->asking[c->asking_count++] = copy(p);
}

void
claude_permissions_load(struct run *run)
{
	const struct permission_filter filter = {.session = run->row.number,
		.state = "pending"};
	struct err e = {0};
	if (permission_each(run->app->events, &filter, add_loaded, run->state, &e) != 0)
		log_error(&run->app->log, "session %s: %s", run->row.id, e.text);
}

void
claude_permissions_free(struct run *run)
{
	struct claude *c = run->state;
	while (c->asking_count)
		forget(c->asking[--c->asking_count]);
}

/* Takes it off the list; NULL: it does not wait. */
static struct permission *
take_off(struct claude *c, const char *id, const char *request)
{
	for (int i = 0; i < c->asking_count; i++) {
		struct permission *p = c->asking[i];
		if (strcmp(id ? id : request, id ? p->id : p->request) != 0)
			continue;
		c->asking_count--;
		memmove(&c->asking[i], &c->asking[i + 1],
			(size_t)(c->asking_count - i) * sizeof *c->asking);
		return p;
	}
	return NULL;
}

static bool
is_waiting(const struct claude *c, const char *request)
{
	for (int i = 0; i < c->asking_count; i++)
		if (strcmp(c->asking[i]->request, request) == 0)
			return true;
	return false;
}

/* ---- into the log ---- */

static int
store_new(struct db *events, const void *arg, struct err *e)
{
	return permission_insert(events, arg, e);
}

static int
store_change(struct db *events, const void *arg, struct err *e)
{
	return permission_update(events, arg, e);
}

/* Records what became of it; takes over *p. */
static void
emit_change(struct run *run, struct permission *p, const char *type, char *data)
{
	const struct emission emission = {.channel = "claude:permission",
		.type = type,
		.data = data,
		.command = p->command,
		.store = store_change,
		.forget = forget,
		.arg = p};
	run_emit_line(run, &emission);
}

static void
emit_requested(struct run *run, const struct permission *p)
{
	struct buf b = BUF_INIT;
	envelope_permission(&b, p);
	const struct emission emission = {.channel = "claude:permission",
		.type = "requested",
		.data = buf_take(&b),
		.store = store_new,
		.forget = forget,
		.arg = copy(p)};
	run_emit_line(run, &emission);
}

/* ---- the program asks ---- */

/* What the program gives as a reason may hold control characters. */
static char *
clean(const char *text)
{
	struct buf b = BUF_INIT;
	if (!text)
		return NULL;
	for (size_t len = strlen(text); len > 0;) {
		uint32_t c;
		size_t n = utf8_decode(text, len, &c);
		if (n == 0)
			break;
		if (!utf8_is_control(c))
			buf_add(&b, text, n);
		text += n;
		len -= n;
	}
	return buf_take(&b);
}

static void
fill(struct permission *p, const struct run *run, struct json_object *frame,
	struct json_object *request)
{
	struct json_object *input = json_member_object(request, "input");
	struct json_object *suggestions =
		json_member_array(request, "permission_suggestions");
	const char *title = json_member_text(request, "title");
	const char *id = json_member_text(request, "tool_use_id");
	*p = (struct permission){.session = run->row.number,
		.request = xstrdup(json_member_text(frame, "request_id")),
		.tool = xstrdup(json_member_text(request, "tool_name")),
		.title = clean(title ? title : json_member_text(request, "description")),
		.input_json = xstrdup(input ? json_compact(input) : "{}"),
		.suggestions_json =
			xstrdup(suggestions ? json_compact(suggestions) : "[]"),
		.suppress_always =
			json_member_truth(request, "suppress_always_allow_rule"),
		.reason = clean(json_member_text(request, "decision_reason")),
		.blocked_path = clean(json_member_text(request, "blocked_path")),
		.parent_tool = xstrdup(json_member_text(request, "parent_tool_use_id")),
		.tool_use_id = xstrdup(id ? id : ""),
		.state = xstrdup("pending"),
		.requested_at = clock_now()};
	crypt_id(p->id);
	memcpy(p->session_id, run->row.id, sizeof p->session_id);
	crypt_sha256_text(p->input_json, strlen(p->input_json), p->input_sha256);
}

/* What we cannot answer is refused, so that the program never waits for us. */
static void
refuse(struct run *run, const char *request, const char *why)
{
	struct buf b = BUF_INIT;
	buf_str(&b, "{\"type\":\"control_response\",\"response\":{\"subtype\":\"error\"");
	json_key(&b, "request_id"), json_string(&b, request);
	json_key(&b, "error"), json_string(&b, why);
	buf_str(&b, "}}\n");
	if (b.len <= SHIM_INPUT_MAX)
		say(run, 0, b.data, b.len);
	buf_free(&b);
}

static void
ask(struct run *run, struct json_object *frame, struct json_object *request)
{
	struct claude *c = run->state;
	const char *id = json_member_text(frame, "request_id");
	if (is_waiting(c, id))
		return;
	if (!json_member_text(request, "tool_name") ||
		c->asking_count == CLAUDE_ASKING_MAX) {
		refuse(run, id, "This permission cannot be asked for now.");
		return;
	}
	struct permission *p = xcalloc(1, sizeof *p);
	fill(p, run, frame, request);
	c->asking[c->asking_count++] = p;
	emit_requested(run, p);
}

void
claude_on_control_request(struct run *run, struct json_object *frame)
{
	struct json_object *request = json_member_object(frame, "request");
	const char *id = json_member_text(frame, "request_id");
	const char *subtype = json_member_text(request, "subtype");
	if (!id)
		return;
	if (subtype && strcmp(subtype, "can_use_tool") == 0)
		ask(run, frame, request);
	else
		refuse(run, id, "This is not supported here.");
}

/* ---- it does not wait any more ---- */

/* Takes over *p. */
static void
withdraw(struct run *run, struct permission *p, const char *reason)
{
	struct buf b = BUF_INIT;
	claude_replace(&p->state, "withdrawn");
	p->answered_at = clock_now();
	json_begin(&b, '{');
	json_key(&b, "id"), json_string(&b, p->id);
	json_key(&b, "reason"), json_string(&b, reason);
	json_end(&b, '}');
	emit_change(run, p, "withdrawn", buf_take(&b));
}

void
claude_on_control_cancel(struct run *run, struct json_object *frame)
{
	const char *request = json_member_text(frame, "request_id");
	struct permission *p = request ? take_off(run->state, NULL, request) : NULL;
	if (p)
		withdraw(run, p, "cancelled");
}

void
claude_withdraw_all(struct run *run)
{
	struct claude *c = run->state;
	while (c->asking_count)
		withdraw(run, take_off(c, c->asking[0]->id, NULL), "ended");
}

/* ---- a person answers ---- */

/* Whether this command, which comes again, was the answer that counted. */
static bool
has_counted(struct run *run, const char *id, int64_t command)
{
	struct permission p;
	if (run_is_pending(run, command))
		return true;
	int rc = permission_find(run->app->events, id, NULL, &p, NULL);
	bool counted = rc > 0 && p.command == command;
	permission_clear(&p);
	return counted;
}

enum outcome
claude_op_answer(struct run *run, const struct command *c, const struct op *op)
{
	const char *id = json_member_text(op->head, "id");
	const char *decision = json_member_text(op->head, "decision");
	const char *message = json_member_text(op->head, "message");
	if (!id || !decision || !session_is_live(run->row.status))
		return DONE;
	if (c->id <= run->noting) {
		if (!has_counted(run, id, c->id))
			return DONE;
		say(run, c->id, op->line, op->line_len);
		return UNDER_WAY;
	}
	struct permission *p = take_off(run->state, id, NULL);
	if (!p)
		return DONE; /* somebody was first, or it was withdrawn */
	claude_replace(&p->state, "answered");
	claude_replace(&p->decision, decision);
	claude_replace(&p->message, message);
	claude_replace(&p->answered_by, c->user);
	p->answered_at = clock_now();
	p->command = c->id;
	emit_change(run, p, "answered", xstrndup(op->data, op->data_len));
	say(run, c->id, op->line, op->line_len);
	return UNDER_WAY;
}
