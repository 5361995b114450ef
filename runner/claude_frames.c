/*
 * From a line to the function that its type names; see claude.h. Types that are not in
 * the table are news to us and pass unseen: that is how the program grows. A line that is
 * no frame at all becomes an event that shows its head.
 */
#include "config.h"

#include "runner/claude.h"

#include "lib/clock.h"
#include "lib/json.h"
#include "lib/json_read.h"
#include "runner/run.h"

#include <json-c/json.h>

#include <string.h>

enum { HEAD_BYTES = 512 }; /* of a bad line that are shown */

static void
bad_line(struct run *run, const char *text, size_t len, size_t bytes, const char *why)
{
	struct buf b = BUF_INIT;
	json_begin(&b, '{');
	json_key(&b, "text"),
		json_string_n(&b, text, len < HEAD_BYTES ? len : HEAD_BYTES);
	json_key(&b, "bytes"), json_int(&b, (int64_t)bytes);
	json_key(&b, "why"), json_string(&b, why);
	json_end(&b, '}');
	claude_emit(run, "claude:error", "bad_line", &b);
}

void
claude_too_long(struct run *run, const char *text, size_t len)
{
	bad_line(run, text, len, len, "The line is too long.");
}

void
claude_words(struct run *run, const char *bytes, size_t len)
{
	while (len > 0) {
		size_t n = len < CLAUDE_WORDS ? len : CLAUDE_WORDS;
		struct buf b = BUF_INIT;
		/* Not in the middle of a character. */
		for (size_t k = n; n < len && k > n - 4; k--)
			if (((unsigned char)bytes[k] & 0xc0) != 0x80) {
				n = k;
				break;
			}
		json_begin(&b, '{');
		json_key(&b, "text"), json_string_n(&b, bytes, n);
		json_end(&b, '}');
		claude_emit(run, "claude:error", "stderr", &b);
		bytes += n;
		len -= n;
	}
}

/* ---- answers to what we asked ---- */

static void
on_model_set(struct run *run, struct json_object *answer)
{
	claude_take_model(run, json_member_text(answer, "model"));
}

static void
on_mode_set(struct run *run, struct json_object *answer)
{
	claude_take_mode(run, json_member_text(answer, "mode"));
}

static void
on_nothing(struct run *run, struct json_object *answer)
{
	(void)run, (void)answer;
}

/* What we ask has an id that begins with what it is about. */
static const struct {
	const char *prefix;
	void (*success)(struct run *run, struct json_object *answer);
} answers[] = {
	{"initialize", claude_on_initialized},
	{"model:", on_model_set},
	{"mode:", on_mode_set},
	{"", on_nothing},
};

static void
on_refusal(struct run *run, const char *id, struct json_object *response)
{
	const char *why = json_member_text(response, "error");
	/* Asked again after a restart, because the first answer was not yet recorded. */
	if (strcmp(id, "initialize") == 0)
		claude_on_initialized(run, NULL);
	else
		claude_notice(run, "refused", why ? why : "Claude refused a request.",
			NULL);
}

static void
on_control_response(struct run *run, struct json_object *frame)
{
	struct json_object *response = json_member_object(frame, "response");
	const char *id = json_member_text(response, "request_id");
	const char *subtype = json_member_text(response, "subtype");
	if (!id || !subtype)
		return;
	if (strcmp(subtype, "success") != 0) {
		on_refusal(run, id, response);
		return;
	}
	for (size_t i = 0; i < sizeof answers / sizeof *answers; i++)
		if (strncmp(id, answers[i].prefix, strlen(answers[i].prefix)) == 0) {
			answers[i].success(run, json_member_object(response, "response"));
			return;
		}
}

/* ---- the table ---- */

static const struct {
	const char *type;
	void (*take)(struct run *run, struct json_object *frame);
	bool passing; /* changes nothing that is kept */
} types[] = {
	{"assistant", claude_on_assistant},
	{"command_lifecycle", claude_on_lifecycle},
	{"control_cancel_request", claude_on_control_cancel},
	{"control_request", claude_on_control_request},
	{"control_response", on_control_response},
	{"conversation_reset", claude_on_reset},
	{"rate_limit_event", claude_on_rate_limit},
	{"result", claude_on_result},
	{"stream_event", claude_on_stream_event, true},
	{"system", claude_on_system},
	{"user", claude_on_user},
};

static void
take_frame(struct run *run, struct json_object *frame)
{
	const char *type = json_member_text(frame, "type");
	for (size_t i = 0; type && i < sizeof types / sizeof *types; i++)
		if (strcmp(types[i].type, type) == 0) {
			types[i].take(run, frame);
			if (!types[i].passing)
				claude_save(run);
			return;
		}
}

static bool
is_blank(const char *text, size_t len)
{
	return strspn(text, " \t\r") == len;
}

void
claude_line(struct run *run, const char *text, size_t len)
{
	struct claude *c = run->state;
	struct json_object *frame = NULL;
	struct err e = {0};
	c->heard_at = clock_monotonic();
	c->silence_told = false;
	if (is_blank(text, len))
		return;
	if (json_parse(&frame, text, len, &e) != 0)
		bad_line(run, text, len, len, e.text);
	else if (!json_object_is_type(frame, json_type_object) ||
		!json_member_text(frame, "type"))
		bad_line(run, text, len, len, "The line is no frame.");
	else
		take_frame(run, frame);
	json_object_put(frame);
}
