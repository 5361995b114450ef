/*
 * What people ask of a session: one function per kind of command and the table that finds
 * it.
 *
 * Commands are read from the database only when they can be used, so nothing piles up in
 * memory. A command is finished — its row deleted — when what it did is committed; after
 * a crash in between it comes again and is recognised: an input by its k, the others by
 * the id in run_session.command_done.
 */
#include "config.h"

#include "runner/run.h"

#include "lib/buf.h"
#include "lib/clock.h"
#include "lib/json.h"
#include "lib/path.h"
#include "lib/store/command.h"
#include "runner/adapter.h"
#include "runner/app.h"
#include "runner/commands.h"
#include "runner/inbox.h"
#include "runner/recorder.h"
#include "runner/run_link.h"
#include "runner/say.h"

#include <json-c/json.h>

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct kind {
	const char *name;
	enum outcome (*apply)(struct run *run, const struct command *c,
		struct json_object *body);
};

static const char *
text_of(struct json_object *body, const char *key)
{
	return json_object_get_string(json_object_object_get(body, key));
}

static int
int_of(struct json_object *body, const char *key, int otherwise)
{
	struct json_object *value = json_object_object_get(body, key);
	return value ? json_object_get_int(value) : otherwise;
}

/* ---- input ---- */

static void
tell_dropped(struct run *run, const struct command *c, const char *why)
{
	run_emit(run, true, "session:status", "input-expired",
		xasprintf("{\"k\":%lld,\"bytes\":%zu,\"reason\":\"%s\"}", (long long)c->k,
			c->len, why));
}

static enum outcome
settled_without_program(struct run *run, const struct command *c)
{
	if (c->k > run->row.input_done) {
		tell_dropped(run, c, "ended");
		run->row.input_done = c->k;
	}
	return DONE;
}

static enum outcome
apply_input(struct run *run, const struct command *c, struct json_object *body)
{
	(void)body;
	if (run->adapter->op || c->k <= run->row.input_done)
		return DONE; /* handlers store none for a program that reads lines */
	if (!session_is_live(run->row.status))
		return settled_without_program(run, c);
	if (run->row.status == SESSION_CREATING || run->row.status == SESSION_STARTING ||
		!run->welcomed || run->link_lost || run->flight_count == MAX_FLIGHTS)
		return NOT_YET;
	bool expired = clock_now() > c->deadline;
	struct err e;
	if (shim_link_input(run->link, (uint64_t)c->k, c->body, expired ? 0 : c->len,
		    &e) != 0)
		return NOT_YET; /* full: comes again with the next input_done */
	if (expired)
		tell_dropped(run, c, "expired");
	int at = (run->flight_first + run->flight_count++) % MAX_FLIGHTS;
	run->flights[at] = (struct flight){.k = c->k, .command = c->id};
	return UNDER_WAY;
}

/* ---- the life of a session ---- */

static enum outcome
apply_create(struct run *run, const struct command *c, struct json_object *body)
{
	(void)run, (void)c, (void)body; /* command_create() did it all */
	return DONE;
}

static enum outcome
apply_resize(struct run *run, const struct command *c, struct json_object *body)
{
	int cols = int_of(body, "cols", run->row.cols);
	int rows = int_of(body, "rows", run->row.rows);
	(void)c;
	/* The same size again is an event too: it tells the other viewers who decides
	 * now. */
	if (!run->adapter->has_size)
		return DONE;
	if (session_is_live(run->row.status) && !run->welcomed)
		return NOT_YET;
	run->row.cols = cols;
	run->row.rows = rows;
	/* Before the shim hears of it: what is drawn at the new size comes behind it. */
	run_emit_size(run, text_of(body, "writer"));
	if (run->start_sent || run->row.status == SESSION_RUNNING)
		shim_link_resize(run->link, (unsigned)cols, (unsigned)rows, NULL);
	run_changed(run);
	return DONE;
}

static enum outcome
apply_signal(struct run *run, const struct command *c, struct json_object *body)
{
	static const struct {
		const char *name;
		int number;
	} signals[] = {{"HUP", SIGHUP}, {"INT", SIGINT}, {"QUIT", SIGQUIT},
		{"KILL", SIGKILL}, {"USR1", SIGUSR1}, {"USR2", SIGUSR2},
		{"TERM", SIGTERM}, {"CONT", SIGCONT}, {"STOP", SIGSTOP},
		{"WINCH", SIGWINCH}};
	const char *name = text_of(body, "name");
	(void)c;
	if (!session_is_live(run->row.status))
		return DONE;
	if (!run->welcomed || run->row.status == SESSION_STARTING)
		return NOT_YET;
	for (size_t i = 0; name && i < sizeof signals / sizeof *signals; i++)
		if (strcmp(signals[i].name, name) == 0)
			shim_link_signal(run->link, signals[i].number, NULL);
	return DONE;
}

static enum outcome
apply_stop(struct run *run, const struct command *c, struct json_object *body)
{
	(void)c, (void)body;
	if (!session_is_live(run->row.status) || run->row.status == SESSION_STOPPING)
		return DONE;
	if (run->row.status == SESSION_CREATING || run->row.status == SESSION_STARTING)
		return NOT_YET;
	run_set_status(run, SESSION_STOPPING);
	return DONE;
}

static enum outcome
apply_resume(struct run *run, const struct command *c, struct json_object *body)
{
	(void)c;
	if (session_is_live(run->row.status) || run->deleting)
		return DONE;
	struct session *row = &run->row;
	row->run++;
	row->cols = int_of(body, "cols", row->cols);
	row->rows = int_of(body, "rows", row->rows);
	row->started_at = clock_now();
	row->ended_at = 0;
	row->exit_code = -1;
	row->exit_signal = 0;
	free(row->error_code);
	free(row->error_text);
	row->error_code = row->error_text = NULL;
	free(row->boot_id);
	row->boot_id = xstrdup(run->app->boot_id);
	if (!run->link) /* the old shim, if it is still there, knows the old one */
		crypt_random(row->cookie, sizeof row->cookie);
	run_emit_size(run, text_of(body, "writer"));
	run_set_status(run, SESSION_CREATING);
	return DONE;
}

static enum outcome
apply_rename(struct run *run, const struct command *c, struct json_object *body)
{
	const char *title = text_of(body, "title");
	(void)c;
	if (!title)
		return DONE;
	free(run->row.title);
	run->row.title = xstrdup(title);
	run_changed(run);
	return DONE;
}

static enum outcome
apply_delete(struct run *run, const struct command *c, struct json_object *body)
{
	if (session_is_live(run->row.status)) {
		if (!json_object_get_boolean(json_object_object_get(body, "force")))
			return DONE;
		if (apply_stop(run, c, body) == NOT_YET)
			return NOT_YET;
	}
	run->deleting = true;
	run->delete_command = c->id;
	recorder_add(run->app->recorder, run);
	return UNDER_WAY;
}

/* ---- what only one kind of session understands ---- */

/* Takes the text up to the next newline off what is left. */
static size_t
cut_line(const char **at, size_t *left)
{
	const char *newline = memchr(*at, '\n', *left);
	size_t len = newline ? (size_t)(newline - *at) : *left;
	size_t taken = newline ? len + 1 : len;
	*at += taken;
	*left -= taken;
	return len;
}

static enum outcome
apply_op(struct run *run, const struct command *c, struct json_object *head)
{
	struct op op = {.head = head, .line = c->body, .line_len = c->len};
	cut_line(&op.line, &op.line_len);
	op.data = op.line;
	op.data_len = cut_line(&op.line, &op.line_len);
	if (!run->adapter->op)
		return DONE; /* handlers store none for a terminal */
	if (session_is_live(run->row.status) &&
		(run->row.status == SESSION_CREATING ||
			run->row.status == SESSION_STARTING || !run->welcomed ||
			run->link_lost))
		return NOT_YET;
	return run->adapter->op(run, c, &op);
}

static const struct kind kinds[] = {
	{"input", apply_input},
	{"resize", apply_resize},
	{"create", apply_create},
	{"stop", apply_stop},
	{"resume", apply_resume},
	{"signal", apply_signal},
	{"rename", apply_rename},
	{"delete", apply_delete},
	{"op", apply_op},
};

static const struct kind *
find_kind(const char *name)
{
	for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
		if (strcmp(kinds[i].name, name) == 0)
			return &kinds[i];
	abort(); /* the table's CHECK allows no other */
}

static enum outcome
apply(struct run *run, const struct command *c)
{
	const struct kind *kind = find_kind(c->kind);
	if (c->k)
		return kind->apply(run, c, NULL);
	bool op = kind->apply == apply_op;
	int64_t done = op ? run->row.op_done : run->row.command_done;
	if (c->id <= done && kind->apply != apply_delete)
		return DONE; /* was applied before a crash */
	struct json_object *body = NULL;
	const char *end = op ? memchr(c->body, '\n', c->len) : NULL;
	size_t len = end ? (size_t)(end - (const char *)c->body) : c->len;
	if (json_parse(&body, c->body, len, NULL) != 0)
		return DONE; /* handlers store nothing of the kind */
	enum outcome outcome = kind->apply(run, c, body);
	json_object_put(body);
	return outcome;
}

static int
take(void *arg, const struct command *c)
{
	struct run *run = arg;
	if (run->finishing_count >= MAX_FLIGHTS) {
		run->blocked = true;
		return 1;
	}
	enum outcome outcome = apply(run, c);
	run->blocked = outcome == NOT_YET;
	if (run->blocked)
		return 1;
	run->taken = c->id;
	if (outcome == DONE)
		run_finish_command(run, c->id);
	return 0;
}

void
run_take_commands(struct run *run)
{
	struct err e;
	run->blocked = false;
	if (command_each(run->app->state, run->row.id, run->taken, take, run, &e) != 0) {
		log_error(&run->app->log, "session %s: cannot read commands: %s",
			run->row.id, e.text);
		run->blocked = true;
		inbox_look_again(run->app->inbox);
	}
	run->taken_all = !run->blocked && run->welcomed;
	say_more(run);
}

/* ---- a new session ---- */

static char *
json_of(struct json_object *body, const char *key, const char *otherwise)
{
	struct json_object *value = json_object_object_get(body, key);
	if (!value)
		return xstrdup(otherwise);
	return xstrdup(json_object_to_json_string_ext(value, JSON_C_TO_STRING_PLAIN));
}

static void
new_row(const struct app *app, const struct command *c, struct json_object *body,
	struct session *s)
{
	const char *title = text_of(body, "title"), *kind = text_of(body, "kind");
	const char *cwd = text_of(body, "cwd");
	const struct adapter *adapter = adapter_find(kind ? kind : "pty");
	int64_t now = clock_now();
	*s = (struct session){
		.kind = xstrdup(kind ? kind : "pty"),
		.title = xstrdup(title && *title ? title
				: adapter        ? adapter->title
						 : kind),
		.status = SESSION_CREATING,
		.attention = xstrdup("none"),
		.cwd = path_expand(cwd ? cwd : ""),
		.workspace = xstrdup(text_of(body, "workspace")),
		.command_json = json_of(body, "command", "[]"),
		.env_json = json_of(body, "env", "{}"),
		.options_json = json_of(body, "options", "{}"),
		.cols = int_of(body, "cols", 80),
		.rows = int_of(body, "rows", 24),
		.created_at = now,
		.updated_at = now,
		.started_at = now,
		.exit_code = -1,
		.preview = xstrdup(""),
		.run = 1,
		.boot_id = xstrdup(app->boot_id),
	};
	snprintf(s->id, sizeof s->id, "%s", c->session);
	snprintf(s->owner, sizeof s->owner, "%s", c->user);
	crypt_random(s->cookie, sizeof s->cookie);
}

void
command_create(struct app *app, const struct command *c, struct json_object *body)
{
	struct session row;
	new_row(app, c, body, &row);
	struct run *run = run_create(app, &row);
	if (run)
		run_emit_size(run, text_of(body, "writer"));
}
