/* The table of jobs, and their command lines; see job.h. */
#include "config.h"

#include "lib/json_read.h"
#include "lib/path.h"
#include "runner/job.h"

#include <json-c/json.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void
add(struct buf *words, const char *word)
{
	buf_add(words, word, strlen(word) + 1);
}

/* "--name=value", so that no value can be taken for a flag. */
static void
add_option(struct buf *words, const char *name, const char *value)
{
	if (value)
		buf_printf(words, "%s=%s", name, value), buf_char(words, '\0');
}

static void
add_truth(struct buf *words, const char *flag, struct json_object *options,
	const char *key)
{
	if (json_member_truth(options, key))
		add(words, flag);
}

static void
add_text(struct buf *words, struct json_object *options, const char *key)
{
	const char *text = json_member_text(options, key);
	if (text)
		add(words, text);
}

/* What only a program reads. */
static void
begin(struct buf *words, const char *verb, bool person)
{
	add(words, verb);
	if (!person)
		add(words, "--progress");
}

static void
clone_command(struct json_object *options, bool person, struct buf *words)
{
	int64_t depth = json_member_int(options, "depth", 0);
	begin(words, "clone", person);
	add_option(words, "--branch", json_member_text(options, "branch"));
	if (depth > 0)
		buf_printf(words, "--depth=%lld", (long long)depth),
			buf_char(words, '\0');
	add(words, "--");
	add_text(words, options, "url");
	add_text(words, options, "path");
}

static void
fetch_command(struct json_object *options, bool person, struct buf *words)
{
	begin(words, "fetch", person);
	add_truth(words, "--prune", options, "prune");
	add_truth(words, "--tags", options, "tags");
	add_truth(words, "--all", options, "all");
	add(words, "--");
	add_text(words, options, "remote");
}

static void
pull_command(struct json_object *options, bool person, struct buf *words)
{
	begin(words, "pull", person);
	add_truth(words, "--ff-only", options, "ff_only");
	if (json_member(options, "rebase"))
		add(words,
			json_member_truth(options, "rebase") ? "--rebase"
							     : "--no-rebase");
	add(words, "--no-edit");
	add(words, "--");
	add_text(words, options, "remote");
	add_text(words, options, "branch");
}

static void
add_refspec(struct buf *words, struct json_object *options)
{
	const char *branch = json_member_text(options, "branch");
	const char *to = json_member_text(options, "to");
	if (!branch)
		return;
	if (json_member_truth(options, "delete"))
		buf_printf(words, "refs/heads/%s", branch);
	else
		buf_printf(words, "refs/heads/%s:refs/heads/%s", branch,
			to ? to : branch);
	buf_char(words, '\0');
}

static void
push_command(struct json_object *options, bool person, struct buf *words)
{
	begin(words, "push", person);
	if (!person)
		add(words, "--porcelain");
	add_truth(words, "--set-upstream", options, "upstream");
	add_truth(words, "--force-with-lease", options, "force");
	add_truth(words, "--tags", options, "tags");
	add_truth(words, "--delete", options, "delete");
	add(words, "--");
	add_text(words, options, "remote");
	add_refspec(words, options);
}

/* Through dispatch-job, which is told where it may be and what is ours. */
static void
copy_command(struct json_object *options, bool person, struct buf *words)
{
	(void)person;
	add(words, "copy");
	add_option(words, "--dir", json_member_text(options, "dir"));
	add_option(words, "--root", json_member_text(options, "root"));
	add_option(words, "--workspace", json_member_text(options, "workspace"));
	add_truth(words, "--replace", options, "replace");
	add(words, "--");
	add_text(words, options, "from");
	add_text(words, options, "path");
}

/* ---- why it failed ---- */

static void
git_problem(const char **words, char code[40])
{
	snprintf(code, 40, "%s", job_words_problem(*words));
}

/* Programs of ours say their code first. */
static void
own_problem(const char **words, char code[40])
{
	size_t n = strcspn(*words, " \n");
	bool coded = n > 0 && n < 40 && memchr(*words, '.', n) && (*words)[n] == ' ';
	snprintf(code, 40, "%.*s", coded ? (int)n : 10, coded ? *words : "job.failed");
	*words += coded ? n + 1 : 0;
}

static const char git[] = "git", own[] = "dispatch-job";

static const struct job_kind kinds[] = {
	{"clone", git, clone_command, NULL, git_problem},
	{"fetch", git, fetch_command, job_words_fetched, git_problem},
	{"pull", git, pull_command, job_words_fetched, git_problem},
	{"push", git, push_command, job_words_pushed, git_problem},
	{"copy", own, copy_command, NULL, own_problem},
};

const struct job_kind *
job_kind_find(const char *op)
{
	for (size_t i = 0; op && i < sizeof kinds / sizeof *kinds; i++)
		if (strcmp(kinds[i].op, op) == 0)
			return &kinds[i];
	return NULL;
}

bool
job_is_ours(const struct job_kind *kind)
{
	return kind->program == own;
}

char *
job_program(const struct job_kind *kind)
{
	return job_is_ours(kind) ? path_program(kind->program) : xstrdup(kind->program);
}

char **
job_argv(const struct job_kind *kind, struct json_object *options, bool person)
{
	struct buf words = BUF_INIT;
	size_t count = 0;
	char **argv;
	add(&words, kind->program);
	kind->command(options, person, &words);
	for (size_t i = 0; i < words.len; i++)
		count += words.data[i] == '\0';
	argv = xcalloc(count + 1, sizeof *argv);
	const char *at = words.data;
	for (size_t i = 0; i < count; i++, at += strlen(at) + 1)
		argv[i] = xstrdup(at);
	buf_free(&words);
	return argv;
}
