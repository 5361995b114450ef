/* Lines of a program that may say anything: no crash, and what is no frame is an event.
 */
#include "config.h"

#include "lib/buf.h"
#include "lib/json.h"
#include "lib/json_read.h"
#include "runner/adapter.h"
#include "runner/app.h"
#include "runner/bus.h"
#include "runner/line_reader.h"
#include "runner/partials.h"
#include "runner/recorder.h"
#include "runner/registry.h"
#include "runner/run.h"
#include "runner/run_parts.h"
#include "runner/say.h"

#include <event2/event.h>
#include <json-c/json.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

enum { LINES = 100000, LONGEST = 4096 };

static const char *const seeds[] = {
	"{\"type\":\"system\",\"subtype\":\"init\",\"session_id\":\"s\",\"model\":\"m\","
	"\"permissionMode\":\"default\",\"tools\":[\"Bash\"],\"mcp_servers\":[{\"name\":"
	"\"x\",\"status\":\"failed\"}]}",
	"{\"type\":\"system\",\"subtype\":\"status\",\"status\":\"requesting\","
	"\"permissionMode\":\"plan\"}",
	"{\"type\":\"system\",\"subtype\":\"api_retry\",\"attempt\":1,\"max_retries\":10,"
	"\"retry_delay_ms\":500.5,\"error_status\":null,\"error\":\"overloaded\"}",
	"{\"type\":\"system\",\"subtype\":\"task_started\",\"task_id\":\"t\","
	"\"description\":\"work\"}",
	"{\"type\":\"stream_event\",\"event\":{\"type\":\"message_start\",\"message\":{"
	"\"id\":\"m1\"}},\"parent_tool_use_id\":null}",
	"{\"type\":\"stream_event\",\"event\":{\"type\":\"content_block_start\",\"index\":0,"
	"\"content_block\":{\"type\":\"text\",\"text\":\"\"}}}",
	"{\"type\":\"stream_event\",\"event\":{\"type\":\"content_block_delta\",\"index\":0,"
	"\"delta\":{\"type\":\"text_delta\",\"text\":\"h\xc3\xa9llo \"}}}",
	"{\"type\":\"stream_event\",\"event\":{\"type\":\"content_block_stop\",\"index\":0}}",
	"{\"type\":\"assistant\",\"uuid\":\"u\",\"message\":{\"id\":\"m1\",\"content\":[{"
	"\"type\":\"text\",\"text\":\"h\\u00e9llo\"},{\"type\":\"tool_use\",\"id\":\"t\","
	"\"name\":\"Bash\",\"input\":{\"command\":\"ls\"}}],\"usage\":{\"input_tokens\":7}}}",
	"{\"type\":\"assistant\",\"error\":\"rate_limit\",\"api_error_status\":429,"
	"\"message\":{\"id\":\"m2\",\"content\":[{\"type\":\"text\",\"text\":\"no\"}]}}",
	"{\"type\":\"user\",\"message\":{\"content\":[{\"type\":\"tool_result\","
	"\"tool_use_id\":\"t\",\"content\":[{\"type\":\"text\",\"text\":\"x\"}],"
	"\"is_error\":false}]},\"tool_use_result\":{\"stdout\":\"x\"},"
	"\"tool_result_meta\":[{\"id\":\"t\",\"permission_decision\":{\"decision\":"
	"\"accept\"}}]}",
	"{\"type\":\"control_request\",\"request_id\":\"r\",\"request\":{\"subtype\":"
	"\"can_use_tool\",\"tool_name\":\"Bash\",\"input\":{\"command\":\"rm\"},"
	"\"tool_use_id\":\"t\",\"permission_suggestions\":[{\"type\":\"addRules\"}]}}",
	"{\"type\":\"control_cancel_request\",\"request_id\":\"r\"}",
	"{\"type\":\"control_response\",\"response\":{\"subtype\":\"success\","
	"\"request_id\":\"initialize\",\"response\":{\"commands\":[{\"name\":\"cost\"}],"
	"\"models\":[{\"value\":\"opus\"}],\"claude_code_version\":\"1\"}}}",
	"{\"type\":\"command_lifecycle\",\"command_uuid\":\"u\",\"state\":\"started\"}",
	"{\"type\":\"rate_limit_event\",\"rate_limit_info\":{\"status\":\"rejected\"}}",
	"{\"type\":\"conversation_reset\",\"session_id\":\"s2\"}",
	"{\"type\":\"result\",\"subtype\":\"success\",\"is_error\":false,\"result\":\"x\","
	"\"usage\":{\"input_tokens\":1},\"modelUsage\":{\"m\":{\"contextWindow\":9}},"
	"\"permission_denials\":[],\"total_cost_usd\":0.5}",
};

enum { SEEDS = sizeof seeds / sizeof *seeds };

struct fixture {
	char dir[64];
	struct app app;
	struct run *run;
	uint32_t random;
};

static void
nothing_grew(void *arg)
{
	(void)arg;
}

static int
set_up(void **state)
{
	struct fixture *f = xcalloc(1, sizeof *f);
	struct session row = {.kind = xstrdup("claude"),
		.title = xstrdup("Claude"),
		.status = SESSION_RUNNING,
		.attention = xstrdup("none"),
		.cwd = xstrdup("/"),
		.options_json = xstrdup("{}"),
		.preview = xstrdup(""),
		.run = 1};
	snprintf(f->dir, sizeof f->dir, "/tmp/dXXXXXX");
	assert_non_null(mkdtemp(f->dir));
	f->random = 1;
	f->app.conf.dir = f->dir;
	f->app.base = event_base_new();
	event_base_priority_init(f->app.base, PRIORITIES);
	f->app.bus = bus_create();
	f->app.registry = registry_create();
	f->app.partials = partials_create(nothing_grew, NULL);
	f->app.recorder = recorder_create(&f->app);
	assert_non_null(f->run = run_create(&f->app, &row));
	*state = f;
	return 0;
}

static int
tear_down(void **state)
{
	struct fixture *f = *state;
	run_destroy(f->run);
	recorder_destroy(f->app.recorder);
	partials_destroy(f->app.partials);
	registry_destroy(f->app.registry);
	bus_destroy(f->app.bus);
	event_base_free(f->app.base);
	rmdir(f->dir);
	free(f);
	return 0;
}

/* ---- lines ---- */

static uint32_t
draw(struct fixture *f, uint32_t below)
{
	f->random = f->random * 1664525 + 1013904223;
	return (f->random >> 8) % below;
}

/* Puts a seed with some bytes changed, left out, doubled or cut off into the text. */
static size_t
mutate(struct fixture *f, char text[LONGEST])
{
	const char *seed = seeds[draw(f, SEEDS)];
	size_t len = strlen(seed);
	memcpy(text, seed, len);
	for (uint32_t n = draw(f, 4); n > 0 && len > 1; n--) {
		size_t at = draw(f, (uint32_t)len), span = 1 + draw(f, 8);
		if (span > len - at)
			span = len - at;
		switch (draw(f, 5)) {
		case 0:
			text[at] = (char)draw(f, 256);
			break;
		case 1:
			memmove(text + at, text + at + span, len - at - span);
			len -= span;
			break;
		case 2:
			memmove(text + at + span, text + at, len - at);
			len += span;
			break;
		case 3:
			len = at;
			break;
		default:
			text[at] = "{}[]\",:0n"[draw(f, 9)];
		}
	}
	for (size_t i = 0; i < len; i++)
		if (text[i] == '\n')
			text[i] = ' ';
	return len;
}

static bool
is_frame(const char *text, size_t len)
{
	struct json_object *json = NULL;
	bool good = json_parse(&json, text, len, NULL) == 0 &&
		json_object_is_type(json, json_type_object) &&
		json_member_text(json, "type");
	json_object_put(json);
	return good;
}

static bool
is_blank(const char *text, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (!strchr(" \t\r", text[i]) || !text[i])
			return false;
	return true;
}

/* Takes what waits; each of it is one JSON object. Returns how many bad lines it tells.
 */
static int
take_events(struct run *run)
{
	struct pending *p;
	int bad = 0;
	while ((p = TAILQ_FIRST(&run->pending))) {
		struct json_object *data = NULL;
		assert_int_equal(json_parse(&data, p->data, strlen(p->data), NULL), 0);
		assert_true(json_object_is_type(data, json_type_object));
		json_object_put(data);
		bad += strcmp(p->type, "bad_line") == 0;
		run_drop_pending(run);
	}
	return bad;
}

static void
on_line(void *arg, const char *text, size_t len)
{
	struct run *run = arg;
	run->adapter->line(run, text, len);
}

static void
on_too_long(void *arg, const char *text, size_t len)
{
	struct run *run = arg;
	run->adapter->too_long(run, text, len);
}

static void
whatever_a_line_says_it_is_taken_or_told(void **state)
{
	static const struct line_handler handler = {on_line, on_too_long};
	struct fixture *f = *state;
	char text[LONGEST];
	for (int i = 0; i < LINES; i++) {
		size_t len = mutate(f, text), half = len ? draw(f, (uint32_t)len) : 0;
		bool bad;
		text[len] = '\0';
		bad = !is_blank(text, len) && !is_frame(text, len);
		text[len] = '\n';
		line_reader_feed(&f->run->reader, text, half, &handler, f->run);
		line_reader_feed(&f->run->reader, text + half, len - half + 1, &handler,
			f->run);
		text[len] = '\0';
		if (take_events(f->run) != bad)
			fail_msg("line %d: %s", i, text);
		say_nothing(f->run);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(whatever_a_line_says_it_is_taken_or_told,
			set_up, tear_down),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
