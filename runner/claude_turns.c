/*
 * Turns, and the messages that wait for one; see claude.h. A turn may begin by itself
 * (when something in the background ends), and one may deal with several messages, so the
 * two are counted apart.
 */
#include "config.h"

#include "runner/claude.h"

#include "lib/json.h"
#include "lib/json_read.h"
#include "runner/app.h"
#include "runner/partials.h"
#include "runner/run.h"

#include <json-c/json.h>

#include <stdio.h>
#include <string.h>

void
claude_turn_goes_on(struct run *run)
{
	struct claude *c = run->state;
	c->turn = true;
}

void
claude_turn_is_over(struct run *run)
{
	struct claude *c = run->state;
	if (c->turn && strcmp(c->outcome, "none") == 0)
		c->outcome = "done";
	c->turn = false;
}

/* ---- how a turn ended ---- */

static const struct {
	const char *member, *value, *reason;
} reasons[] = {
	{"terminal_reason", "aborted_streaming", "stopped"},
	{"terminal_reason", "aborted_tools", "stopped"},
	{"terminal_reason", "max_turns", "max_turns"},
	{"terminal_reason", "budget_exhausted", "budget"},
	{"subtype", "error_max_turns", "max_turns"},
	{"subtype", "error_max_budget_usd", "budget"},
	{"stop_reason", "refusal", "refused"},
};

static const char *
reason_of(struct json_object *frame)
{
	for (size_t i = 0; i < sizeof reasons / sizeof *reasons; i++) {
		const char *value = json_member_text(frame, reasons[i].member);
		if (value && strcmp(value, reasons[i].value) == 0)
			return reasons[i].reason;
	}
	return json_member_truth(frame, "is_error") ? "error" : "completed";
}

static const char *
error_of(struct json_object *frame)
{
	struct json_object *errors = json_member_array(frame, "errors");
	if (json_length(errors) > 0)
		return json_object_get_string(json_object_array_get_idx(errors, 0));
	return json_member_text(frame, "result");
}

static void
put_usage(struct buf *b, struct json_object *usage)
{
	json_key(b, "usage"), json_begin(b, '{');
	json_key(b, "input"), json_int(b, json_member_int(usage, "input_tokens", 0));
	json_key(b, "output"), json_int(b, json_member_int(usage, "output_tokens", 0));
	json_key(b, "cache_read"),
		json_int(b, json_member_int(usage, "cache_read_input_tokens", 0));
	json_key(b, "cache_write"),
		json_int(b, json_member_int(usage, "cache_creation_input_tokens", 0));
	json_end(b, '}');
}

static void
put_context(const struct claude *c, struct buf *b, struct json_object *models)
{
	struct json_object *model =
		c->model ? json_member_object(models, c->model) : NULL;
	int64_t size = json_member_int(model, "contextWindow", 0);
	if (!c->context || !size)
		return;
	json_key(b, "context"), json_begin(b, '{');
	json_key(b, "used"), json_int(b, c->context);
	json_key(b, "size"), json_int(b, size);
	json_end(b, '}');
}

static void
put_turn(const struct claude *c, struct buf *b, struct json_object *frame,
	const char *reason)
{
	json_begin(b, '{');
	json_key(b, "reason"), json_string(b, reason);
	if (strcmp(reason, "error") == 0)
		json_put_text(b, "error", error_of(frame));
	json_key(b, "duration_ms"), json_int(b, json_member_int(frame, "duration_ms", 0));
	json_copy(b, "api_ms", frame, "duration_api_ms");
	json_key(b, "turns"), json_int(b, json_member_int(frame, "num_turns", 0));
	json_copy(b, "cost_usd", frame, "total_cost_usd");
	put_usage(b, json_member_object(frame, "usage"));
	put_context(c, b, json_member_object(frame, "modelUsage"));
	json_key(b, "denials"),
		json_int(b,
			(int64_t)json_length(
				json_member_array(frame, "permission_denials")));
	json_key(b, "queued"),
		json_int(b, json_member_int(frame, "queued_turn_count", 0));
	json_copy(b, "local_command", frame, "local_command");
	json_end(b, '}');
}

/* A conversation that the program does not know has to be begun, not resumed. */
static void
look_for_loss(struct claude *c, struct json_object *frame)
{
	const char *error = error_of(frame);
	if (error && strstr(error, "No conversation found"))
		c->talked = false;
}

/* ---- messages ---- */

static struct claude_message *
find(struct claude *c, const char *uuid)
{
	for (int i = 0; i < c->waiting_count; i++)
		if (strcmp(c->waiting[i].uuid, uuid) == 0)
			return &c->waiting[i];
	return NULL;
}

static void
forget(struct claude *c, struct claude_message *m)
{
	int at = (int)(m - c->waiting);
	c->waiting_count--;
	memmove(m, m + 1, (size_t)(c->waiting_count - at) * sizeof *m);
}

void
claude_wait_for(struct run *run, const char *uuid)
{
	struct claude *c = run->state;
	if (c->waiting_count == CLAUDE_WAITING_MAX)
		forget(c, &c->waiting[0]);
	struct claude_message *m = &c->waiting[c->waiting_count++];
	m->started = false;
	snprintf(m->uuid, sizeof m->uuid, "%s", uuid);
}

bool
claude_is_waiting(const struct run *run, const char *uuid)
{
	return find(run->state, uuid) != NULL;
}

static void
emit_cancelled(struct run *run, const char *uuid, const char *reason)
{
	struct buf b = BUF_INIT;
	json_begin(&b, '{');
	json_key(&b, "uuid"), json_string(&b, uuid);
	json_key(&b, "reason"), json_string(&b, reason);
	json_end(&b, '}');
	claude_emit(run, "claude:input", "cancelled", &b);
}

static void
on_started(struct run *run, struct claude_message *m)
{
	m->started = true;
	claude_turn_goes_on(run);
	claude_emit_text(run, "claude:input", "started", "uuid", m->uuid);
}

static void
on_completed(struct run *run, struct claude_message *m)
{
	claude_emit_text(run, "claude:input", "completed", "uuid", m->uuid);
	forget(run->state, m);
}

static void
on_cancelled(struct run *run, struct claude_message *m)
{
	emit_cancelled(run, m->uuid, m->started ? "interrupted" : "withdrawn");
	forget(run->state, m);
}

static const struct {
	const char *state;
	void (*take)(struct run *run, struct claude_message *m);
} states[] = {
	{"cancelled", on_cancelled},
	{"completed", on_completed},
	{"started", on_started},
};

/* Older programs (2.1.197) give no receipts: a turn takes the message that waits longest,
 * and its result is that message's. */
void
claude_turn_begins(struct run *run)
{
	struct claude *c = run->state;
	if (!c->receipts && c->waiting_count > 0 && !c->waiting[0].started)
		on_started(run, &c->waiting[0]);
	claude_turn_goes_on(run);
}

static void
complete_started(struct run *run)
{
	struct claude *c = run->state;
	for (int i = c->waiting_count - 1; i >= 0 && !c->receipts; i--)
		if (c->waiting[i].started)
			on_completed(run, &c->waiting[i]);
}

void
claude_on_lifecycle(struct run *run, struct json_object *frame)
{
	((struct claude *)run->state)->receipts = true;
	const char *uuid = json_member_text(frame, "command_uuid");
	const char *state = json_member_text(frame, "state");
	struct claude_message *m = uuid ? find(run->state, uuid) : NULL;
	for (size_t i = 0; m && state && i < sizeof states / sizeof *states; i++)
		if (strcmp(states[i].state, state) == 0) {
			states[i].take(run, m);
			return;
		}
}

/* ---- the end of a turn ---- */

void
claude_on_result(struct run *run, struct json_object *frame)
{
	struct claude *c = run->state;
	struct buf b = BUF_INIT;
	const char *reason = reason_of(frame);
	bool failed = strcmp(reason, "error") == 0;
	if (failed)
		look_for_loss(c, frame);
	put_turn(c, &b, frame, reason);
	claude_emit(run, "claude:message", "turn", &b);
	c->outcome = failed ? "error" : "done";
	c->turn = c->retrying = false;
	complete_started(run);
	partials_end_all(run->app->partials, run->row.number, NULL);
}

void
claude_forget_messages(struct run *run)
{
	struct claude *c = run->state;
	while (c->waiting_count) {
		emit_cancelled(run, c->waiting[0].uuid, "ended");
		forget(c, &c->waiting[0]);
	}
}
