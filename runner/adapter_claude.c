/*
 * Claude: the real `claude` program, with stream-json on both sides and its control
 * protocol, as its own SDK runs it; see claude.h. Here is what to start and what to do
 * when it has started and ended.
 */
#include "config.h"

#include "lib/buf.h"
#include "lib/claude_program.h"
#include "lib/clock.h"
#include "lib/json.h"
#include "lib/json_read.h"
#include "runner/adapter.h"
#include "runner/app.h"
#include "runner/claude.h"
#include "runner/environment.h"
#include "runner/partials.h"
#include "runner/run.h"
#include "runner/say.h"

#include <event2/event.h>
#include <json-c/json.h>

#include <stdlib.h>
#include <string.h>

enum { LOOK_S = 5 }; /* between looks for a program that says nothing */

/* ---- the command line ---- */

static const char *const always[] = {"--output-format", "stream-json", "--verbose",
	"--input-format", "stream-json", "--permission-prompt-tool=stdio",
	"--include-partial-messages", "--setting-sources=user,project,local"};

struct words {
	char **list;
	size_t count;
};

/* Takes over the word. */
static void
add(struct words *words, char *word)
{
	words->list = xrealloc(words->list, (words->count + 2) * sizeof *words->list);
	words->list[words->count++] = word;
	words->list[words->count] = NULL;
}

/* "--name=value", so that no value can be taken for a flag. */
static void
add_option(struct words *words, const char *name, const char *value)
{
	if (value && *value)
		add(words, xasprintf("%s=%s", name, value));
}

static void
add_each(struct words *words, const char *name, struct json_object *list)
{
	for (size_t i = 0; i < json_length(list); i++)
		add_option(words, name,
			json_object_get_string(json_object_array_get_idx(list, i)));
}

static void
add_conversation(struct words *words, const struct claude *c, struct json_object *options)
{
	const char *resume = json_member_text(options, "resume");
	bool fork = json_member_truth(options, "fork");
	if (c->talked || (resume && !fork)) {
		add_option(words, "--resume", c->conversation);
		return;
	}
	if (resume) {
		add_option(words, "--resume", resume);
		add(words, xstrdup("--fork-session"));
	}
	add_option(words, "--session-id", c->conversation);
}

/* A mode is the program's own only as long as it runs. */
static void
add_mode(struct words *words, const struct run *run, struct json_object *options)
{
	const struct claude *c = run->state;
	const char *mode = json_member_text(options, "mode");
	if (!mode)
		mode = run->app->conf.claude_mode;
	if (c->mode)
		mode = c->mode;
	/* It may have been allowed when the session was made. */
	if (strcmp(mode, "bypassPermissions") == 0 && !run->app->conf.claude_allow_bypass)
		mode = "default";
	add_option(words, "--permission-mode", mode);
	if (run->app->conf.claude_allow_bypass)
		add(words, xstrdup("--allow-dangerously-skip-permissions"));
}

static void
add_model(struct words *words, const struct run *run, struct json_object *options)
{
	const struct claude *c = run->state;
	const char *model = json_member_text(options, "model");
	if (!model)
		model = run->app->conf.claude_model;
	add_option(words, "--model", c->wanted_model ? c->wanted_model : model);
}

static void
add_options(struct words *words, struct json_object *options)
{
	struct json_object *mcp = json_member_object(options, "mcp");
	int64_t turns = json_member_int(options, "max_turns", 0);
	add_option(words, "--effort", json_member_text(options, "effort"));
	add_option(words, "--append-system-prompt",
		json_member_text(options, "system_prompt"));
	add_each(words, "--allowedTools", json_member_array(options, "allowed_tools"));
	add_each(words, "--disallowedTools",
		json_member_array(options, "disallowed_tools"));
	add_each(words, "--add-dir", json_member_array(options, "directories"));
	if (mcp)
		add(words,
			xasprintf("--mcp-config={\"mcpServers\":%s}", json_compact(mcp)));
	if (turns > 0)
		add(words, xasprintf("--max-turns=%lld", (long long)turns));
}

static char **
command_line(const struct run *run)
{
	struct json_object *options = json_tokener_parse(run->row.options_json);
	struct words words = {0};
	add(&words, xstrdup("claude"));
	for (size_t i = 0; i < sizeof always / sizeof *always; i++)
		add(&words, xstrdup(always[i]));
	add_conversation(&words, run->state, options);
	add_mode(&words, run, options);
	add_model(&words, run, options);
	add_options(&words, options);
	json_object_put(options);
	return words.list;
}

static int
make_plan(const struct run *run, struct plan *plan, struct err *e)
{
	struct environment env = {0};
	char *shell = environment_shell(&run->app->conf);
	environment_person(&env, shell);
	environment_set(&env, "DISABLE_AUTOUPDATER", "1");
	environment_set(&env, "CLAUDE_CODE_EMIT_SESSION_STATE_EVENTS", "1");
	free(shell);
	int rc = environment_run(&env, run, e);
	*plan = (struct plan){.env = env.list};
	if (rc != 0) {
		plan_clear(plan);
		return -1;
	}
	plan->file = claude_program_find(run->app->conf.claude_program,
		environment_get(&env, "PATH"), environment_get(&env, "HOME"), e);
	if (!plan->file) {
		plan_clear(plan);
		return -1;
	}
	plan->argv = command_line(run);
	return 0;
}

static const char *
isolation(const struct run *run)
{
	return run->app->conf.claude_isolation;
}

/* ---- while it runs ---- */

/* A turn in which nothing is heard for long is not ended: a person is told. */
static void
look_for_silence(evutil_socket_t fd, short what, void *arg)
{
	struct run *run = arg;
	struct claude *c = run->state;
	int64_t silent = clock_monotonic() - c->heard_at;
	struct buf b = BUF_INIT;
	(void)fd, (void)what;
	if (!c->turn || c->asking_count || c->silence_told ||
		silent < run->app->conf.claude_silence)
		return;
	c->silence_told = true;
	json_begin(&b, '{');
	json_key(&b, "seconds"), json_int(&b, silent / 1000);
	json_end(&b, '}');
	claude_emit(run, "claude:error", "silent", &b);
}

static void
on_started(struct run *run)
{
	static const char initialize[] =
		"{\"type\":\"control_request\",\"request_id\":\"initialize\","
		"\"request\":{\"subtype\":\"initialize\"}}\n";
	static const struct timeval often = {.tv_sec = LOOK_S};
	struct claude *c = run->state;
	if (c->initialized != run->row.run)
		say(run, 0, initialize, sizeof initialize - 1);
	c->heard_at = clock_monotonic();
	if (!c->silence)
		c->silence =
			event_new(run->app->base, -1, EV_PERSIST, look_for_silence, run);
	event_add(c->silence, &often);
}

static void
on_ended(struct run *run, const struct shim_exit *exit)
{
	struct claude *c = run->state;
	bool asked = run->row.status == SESSION_STOPPING;
	if (c->silence)
		event_del(c->silence);
	partials_end_all(run->app->partials, run->row.number, NULL);
	claude_withdraw_all(run);
	claude_forget_messages(run);
	if (!asked && (c->turn || !exit || exit->code != 0 || exit->signal))
		c->outcome = "error";
	c->turn = c->retrying = false;
	claude_save(run);
}

const struct adapter adapter_claude = {
	.kind = "claude",
	.title = "Claude",
	.mode = SHIM_MODE_PIPES,
	.plan = make_plan,
	.isolation = isolation,
	.attach = claude_attach,
	.detach = claude_detach,
	.started = on_started,
	.line = claude_line,
	.too_long = claude_too_long,
	.words = claude_words,
	.ended = on_ended,
	.op = claude_op,
};
