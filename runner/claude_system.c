/* What the program says about itself, outside of any message; see claude.h. */
#include "config.h"

#include "runner/claude.h"

#include "lib/json.h"
#include "lib/json_read.h"
#include "runner/run.h"

#include <json-c/json.h>

#include <string.h>

void
claude_notice(struct run *run, const char *code, const char *text,
	struct json_object *data)
{
	struct buf b = BUF_INIT;
	json_begin(&b, '{');
	json_key(&b, "code"), json_string(&b, code);
	json_key(&b, "text"), json_string(&b, text ? text : "");
	if (data)
		json_key(&b, "data"), json_raw(&b, json_compact(data));
	json_end(&b, '}');
	claude_emit(run, "claude:message", "notice", &b);
}

void
claude_take_mode(struct run *run, const char *mode)
{
	struct claude *c = run->state;
	if (claude_replace(&c->mode, mode))
		claude_emit_text(run, "claude:message", "mode", "mode", mode);
}

void
claude_take_model(struct run *run, const char *model)
{
	struct claude *c = run->state;
	if (claude_replace(&c->model, model))
		claude_emit_text(run, "claude:message", "model", "model", model);
}

/* ---- what there is ---- */

/* Records what a `session` event is to say when it said something else the last time. */
static void
tell_session(struct run *run, int part, struct buf *data)
{
	struct claude *c = run->state;
	char hash[SHA256_TEXT_SIZE];
	crypt_sha256_text(data->data, data->len, hash);
	if (strcmp(c->told[part], hash) == 0) {
		buf_free(data);
		return;
	}
	memcpy(c->told[part], hash, sizeof hash);
	claude_emit(run, "claude:message", "session", data);
}

/* An array of objects of which only some members are wanted, under other names. */
struct wanted {
	const char *name, *as;
};

static void
put_list(struct buf *b, const char *key, struct json_object *list,
	const struct wanted *wanted)
{
	if (!list)
		return;
	json_key(b, key), json_begin(b, '[');
	for (size_t i = 0; i < json_length(list); i++) {
		struct json_object *item = json_object_array_get_idx(list, i);
		json_begin(b, '{');
		for (const struct wanted *w = wanted; w->name; w++)
			json_copy(b, w->as, item, w->name);
		json_end(b, '}');
	}
	json_end(b, ']');
}

static const struct wanted of_command[] = {{"name", "name"},
	{"description", "description"}, {"argumentHint", "argument_hint"},
	{"aliases", "aliases"}, {0}};
static const struct wanted of_model[] = {{"value", "value"},
	{"resolvedModel", "resolved"}, {"displayName", "name"},
	{"description", "description"}, {"supportedEffortLevels", "efforts"}, {0}};
static const struct wanted of_server[] = {{"name", "name"}, {"status", "status"}, {0}};

/* The answer to `initialize` (NULL: it refuses to answer twice): it takes messages. */
void
claude_on_initialized(struct run *run, struct json_object *answer)
{
	struct claude *c = run->state;
	struct buf b = BUF_INIT;
	c->initialized = run->row.run;
	run->listens = true;
	if (!answer)
		return;
	claude_replace(&c->version, json_member_text(answer, "claude_code_version"));
	claude_take_mode(run, json_member_text(answer, "current_permission_mode"));
	json_begin(&b, '{');
	json_key(&b, "conversation"), json_string(&b, c->conversation);
	json_put_text(&b, "version", c->version);
	json_put_text(&b, "mode", c->mode);
	put_list(&b, "commands", json_member_array(answer, "commands"), of_command);
	put_list(&b, "models", json_member_array(answer, "models"), of_model);
	json_copy(&b, "account", answer, "account");
	json_end(&b, '}');
	tell_session(run, 0, &b);
}

/* At the beginning of every turn. */
static void
on_init(struct run *run, struct json_object *frame)
{
	struct claude *c = run->state;
	struct buf b = BUF_INIT;
	c->talked = true;
	c->initialized = run->row.run;
	run->listens = true;
	claude_replace(&c->conversation, json_member_text(frame, "session_id"));
	claude_replace(&c->version, json_member_text(frame, "claude_code_version"));
	claude_take_mode(run, json_member_text(frame, "permissionMode"));
	claude_take_model(run, json_member_text(frame, "model"));
	json_begin(&b, '{');
	json_key(&b, "conversation"), json_string(&b, c->conversation);
	json_put_text(&b, "model", c->model);
	json_put_text(&b, "mode", c->mode);
	json_put_text(&b, "version", c->version);
	json_copy(&b, "cwd", frame, "cwd");
	json_copy(&b, "tools", frame, "tools");
	put_list(&b, "mcp", json_member_array(frame, "mcp_servers"), of_server);
	json_end(&b, '}');
	tell_session(run, 1, &b);
	claude_turn_begins(run);
}

void
claude_on_reset(struct run *run, struct json_object *frame)
{
	struct claude *c = run->state;
	const char *id = json_member_text(frame, "new_session_id");
	if (!id)
		id = json_member_text(frame, "session_id");
	claude_replace(&c->conversation, id);
	claude_emit_text(run, "claude:message", "reset", "conversation", c->conversation);
}

/* ---- what happens ---- */

static void
on_status(struct run *run, struct json_object *frame)
{
	const char *status = json_member_text(frame, "status");
	claude_take_mode(run, json_member_text(frame, "permissionMode"));
	if (!status)
		return;
	if (strcmp(status, "compacting") == 0)
		claude_notice(run, "compacting", "The conversation is being shortened.",
			NULL);
	claude_turn_goes_on(run);
}

static void
on_compacted(struct run *run, struct json_object *frame)
{
	claude_notice(run, "compacted", "The conversation was shortened.",
		json_member_object(frame, "compact_metadata"));
}

static void
on_state(struct run *run, struct json_object *frame)
{
	const char *state = json_member_text(frame, "state");
	if (state && strcmp(state, "running") == 0)
		claude_turn_goes_on(run);
	if (state && strcmp(state, "idle") == 0)
		claude_turn_is_over(run);
}

static void
on_title(struct run *run, struct json_object *frame)
{
	const char *title = json_member_text(frame, "title");
	if (title)
		claude_emit_text(run, "claude:message", "title", "title", title);
}

static void
on_informational(struct run *run, struct json_object *frame)
{
	claude_notice(run, "informational", json_member_text(frame, "content"), NULL);
}

/* A copy of the frame without what every frame has. */
static struct json_object *
essence(struct json_object *frame)
{
	static const char *const common[] = {"type", "session_id", "uuid"};
	struct json_object *copy = NULL;
	if (json_object_deep_copy(frame, &copy, NULL) != 0)
		return NULL;
	for (size_t i = 0; i < sizeof common / sizeof *common; i++)
		json_object_object_del(copy, common[i]);
	return copy;
}

static void
on_task(struct run *run, struct json_object *frame)
{
	struct json_object *data = essence(frame);
	const char *text = json_member_text(frame, "summary");
	if (!text)
		text = json_member_text(frame, "description");
	claude_notice(run, "task", text, data);
	json_object_put(data);
}

static void
on_denied(struct run *run, struct json_object *frame)
{
	struct json_object *data = essence(frame);
	claude_notice(run, "permission_denied", json_member_text(frame, "message"), data);
	json_object_put(data);
}

void
claude_on_rate_limit(struct run *run, struct json_object *frame)
{
	struct json_object *info = json_member_object(frame, "rate_limit_info");
	const char *status = json_member_text(info, "status");
	if (status && strcmp(status, "allowed") != 0)
		claude_notice(run, "rate_limit", status, info);
}

/* Only the first of a row of attempts is stored. */
static void
on_retry(struct run *run, struct json_object *frame)
{
	struct claude *c = run->state;
	struct buf b = BUF_INIT;
	const char *class = json_member_text(frame, "error");
	claude_turn_goes_on(run);
	if (c->retrying)
		return;
	c->retrying = true;
	json_begin(&b, '{');
	json_key(&b, "attempt"), json_int(&b, json_member_int(frame, "attempt", 1));
	json_key(&b, "of"), json_int(&b, json_member_int(frame, "max_retries", 0));
	json_key(&b, "delay_ms"),
		json_int(&b, json_member_int(frame, "retry_delay_ms", 0));
	json_key(&b, "class"), json_string(&b, class ? class : "unknown");
	json_copy(&b, "status", frame, "error_status");
	json_end(&b, '}');
	claude_emit(run, "claude:error", "retry", &b);
	if (class && strcmp(class, "authentication_failed") == 0)
		claude_emit_text(run, "claude:error", "login", "text",
			"Claude's sign-in is not accepted.");
}

static const struct {
	const char *subtype;
	void (*take)(struct run *run, struct json_object *frame);
} subtypes[] = {
	{"api_retry", on_retry},
	{"compact_boundary", on_compacted},
	{"informational", on_informational},
	{"init", on_init},
	{"permission_denied", on_denied},
	{"session_state_changed", on_state},
	{"session_title_changed", on_title},
	{"status", on_status},
	{"task_notification", on_task},
	{"task_started", on_task},
};

void
claude_on_system(struct run *run, struct json_object *frame)
{
	const char *subtype = json_member_text(frame, "subtype");
	for (size_t i = 0; subtype && i < sizeof subtypes / sizeof *subtypes; i++)
		if (strcmp(subtypes[i].subtype, subtype) == 0) {
			subtypes[i].take(run, frame);
			return;
		}
}
