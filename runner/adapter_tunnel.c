/*
 * The program of a tunnel, as a run session; see tunnels.h. Both of its outputs are cut
 * into lines, which are kept for people and told to its kind. Nothing is recorded as an
 * event but the session's life, and with its end the session is deleted.
 */
#include "config.h"

#include "lib/json.h"
#include "lib/json_read.h"
#include "lib/path.h"
#include "lib/plain_words.h"
#include "runner/adapter.h"
#include "runner/app.h"
#include "runner/environment.h"
#include "runner/run.h"
#include "runner/tunnel.h"
#include "runner/tunnels.h"

#include <json-c/json.h>

#include <stdlib.h>
#include <string.h>

/* ---- what to start ---- */

static const char *
program_of(const struct tunnel *t)
{
	const char *set = json_member_text(t->settings, "program");
	return set && *set ? set : t->kind->program;
}

static char **
split(const struct buf *words)
{
	size_t count = 0;
	for (size_t i = 0; i < words->len; i++)
		count += words->data[i] == '\0';
	char **argv = xcalloc(count + 1, sizeof *argv);
	const char *at = words->data;
	for (size_t i = 0; i < count; i++, at += strlen(at) + 1)
		argv[i] = xstrdup(at);
	return argv;
}

/* As a person would type it, among the lines that they see. */
static void
keep_command(struct tunnel *t, char **argv)
{
	struct buf b = BUF_INIT;
	buf_char(&b, '$');
	for (; *argv; argv++)
		buf_char(&b, ' '), buf_str(&b, *argv);
	tunnel_keep_line(t, b.data, b.len);
	buf_free(&b);
}

static int
make_plan(const struct run *run, struct plan *plan, struct err *e)
{
	struct tunnel *t = run->state;
	struct environment env = {0};
	struct buf words = BUF_INIT;
	*plan = (struct plan){0};
	if (!t)
		return err_set(e, 422, "tunnel.unknown",
			"This version of Dispatch does not know this tunnel.");
	char *shell = environment_shell(&run->app->conf);
	environment_person(&env, shell);
	free(shell);
	if (t->kind->environment)
		t->kind->environment(t, &env);
	plan->env = env.list;
	plan->file = *program_of(t) == '~' ? path_expand(program_of(t))
					   : xstrdup(program_of(t));
	tunnel_word(&words, program_of(t));
	t->kind->command(t, &words);
	plan->argv = split(&words);
	buf_free(&words);
	return 0;
}

static void
on_started(struct run *run)
{
	struct tunnel *t = run->state;
	struct plan plan;
	if (!t) {
		run_set_status(run, SESSION_STOPPING); /* it is in nobody's hands */
		return;
	}
	if (run->row.ring_offset == 0 && make_plan(run, &plan, NULL) == 0) {
		keep_command(t, plan.argv);
		plan_clear(&plan);
	}
	tunnel_wake(t);
}

/* ---- what it says ---- */

static void
on_line(struct run *run, const char *line, size_t len)
{
	struct tunnel *t = run->state;
	struct buf text = BUF_INIT;
	if (!t)
		return;
	int64_t before = t->version;
	plain_words(&text, line, len < TUNNEL_LINE_MAX ? len : TUNNEL_LINE_MAX);
	if (text.len) {
		tunnel_keep_line(t, text.data, text.len);
		if (!t->restarting) /* what it says is of an order that is over */
			t->kind->line(t, text.data);
	}
	if (t->version != before)
		tunnel_save_with_run(t, run);
	if (t->cause_final)
		tunnel_wake(t);
	buf_free(&text);
}

static void
on_complaint(void *arg, const char *line, size_t len)
{
	on_line(arg, line, len);
}

static const struct line_handler complaints = {on_complaint, on_complaint};

/* The beginning of a line that has not ended is in the ring no more. */
static void
remember(struct run *run, const struct buf *part)
{
	struct buf b = BUF_INIT;
	json_begin(&b, '{');
	json_key(&b, "part"), json_string_n(&b, part->data ? part->data : "", part->len);
	json_end(&b, '}');
	run_remember(run, buf_take(&b));
}

static void
on_words(struct run *run, const char *bytes, size_t len)
{
	struct tunnel *t = run->state;
	if (!t)
		return;
	bool had = t->complaints.text.len > 0;
	line_reader_feed(&t->complaints, bytes, len, &complaints, run);
	if (had || t->complaints.text.len)
		remember(run, &t->complaints.text);
}

/* ---- beginning and end ---- */

static void
attach(struct run *run)
{
	struct json_object *options = json_tokener_parse(run->row.options_json);
	struct tunnel *t =
		tunnels_find(run->app->tunnels, json_member_text(options, "tunnel"));
	json_object_put(options);
	run->deleting = true; /* when it has ended */
	if (!t || t->run || !session_is_live(run->row.status))
		return;
	t->run = run;
	run->state = t;
	line_reader_free(&t->complaints);
	t->complaints.most = TUNNEL_LINE_MAX;
	if (!run->row.private_json)
		return;
	options = json_tokener_parse(run->row.private_json);
	const char *part = json_member_text(options, "part");
	if (part)
		buf_str(&t->complaints.text, part);
	json_object_put(options);
}

static void
detach(struct run *run)
{
	struct tunnel *t = run->state;
	if (t && t->run == run)
		t->run = NULL;
}

/* Why it could not be started, in words that say what to do. */
static char *
start_problem(const struct run *run, const struct tunnel *t)
{
	const char *text = run->row.error_text ? run->row.error_text : "";
	if (strstr(text, "does not exist"))
		return xasprintf("There is no program %s. %s", program_of(t),
			t->kind->install);
	return xstrdup(text);
}

static void
on_ended(struct run *run, const struct shim_exit *exit)
{
	struct tunnel *t = run->state;
	const char *code = run->row.error_code;
	if (!t)
		return;
	line_reader_end(&t->complaints, &complaints, run);
	t->run = NULL;
	run->state = NULL;
	if (!exit && code && strcmp(code, "session.command") == 0) {
		char *text = start_problem(run, t);
		tunnel_ended(t, NULL, "tunnel.program", text);
		free(text);
	} else {
		tunnel_ended(t, exit, NULL, NULL);
	}
	tunnel_save_with_run(t, run);
}

const struct adapter adapter_tunnel = {
	.kind = "tunnel",
	.title = "Tunnel",
	.mode = SHIM_MODE_PIPES,
	.plan = make_plan,
	.attach = attach,
	.detach = detach,
	.started = on_started,
	.line_max = TUNNEL_LINE_MAX,
	.line = on_line,
	.too_long = on_line,
	.words = on_words,
	.ended = on_ended,
};
