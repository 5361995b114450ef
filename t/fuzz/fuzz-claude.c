/*
 * Lines of a program that may say anything: what is recorded of each is JSON objects, and
 * a line that is no frame is recorded as a bad one.
 */
#include "config.h"

#include "lib/buf.h"
#include "lib/json.h"
#include "lib/json_read.h"
#include "runner/adapter.h"
#include "runner/app.h"
#include "runner/bus.h"
#include "runner/partials.h"
#include "runner/recorder.h"
#include "runner/registry.h"
#include "runner/run.h"
#include "runner/run_parts.h"
#include "runner/say.h"
#include "t/fuzz/fuzz.h"

#include <event2/event.h>
#include <json-c/json.h>

#include <stdbool.h>
#include <string.h>

static void
nothing_grew(void *arg)
{
	(void)arg;
}

/* A session that runs, in an app without a database. */
static struct run *
make_run(void)
{
	static struct app app;
	struct session row = {.kind = xstrdup("claude"),
		.title = xstrdup("Claude"),
		.status = SESSION_RUNNING,
		.attention = xstrdup("none"),
		.cwd = xstrdup("/"),
		.options_json = xstrdup("{}"),
		.preview = xstrdup(""),
		.run = 1};
	app.conf.dir = xstrdup("/nowhere");
	app.base = event_base_new();
	event_base_priority_init(app.base, PRIORITIES);
	app.bus = bus_create();
	app.registry = registry_create();
	app.partials = partials_create(nothing_grew, NULL);
	app.recorder = recorder_create(&app);
	return run_create(&app, &row);
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
		if (!text[i] || !strchr(" \t\r", text[i]))
			return false;
	return true;
}

/* Takes what waits. Returns how many bad lines it tells. */
static int
take_events(struct run *run)
{
	struct pending *p;
	int bad = 0;
	while ((p = TAILQ_FIRST(&run->pending))) {
		struct json_object *data = NULL;
		PROMISE(json_parse(&data, p->data, strlen(p->data), NULL) == 0);
		PROMISE(json_object_is_type(data, json_type_object));
		json_object_put(data);
		bad += strcmp(p->type, "bad_line") == 0;
		run_drop_pending(run);
	}
	return bad;
}

/* The lines of the input; the session remembers what earlier inputs said. */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct run *run;
	char *text = fuzz_text(data, size), *line = text;
	if (!run)
		run = make_run();
	for (const char *end = text + size; line <= end;) {
		char *newline = memchr(line, '\n', (size_t)(end - line));
		size_t len = (size_t)((newline ? newline : end) - line);
		line[len] = '\0';
		run->adapter->line(run, line, len);
		PROMISE(take_events(run) ==
			(!is_blank(line, len) && !is_frame(line, len)));
		say_nothing(run);
		line += len + 1;
	}
	free(text);
	return 0;
}
