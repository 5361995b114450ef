/* See git_compare.h. */
#include "config.h"

#include "fcgi/git_compare.h"

#include "fcgi/child.h"
#include "fcgi/git_records.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Trees without entries, by the length of hashes. */
static const char empty_sha1[] = "4b825dc642cb6eb9a060e54bf8d69288fbee4904";
static const char empty_sha256[] =
	"6ef19b41225c5369f1c104d45d8d85efa9b057b53b14b4b9b939dd74decc5321";

/* Nothing of the repository's own is run, and nothing of anybody's settings shows. */
static void
begin(struct words *words)
{
	WORDS_ADD(words, "diff", "--no-ext-diff", "--no-textconv", "--no-color",
		"--no-relative", "-O/dev/null", "--ignore-submodules=dirty",
		"--submodule=short", "--src-prefix=a/", "--dst-prefix=b/", "-M");
}

static void
add_side(const struct git_compare *compare, struct words *words)
{
	if (compare->side == GIT_STAGED)
		words_add(words, "--cached");
	if (compare->from && compare->to)
		WORDS_ADD(words, compare->from, compare->to);
}

static void
add_paths(struct words *words, const char *path, const char *old_path)
{
	WORDS_ADD(words, "--", path && *path ? path : ".");
	if (old_path)
		words_add(words, old_path);
}

int
git_compare_parent(struct git *g, struct git_compare *compare, struct err *e)
{
	char *name = xasprintf("%s^1", compare->to);
	int rc = git_resolve(g, name, &compare->from, e);
	free(name);
	if (rc == 0)
		compare->from =
			xstrdup(strlen(compare->to) == 40 ? empty_sha1 : empty_sha256);
	return rc < 0 ? -1 : 0;
}

/* ---- files ---- */

static int
run_files(struct git *g, const struct words *words, struct git_diff *diff, struct err *e)
{
	struct git_records records = {.record = git_diff_record, .arg = diff};
	const struct git_ask ask = {.words = words,
		.maybe = true, /* where there is a difference outside of git */
		.take = git_records_take,
		.arg = &records};
	int status = git_run(g, &ask, e);
	git_records_free(&records);
	git_diff_end(diff);
	if (status < 0)
		return -1;
	return diff->broken ? err_set(e, 500, "git.failed",
				      "Git said something that is not understood.")
			    : 0;
}

/* Whether git does not know the file: then it lists it, alone. */
static int
is_untracked(struct git *g, const char *path, struct err *e)
{
	struct words words = WORDS_INIT;
	struct buf out = BUF_INIT;
	WORDS_ADD(&words, "ls-files", "-z", "--others", "--", path);
	int status = git_read(g, &words, GIT_TEXT_MAX, &out, e);
	bool is = status == 0 && out.len == strlen(path) + 1 &&
		memcmp(out.data, path, out.len) == 0;
	words_free(&words);
	buf_free(&out);
	return status == 0 ? is : -1;
}

/* "./" before it: "-" would be standard input. */
static void
add_unknown(struct words *words, const char *path)
{
	WORDS_ADD(words, "--no-index", "--", "/dev/null");
	words_format(words, "./%s", path);
}

static int
add_untracked(struct git *g, const char *path, struct git_diff *diff, struct err *e)
{
	struct words words = WORDS_INIT;
	int rc = is_untracked(g, path, e);
	if (rc <= 0)
		return rc;
	size_t limit = diff->limit;
	git_diff_free(diff);
	git_diff_begin(diff, limit);
	begin(&words);
	WORDS_ADD(&words, "--raw", "--numstat", "-z", "--no-abbrev");
	add_unknown(&words, path);
	rc = run_files(g, &words, diff, e);
	words_free(&words);
	if (rc == 0 && diff->count == 1) {
		free(diff->files->path);
		free(diff->files->old_path);
		diff->files->path = xstrdup(path);
		diff->files->old_path = NULL;
		diff->files->status = "untracked";
		diff->files->similarity = -1;
	}
	return rc;
}

int
git_compare_files(struct git *g, const struct git_compare *compare, const char *path,
	const char *old_path, struct git_diff *diff, struct err *e)
{
	struct words words = WORDS_INIT;
	begin(&words);
	/* Names from the workspace on, and nothing of what lies outside. */
	WORDS_ADD(&words, "--raw", "--numstat", "-z", "--no-abbrev", "--relative");
	if (compare->no_whitespace)
		words_add(&words, "-w");
	add_side(compare, &words);
	add_paths(&words, path, old_path);
	int result = run_files(g, &words, diff, e);
	words_free(&words);
	if (result == 0 && diff->count == 0 && compare->side == GIT_UNSTAGED && path &&
		*path)
		result = add_untracked(g, path, diff, e);
	return result;
}

/* ---- one file ---- */

int
git_compare_patch(struct git *g, const struct git_compare *compare,
	const struct git_diff_file *file, struct buf *patch, struct err *e)
{
	struct words words = WORDS_INIT;
	begin(&words);
	WORDS_ADD(&words, "-p", "--full-index");
	words_format(&words, "-U%d", compare->context);
	if (compare->no_whitespace)
		words_add(&words, "-w");
	if (strcmp(file->status, "untracked") == 0) {
		add_unknown(&words, file->path);
	} else {
		if (compare->side == GIT_UNSTAGED)
			words_add(&words, "-2"); /* of a conflict, what is ours */
		add_side(compare, &words);
		add_paths(&words, file->path, file->old_path);
	}
	int status = git_read_maybe(g, &words, GIT_TEXT_MAX, patch, e);
	words_free(&words);
	return status < 0 ? -1 : 0;
}
