/* Text that is being written; see claude.h. */
#include "config.h"

#include "runner/claude.h"

#include "lib/json_read.h"
#include "runner/app.h"
#include "runner/partials.h"
#include "runner/run.h"

#include <json-c/json.h>

#include <stdlib.h>
#include <string.h>

/* Deltas, by type: which member is the text. */
static const struct {
	const char *type, *member;
} deltas[] = {
	{"input_json_delta", "partial_json"},
	{"text_delta", "text"},
	{"thinking_delta", "thinking"},
};

/* Blocks, by type: what they are to us. */
static const struct {
	const char *type, *kind;
} kinds[] = {
	{"text", "text"},
	{"thinking", "thinking"},
	{"tool_use", "tool"},
};

static const char *
kind_of(const char *type)
{
	for (size_t i = 0; type && i < sizeof kinds / sizeof *kinds; i++)
		if (strcmp(kinds[i].type, type) == 0)
			return kinds[i].kind;
	return NULL;
}

/* Which message an event belongs to; older programs say it only when it begins. */
static const char *
message_of(struct claude *c, struct json_object *frame, struct json_object *event)
{
	const char *begins = json_member_text(json_member_object(event, "message"), "id");
	const char *named = json_member_text(frame, "api_message_id");
	claude_replace(&c->writing, begins ? begins : named);
	return c->writing;
}

static void
begin_block(struct run *run, const struct partial *what)
{
	struct partials *partials = run->app->partials;
	struct partial *old =
		partials_find(partials, what->session, what->message, what->index);
	if (old)
		partials_end(partials, old);
	partials_begin(partials, what);
}

static void
on_block_start(struct run *run, struct partial *what, struct json_object *event)
{
	struct json_object *block = json_member_object(event, "content_block");
	what->kind = kind_of(json_member_text(block, "type"));
	what->name = (char *)json_member_text(block, "name");
	if (what->kind)
		begin_block(run, what);
}

/* Of a block whose beginning we did not see, because the runner was started in the middle
 * of it, the rest is shown. */
static struct partial *
block_of(struct run *run, struct partial *what, struct json_object *delta)
{
	static const char cut[] = "…";
	struct partials *partials = run->app->partials;
	struct partial *p =
		partials_find(partials, what->session, what->message, what->index);
	if (p)
		return p;
	what->kind = json_member(delta, "thinking") ? "thinking"
		: json_member(delta, "text")        ? "text"
						    : "tool";
	p = partials_begin(partials, what);
	partials_grow(partials, p, cut, sizeof cut - 1);
	return p;
}

static void
on_block_delta(struct run *run, struct partial *what, struct json_object *event)
{
	struct json_object *delta = json_member_object(event, "delta");
	const char *type = json_member_text(delta, "type");
	for (size_t i = 0; type && i < sizeof deltas / sizeof *deltas; i++) {
		struct json_object *text = json_member(delta, deltas[i].member);
		if (strcmp(deltas[i].type, type) != 0 ||
			!json_object_is_type(text, json_type_string))
			continue;
		partials_grow(run->app->partials, block_of(run, what, delta),
			json_object_get_string(text),
			(size_t)json_object_get_string_len(text));
	}
}

static void
on_block_stop(struct run *run, struct partial *what, struct json_object *event)
{
	struct partials *partials = run->app->partials;
	struct partial *p =
		partials_find(partials, what->session, what->message, what->index);
	(void)event;
	if (p)
		partials_end(partials, p);
}

static void
on_message_start(struct run *run, struct partial *what, struct json_object *event)
{
	(void)what;
	(void)event;
	claude_went_on(run);
}

/* What was cut off and is being said again has other ids. */
static void
on_message_stop(struct run *run, struct partial *what, struct json_object *event)
{
	(void)event;
	partials_end_all(run->app->partials, what->session, what->message);
}

static const struct {
	const char *type;
	void (*take)(struct run *run, struct partial *what, struct json_object *event);
} events[] = {
	{"content_block_delta", on_block_delta},
	{"content_block_start", on_block_start},
	{"content_block_stop", on_block_stop},
	{"message_start", on_message_start},
	{"message_stop", on_message_stop},
};

void
claude_on_stream_event(struct run *run, struct json_object *frame)
{
	struct json_object *event = json_member_object(frame, "event");
	const char *type = json_member_text(event, "type");
	const char *message = message_of(run->state, frame, event);
	struct partial what = {.session = run->row.number,
		.message = (char *)message,
		.index = (int)json_member_int(event, "index", 0),
		.parent = (char *)json_member_text(frame, "parent_tool_use_id")};
	for (size_t i = 0; type && message && i < sizeof events / sizeof *events; i++)
		if (strcmp(events[i].type, type) == 0) {
			events[i].take(run, &what, event);
			return;
		}
}

/* The finished block comes just before the event that says so. Blocks of a message are
 * finished in order, so it is the one with the lowest index. */
void
claude_block_done(struct run *run, const char *message)
{
	struct partials *partials = run->app->partials;
	struct partial *p = partials_first(partials, run->row.number, message);
	if (p)
		partials_end(partials, p);
}
