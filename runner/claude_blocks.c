/*
 * What the model says and what its tools answer: one event per finished block; see
 * claude.h. The program sends some frames a second time, so what has a uuid that we had
 * is left out.
 */
#include "config.h"

#include "runner/claude.h"

#include "lib/json.h"
#include "lib/json_read.h"
#include "runner/run.h"

#include <json-c/json.h>

#include <stdio.h>
#include <string.h>

enum {
	INPUT_BYTES = 256 * 1024, /* of a tool's input that are recorded */
	TEXT_BYTES = 64 * 1024,   /* of its answer, as text … */
	RESULT_BYTES = 64 * 1024, /* … and as what it is made of */
	HEAD_BYTES = 4 * 1024,    /* of an input that is longer */
};

static bool
seen_before(struct claude *c, const char *uuid)
{
	if (!uuid)
		return false;
	for (int i = 0; i < CLAUDE_SEEN; i++)
		if (strcmp(c->seen[i], uuid) == 0)
			return true;
	snprintf(c->seen[c->seen_at], sizeof *c->seen, "%s", uuid);
	c->seen_at = (c->seen_at + 1) % CLAUDE_SEEN;
	return false;
}

/* At most `most` bytes of valid UTF-8, in whole characters. */
static size_t
cut(const char *text, size_t len, size_t most)
{
	if (len <= most)
		return len;
	while (most > 0 && ((unsigned char)text[most] & 0xc0) == 0x80)
		most--;
	return most;
}

/* ---- of the model ---- */

/* What the event of a block begins with. */
struct part {
	const char *message, *uuid, *parent;
	bool aborted;
};

static void
begin(struct buf *b, const struct part *part)
{
	json_begin(b, '{');
	json_key(b, "message"), json_string(b, part->message);
	json_put_text(b, "uuid", part->uuid);
	json_put_text(b, "parent", part->parent);
}

static void
put_words(struct run *run, const struct part *part, const char *type,
	struct json_object *text)
{
	struct buf b = BUF_INIT;
	size_t len = (size_t)json_object_get_string_len(text);
	begin(&b, part);
	json_key(&b, "text");
	json_string_n(&b, json_object_get_string(text), len);
	if (part->aborted)
		json_key(&b, "aborted"), json_truth(&b, true);
	json_end(&b, '}');
	claude_emit(run, "claude:message", type, &b);
}

static struct json_object *
text_member(struct json_object *block, const char *key)
{
	struct json_object *text = json_member(block, key);
	return json_object_is_type(text, json_type_string) ? text : NULL;
}

static void
on_text(struct run *run, const struct part *part, struct json_object *block)
{
	struct json_object *text = text_member(block, "text");
	if (!text)
		return;
	put_words(run, part, "text", text);
	if (!part->parent)
		run_preview(run, json_object_get_string(text),
			(size_t)json_object_get_string_len(text));
}

static void
on_thinking(struct run *run, const struct part *part, struct json_object *block)
{
	struct json_object *text = text_member(block, "thinking");
	if (text)
		put_words(run, part, "thinking", text);
}

static void
put_input(struct buf *b, struct json_object *input)
{
	const char *text = json_compact(input);
	size_t len = strlen(text);
	json_key(b, "input");
	if (len <= INPUT_BYTES) {
		json_raw(b, text);
		return;
	}
	json_begin(b, '{');
	json_key(b, "truncated"), json_truth(b, true);
	json_key(b, "bytes"), json_int(b, (int64_t)len);
	json_key(b, "head"), json_string_n(b, text, cut(text, len, HEAD_BYTES));
	json_end(b, '}');
}

static void
on_tool_use(struct run *run, const struct part *part, struct json_object *block)
{
	struct buf b = BUF_INIT;
	struct json_object *input = json_member_object(block, "input");
	const char *id = json_member_text(block, "id");
	const char *name = json_member_text(block, "name");
	if (!id || !name)
		return;
	json_begin(&b, '{');
	json_key(&b, "id"), json_string(&b, id);
	json_key(&b, "message"), json_string(&b, part->message);
	json_put_text(&b, "parent", part->parent);
	json_key(&b, "name"), json_string(&b, name);
	json_key(&b, "kind"), json_string(&b, claude_tool_kind(name));
	json_put_text(&b, "title", claude_tool_title(name, input));
	put_input(&b, input);
	json_end(&b, '}');
	claude_emit(run, "claude:message", "tool_call", &b);
}

static const struct {
	const char *type;
	void (*take)(struct run *run, const struct part *part, struct json_object *block);
} blocks[] = {
	{"text", on_text},
	{"thinking", on_thinking},
	{"tool_use", on_tool_use},
};

static void
take_block(struct run *run, const struct part *part, struct json_object *block)
{
	const char *type = json_member_text(block, "type");
	for (size_t i = 0; type && i < sizeof blocks / sizeof *blocks; i++)
		if (strcmp(blocks[i].type, type) == 0)
			blocks[i].take(run, part, block);
}

/* ---- errors of the API ---- */

static const char *
text_of(struct json_object *content)
{
	const char *text = NULL;
	for (size_t i = 0; !text && i < json_length(content); i++)
		text = json_member_text(json_object_array_get_idx(content, i), "text");
	return text ? text : "";
}

/* A limit of a subscription ends at a time that is told in Unix seconds. */
static void
put_reset(struct buf *b, struct json_object *frame)
{
	struct json_object *params = json_member_object(frame, "api_error_params");
	struct json_object *limit = json_member_object(params, "rate_limit_info");
	int64_t at = json_member_int(limit, "resetsAt", 0);
	if (at > 0 && at < INT64_MAX / 1000)
		json_key(b, "resets_at"), json_int(b, at * 1000);
}

static void
put_api_error(struct run *run, struct json_object *frame, const char *class,
	const char *text)
{
	struct claude *c = run->state;
	struct buf b = BUF_INIT;
	json_begin(&b, '{');
	json_key(&b, "class"), json_string(&b, class);
	json_key(&b, "text"), json_string(&b, text);
	json_copy(&b, "status", frame, "api_error_status");
	put_reset(&b, frame);
	json_end(&b, '}');
	claude_emit(run, "claude:error", "api", &b);
	run_preview(run, text, strlen(text));
	c->login = strcmp(class, "authentication_failed") == 0;
	if (c->login)
		claude_emit_text(run, "claude:error", "login", "text", text);
}

static bool
is_local(struct json_object *frame, struct json_object *message)
{
	const char *model = json_member_text(message, "model");
	return json_member(frame, "local_command_source") && model &&
		strcmp(model, "<synthetic>") == 0;
}

void
claude_went_on(struct run *run)
{
	struct claude *c = run->state;
	struct buf b = BUF_INIT;
	if (!c->retrying)
		return;
	c->retrying = false;
	buf_str(&b, "{}");
	claude_emit(run, "claude:error", "retried", &b);
	claude_save(run);
}

/* What the conversation takes up is what the model read and wrote the last time. */
static void
note_context(struct claude *c, struct json_object *usage)
{
	static const char *const members[] = {"input_tokens", "cache_read_input_tokens",
		"cache_creation_input_tokens", "output_tokens"};
	int64_t sum = 0;
	for (size_t i = 0; i < sizeof members / sizeof *members; i++)
		sum += json_member_int(usage, members[i], 0);
	if (sum > 0)
		c->context = sum;
}

void
claude_on_assistant(struct run *run, struct json_object *frame)
{
	struct json_object *message = json_member_object(frame, "message");
	struct json_object *content = json_member_array(message, "content");
	const char *error = json_member_text(frame, "error");
	struct part part = {.message = json_member_text(message, "id"),
		.uuid = json_member_text(frame, "uuid"),
		.parent = json_member_text(frame, "parent_tool_use_id"),
		.aborted = json_member_truth(frame, "aborted")};
	if (!content || !part.message || seen_before(run->state, part.uuid))
		return;
	claude_block_done(run, part.message);
	claude_turn_goes_on(run);
	if (error) {
		((struct claude *)run->state)->retrying = false;
		put_api_error(run, frame, error, text_of(content));
	} else if (is_local(frame, message)) {
		claude_emit_text(run, "claude:message", "local", "text",
			text_of(content));
	} else {
		claude_went_on(run);
		if (!part.parent)
			note_context(run->state, json_member_object(message, "usage"));
		for (size_t i = 0; i < json_length(content); i++)
			take_block(run, &part, json_object_array_get_idx(content, i));
	}
}

/* ---- of its tools ---- */

/* All texts of the content, as one. */
static void
flatten(struct buf *b, struct json_object *content)
{
	if (json_object_is_type(content, json_type_string))
		buf_add(b, json_object_get_string(content),
			(size_t)json_object_get_string_len(content));
	for (size_t i = 0; i < json_length(content); i++) {
		struct json_object *block = json_object_array_get_idx(content, i);
		struct json_object *text = text_member(block, "text");
		const char *type = json_member_text(block, "type");
		if (b->len)
			buf_char(b, '\n');
		if (text)
			buf_add(b, json_object_get_string(text),
				(size_t)json_object_get_string_len(text));
		else
			buf_printf(b, "[%s]", type ? type : "?");
	}
}

static struct json_object *
meta_of(struct json_object *frame, const char *id)
{
	struct json_object *list = json_member_array(frame, "tool_result_meta");
	for (size_t i = 0; i < json_length(list); i++) {
		struct json_object *meta = json_object_array_get_idx(list, i);
		const char *whose = json_member_text(meta, "id");
		if (whose && strcmp(whose, id) == 0)
			return meta;
	}
	return NULL;
}

static void
put_answer_text(struct buf *b, struct json_object *content)
{
	struct buf text = BUF_INIT;
	flatten(&text, content);
	size_t n = text.len ? cut(text.data, text.len, TEXT_BYTES) : 0;
	json_key(b, "text"), json_string_n(b, text.len ? text.data : "", n);
	if (n < text.len)
		json_key(b, "truncated"), json_int(b, (int64_t)text.len);
	buf_free(&text);
}

static void
put_structure(struct buf *b, struct json_object *result)
{
	const char *text = json_object_is_type(result, json_type_object)
		? json_compact(result)
		: NULL;
	if (text && strlen(text) <= RESULT_BYTES)
		json_key(b, "result"), json_raw(b, text);
	if (json_member_truth(result, "interrupted"))
		json_key(b, "interrupted"), json_truth(b, true);
}

static void
on_tool_result(struct run *run, struct json_object *frame, struct json_object *block)
{
	struct buf b = BUF_INIT;
	const char *id = json_member_text(block, "tool_use_id");
	if (!id)
		return;
	struct json_object *meta = meta_of(frame, id);
	struct json_object *decision = json_member_object(meta, "permission_decision");
	json_begin(&b, '{');
	json_key(&b, "id"), json_string(&b, id);
	json_put_text(&b, "parent", json_member_text(frame, "parent_tool_use_id"));
	json_key(&b, "is_error"), json_truth(&b, json_member_truth(block, "is_error"));
	put_answer_text(&b, json_member(block, "content"));
	put_structure(&b, json_member(frame, "tool_use_result"));
	json_put_text(&b, "decision", json_member_text(decision, "decision"));
	json_put_text(&b, "not_run", json_member_text(meta, "non_execution_kind"));
	json_end(&b, '}');
	claude_emit(run, "claude:message", "tool_result", &b);
}

void
claude_on_user(struct run *run, struct json_object *frame)
{
	struct json_object *message = json_member_object(frame, "message");
	struct json_object *content = json_member_array(message, "content");
	if (json_member_truth(frame, "isReplay") ||
		seen_before(run->state, json_member_text(frame, "uuid")))
		return;
	claude_turn_goes_on(run);
	for (size_t i = 0; i < json_length(content); i++) {
		struct json_object *block = json_object_array_get_idx(content, i);
		const char *type = json_member_text(block, "type");
		if (type && strcmp(type, "tool_result") == 0)
			on_tool_result(run, frame, block);
	}
}
