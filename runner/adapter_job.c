/*
 * Jobs: a program with argv that works to an end, on pipes; see job.h. What it says of
 * its progress becomes events, a few a second at most; the rest of its words are recorded
 * as they are, up to a limit; and at the end there is a result or a problem with a stable
 * code. It asks nobody anything: git gets no terminal and no program that could ask for a
 * password, so that it fails at once, and says for what.
 */
#include "config.h"

#include "lib/clock.h"
#include "lib/json.h"
#include "lib/json_read.h"
#include "lib/plain_words.h"
#include "runner/adapter.h"
#include "runner/app.h"
#include "runner/environment.h"
#include "runner/job.h"
#include "runner/run.h"

#include <json-c/json.h>

#include <stdlib.h>
#include <string.h>

/* ---- what to start ---- */

static const struct {
	const char *name, *value;
} quiet[] = {
	{"GIT_TERMINAL_PROMPT", "0"},
	{"GIT_ASKPASS", ""},
	{"SSH_ASKPASS_REQUIRE", "never"},
	{"GCM_INTERACTIVE", "never"},
	{"GIT_EDITOR", ":"},
	{"GIT_SEQUENCE_EDITOR", ":"},
	{"GIT_PROGRESS_DELAY", "0"},
	{"LC_ALL", "C.UTF-8"}, /* its words are read; see job_words.h */
	{"LANGUAGE", ""},
};

static int
make_plan(const struct run *run, struct plan *plan, struct err *e)
{
	const struct job *job = run->state;
	struct environment env = {0};
	*plan = (struct plan){0};
	if (!job->kind)
		return err_set(e, 422, "job.unknown",
			"This version of Dispatch does not know what to do here.");
	char *shell = environment_shell(&run->app->conf);
	const char *ssh = json_member_text(job->options, "ssh");
	environment_person(&env, shell);
	free(shell);
	if (ssh)
		environment_set(&env, "GIT_SSH_COMMAND", ssh);
	int rc = environment_run(&env, run, e);
	for (size_t i = 0; i < sizeof quiet / sizeof *quiet; i++)
		environment_set(&env, quiet[i].name, quiet[i].value);
	plan->env = env.list;
	if (rc != 0) {
		plan_clear(plan);
		return -1;
	}
	plan->argv = job_argv(job->kind, job->options, false);
	plan->file = job_program(job->kind);
	return 0;
}

/* Git runs what repositories bring along; our own program needs our files. */
static const char *
isolation(const struct run *run)
{
	const struct job *job = run->state;
	return job->kind && job_is_ours(job->kind) ? "none"
						   : run->app->conf.session_isolation;
}

/* ---- what it says ---- */

static void
emit(struct run *run, const char *channel, const char *type, struct buf *data)
{
	const struct emission emission = {.channel = channel,
		.type = type,
		.data = buf_take(data)};
	run_emit_line(run, &emission);
}

static void
emit_progress(struct run *run)
{
	const struct job *job = run->state;
	const struct job_progress *p = &job->progress;
	struct buf b = BUF_INIT;
	json_begin(&b, '{');
	json_key(&b, "phase"), json_string(&b, p->phase);
	json_key(&b, "percent");
	if (p->percent < 0)
		json_null(&b);
	else
		json_int(&b, p->percent);
	if (p->done >= 0)
		json_key(&b, "done"), json_int(&b, p->done);
	if (p->of >= 0)
		json_key(&b, "of"), json_int(&b, p->of);
	json_key(&b, "text"), json_string(&b, job->progress_text);
	json_end(&b, '}');
	emit(run, "job:progress", "progress", &b);
}

/* Too many in a second are left out; the end of a phase is told in any case, since there
 * are only so many of those. */
static void
take_progress(struct run *run, const struct job_progress *p, const char *text)
{
	struct job *job = run->state;
	int64_t now = clock_monotonic();
	job->progress = *p;
	free(job->progress_text);
	job->progress_text = xstrdup(text);
	if (!p->finished && job->shown_at && now - job->shown_at < JOB_SHOW_MS)
		return;
	job->shown_at = now;
	emit_progress(run);
	run_preview(run, text, strlen(text));
}

/* Keeps the end of what was said. */
static void
keep_words(struct job *job, const char *text, size_t len)
{
	struct buf *words = &job->words;
	buf_add(words, text, len);
	buf_char(words, '\n');
	if (words->len <= JOB_WORDS_MAX)
		return;
	size_t off = words->len - JOB_WORDS_MAX;
	const char *line = memchr(words->data + off, '\n', words->len - off - 1);
	off = line ? (size_t)(line + 1 - words->data) : off;
	words->len -= off;
	memmove(words->data, words->data + off, words->len + 1);
}

static void
take_reference(struct job *job, const char *text, size_t len)
{
	struct buf b = BUF_INIT;
	const char *flag =
		job->kind->reference ? job->kind->reference(text, len, &b) : NULL;
	if (flag && strcmp(flag, "rejected") == 0)
		job->rejected = true;
	if (flag && job->refs.len + b.len < JOB_REFS_MAX) {
		buf_str(&job->refs, job->refs.len ? "," : "");
		buf_add(&job->refs, b.data, b.len);
	}
	buf_free(&b);
}

static void
emit_output(struct run *run, const char *text, size_t len)
{
	struct job *job = run->state;
	struct buf b = BUF_INIT;
	if (len == 0 || job->output > JOB_OUTPUT_MAX)
		return;
	job->output += (int64_t)len;
	json_begin(&b, '{');
	json_key(&b, "text"), json_string_n(&b, text, len);
	if (job->output > JOB_OUTPUT_MAX)
		json_key(&b, "truncated"), json_truth(&b, true);
	json_end(&b, '}');
	emit(run, "job:output", "output", &b);
}

/* A line of its own words, cleaned; it goes into the output, too. */
static void
take_words(struct run *run, const char *text, size_t len, struct buf *output)
{
	struct job *job = run->state;
	if (len == 0)
		return;
	take_reference(job, text, len);
	keep_words(job, text, len);
	buf_add(output, text, len);
	buf_char(output, '\n');
}

static void
take_line(struct run *run, const char *line, size_t len, struct buf *output)
{
	struct job_progress p;
	struct buf text = BUF_INIT;
	plain_words(&text, line, len);
	if (text.len && job_words_progress(text.data, text.len, &p))
		take_progress(run, &p, text.data);
	else
		take_words(run, text.data, text.len, output);
	buf_free(&text);
}

static void
on_line(struct run *run, const char *text, size_t len)
{
	struct buf output = BUF_INIT;
	take_line(run, text, len, &output);
	emit_output(run, output.data, output.len);
	buf_free(&output);
	job_save(run);
}

static void
on_too_long(struct run *run, const char *text, size_t len)
{
	on_line(run, text, len < JOB_PART_MAX ? len : JOB_PART_MAX);
}

/* What is written again and again into one line ends in a carriage return. */
static void
on_words(struct run *run, const char *bytes, size_t len)
{
	struct job *job = run->state;
	struct buf output = BUF_INIT;
	for (size_t i = 0; i < len; i++) {
		if (bytes[i] != '\r' && bytes[i] != '\n') {
			if (job->part.len < JOB_PART_MAX)
				buf_char(&job->part, bytes[i]);
			continue;
		}
		take_line(run, job->part.data ? job->part.data : "", job->part.len,
			&output);
		buf_clear(&job->part);
	}
	emit_output(run, output.data, output.len);
	buf_free(&output);
	job_save(run);
}

/* ---- how it ended ---- */

static char *
result_json(const struct job *job)
{
	const char *path = json_member_text(job->options, "path");
	struct buf b = BUF_INIT;
	json_begin(&b, '{');
	if (path)
		json_key(&b, "path"), json_string(&b, path);
	if (job->kind && job->kind->reference) {
		json_key(&b, "refs"), json_begin(&b, '[');
		buf_add(&b, job->refs.data, job->refs.len);
		json_end(&b, ']');
	}
	json_end(&b, '}');
	return buf_take(&b);
}

/* What a person can type where they can be asked. */
static void
put_command(struct buf *b, const struct job *job)
{
	char **argv = job_argv(job->kind, job->options, true);
	json_key(b, "command"), json_begin(b, '[');
	for (char **p = argv; *p; p++) {
		json_string(b, *p);
		free(*p);
	}
	json_end(b, ']');
	free(argv);
}

static char *
problem_json(const struct job *job, const char *code, const char *detail)
{
	struct buf b = BUF_INIT;
	size_t len = strlen(detail);
	while (len && detail[len - 1] == '\n')
		len--;
	json_begin(&b, '{');
	json_key(&b, "code"), json_string(&b, code);
	json_key(&b, "detail"), json_string_n(&b, detail, len);
	if (strcmp(code, "git.login") == 0)
		put_command(&b, job);
	json_end(&b, '}');
	return buf_take(&b);
}

static char *
find_problem(const struct run *run, const struct shim_exit *exit)
{
	const struct job *job = run->state;
	const char *words = job->words.len ? job->words.data : NULL;
	if (run->row.status == SESSION_STOPPING)
		return problem_json(job, "job.cancelled", "It was cancelled.");
	if (!exit)
		return problem_json(job, "job.failed",
			run->row.error_text ? run->row.error_text
					    : "How it ended is not known.");
	if (exit->signal)
		return problem_json(job, "job.failed",
			words ? words : "A signal ended it.");
	if (exit->code == 0 && !job->rejected)
		return NULL;
	char code[40];
	if (!words)
		words = "It failed and did not say why.";
	job->kind->problem(&words, code);
	return problem_json(job, code, words);
}

static void
on_ended(struct run *run, const struct shim_exit *exit)
{
	struct job *job = run->state;
	struct buf b = BUF_INIT;
	if (job->part.len)
		on_words(run, "\n", 1);
	free(job->problem);
	free(job->result);
	job->problem = find_problem(run, exit);
	bool told = !job->problem || job->refs.len;
	job->result = told ? result_json(job) : NULL;
	json_begin(&b, '{');
	json_key(&b, "result"), json_raw(&b, job->result);
	json_key(&b, "problem"), json_raw(&b, job->problem);
	json_end(&b, '}');
	emit(run, "job:result", "result", &b);
	job_save(run);
	run_attend(run, job->problem ? "error" : "done");
}

const struct adapter adapter_job = {
	.kind = "job",
	.title = "Job",
	.mode = SHIM_MODE_PIPES,
	.plan = make_plan,
	.isolation = isolation,
	.attach = job_attach,
	.detach = job_detach,
	.started = job_begin,
	.line = on_line,
	.too_long = on_too_long,
	.words = on_words,
	.ended = on_ended,
};
