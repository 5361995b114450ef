/*
 * What the next commit will hold: staging, unstaging, and discarding changes, by file or
 * by line. Lines are named by the diff that was shown; it is made again, and only when it
 * is still the same is a patch of the chosen lines made from it.
 */
#include "config.h"

#include "fcgi/git_compare.h"
#include "fcgi/git_discard.h"
#include "fcgi/git_hunks.h"
#include "fcgi/git_patch.h"
#include "fcgi/h_git.h"
#include "lib/crypt.h"
#include "lib/json_read.h"
#include "lib/path_text.h"

#include <json-c/json.h>

#include <stdlib.h>
#include <string.h>

enum { CONTEXT = 3 };

/* How lines are moved, and files. */
struct move {
	enum git_side side;
	bool cached, reverse;
	const char *const *files; /* words before the paths on standard input */
	const char *const *all;   /* words for everything */
};

static const char *const add_files[] = {"add", "-A", NULL};
static const char *const add_all[] = {"add", "-A", "--", ".", NULL};
static const char *const reset_files[] = {"reset", "-q", NULL};
static const char *const reset_all[] = {"reset", "-q", "--", ".", NULL};
static const char *const restore_files[] = {"restore", "--worktree", NULL};
static const char *const restore_all[] = {"restore", "--worktree", "--", ".", NULL};

static const struct move stage = {GIT_UNSTAGED, true, false, add_files, add_all};
static const struct move unstage = {GIT_STAGED, true, true, reset_files, reset_all};
static const struct move discard = {GIT_UNSTAGED, false, true, restore_files,
	restore_all};

/* ---- by line ---- */

static int
changed(struct err *e)
{
	return err_set(e, 409, "git.changed",
		"The file has changed since it was shown; look at it again.");
}

/* Sets chosen[] from a list of numbers of lines, or of hunks. */
static int
choose(const struct git_hunks *hunks, struct json_object *list, bool whole, bool *chosen,
	struct err *e)
{
	size_t most = whole ? hunks->hunk_count : hunks->line_count;
	const char *field = whole ? "hunks" : "lines";
	for (size_t i = 0; i < json_length(list); i++) {
		struct json_object *item = json_object_array_get_idx(list, i);
		int64_t id = json_object_get_int64(item);
		if (!json_object_is_type(item, json_type_int) || id < 0 ||
			(uint64_t)id >= most)
			return err_field(e, field, "There is no such number.");
		size_t first = whole ? hunks->hunks[id].first : (size_t)id;
		size_t count = whole ? hunks->hunks[id].count : 1;
		for (size_t line = first; line < first + count; line++)
			chosen[line] = hunks->lines[line].kind != ' ';
	}
	return 0;
}

static int
apply(struct git *g, const struct move *move, const struct buf *patch, int context,
	struct err *e)
{
	struct words words = WORDS_INIT;
	WORDS_ADD(&words, "apply", "--whitespace=nowarn");
	if (move->cached)
		words_add(&words, "--cached");
	if (move->reverse)
		words_add(&words, "--reverse");
	if (context == 0)
		words_add(&words, "--unidiff-zero");
	words_add(&words, "-");
	int result = git_act_with(g, &words, patch, e);
	words_free(&words);
	return result;
}

static int
move_chosen(struct git *g, const struct move *move, const struct git_hunks *hunks,
	const char *path, struct err *e)
{
	const struct value *v = g->c->values;
	bool *chosen = xcalloc(hunks->line_count + 1, sizeof *chosen);
	struct buf patch = BUF_INIT;
	char *whole = xasprintf("%s%s", g->prefix, path);
	int context = v[STAGE_CONTEXT].given ? (int)v[STAGE_CONTEXT].number : CONTEXT;
	int result = choose(hunks, v[STAGE_LINES].json, false, chosen, e);
	if (result == 0)
		result = choose(hunks, v[STAGE_HUNKS].json, true, chosen, e);
	if (result == 0)
		git_patch_make(&patch, hunks, chosen, whole, move->reverse);
	if (result == 0 && patch.len == 0)
		result = err_field(e, "lines", "No changed line is chosen.");
	if (result == 0)
		result = apply(g, move, &patch, context, e);
	buf_free(&patch);
	free(whole);
	free(chosen);
	return result;
}

/* The patch must be what was shown. */
static int
move_lines_of(struct git *g, const struct move *move, const struct git_compare *compare,
	const struct git_diff_file *file, struct err *e)
{
	struct buf patch = BUF_INIT;
	struct git_hunks hunks = {0};
	char base[SHA256_TEXT_SIZE];
	int result = git_compare_patch(g, compare, file, &patch, e);
	crypt_sha256_text(patch.data ? patch.data : "", patch.len, base);
	if (result == 0 && strcmp(base, g->c->values[STAGE_BASE].text) != 0)
		result = changed(e);
	if (result == 0 &&
		(!git_hunks_parse(&hunks, patch.data, patch.len) ||
			hunks.hunk_count == 0))
		result = err_field(e, "path", "This file has no lines to choose from.");
	if (result == 0)
		result = move_chosen(g, move, &hunks, file->path, e);
	git_hunks_free(&hunks);
	buf_free(&patch);
	return result;
}

static int
move_lines(struct git *g, const struct move *move, const char *path, const char *old_path,
	struct err *e)
{
	const struct value *v = g->c->values;
	struct git_compare compare = {.side = move->side,
		.context =
			v[STAGE_CONTEXT].given ? (int)v[STAGE_CONTEXT].number : CONTEXT};
	const struct git_diff_file *file = NULL;
	struct git_diff diff;
	git_diff_begin(&diff, 2);
	int result = git_compare_files(g, &compare, path, old_path, &diff, e);
	for (size_t i = 0; result == 0 && i < diff.count; i++)
		if (strcmp(diff.files[i].path, path) == 0)
			file = &diff.files[i];
	if (result == 0 && !file)
		result = changed(e);
	else if (result == 0 && strcmp(file->status, "conflict") == 0)
		result = err_set(e, 409, "git.conflict",
			"Resolve the conflict in this file first.");
	else if (result == 0 && !move->cached && strcmp(file->status, "untracked") == 0)
		result = err_field(e, "path",
			"Git does not know this file; it can only be discarded whole.");
	if (result == 0)
		result = move_lines_of(g, move, &compare, file, e);
	git_diff_free(&diff);
	return result;
}

static int
by_line(struct git *g, const struct move *move, struct err *e)
{
	const struct value *v = g->c->values;
	if (!v[STAGE_BASE].given)
		return err_field(e, "base", "Which diff was shown?");
	if (!v[STAGE_LINES].given && !v[STAGE_HUNKS].given)
		return err_field(e, "lines", "Which lines?");
	char *path = h_git_path(&v[STAGE_PATH], "path", e);
	char *old_path = path ? h_git_path(&v[STAGE_OLD_PATH], "old_path", e) : NULL;
	int result =
		old_path ? move_lines(g, move, path, *old_path ? old_path : NULL, e) : -1;
	free(old_path);
	free(path);
	return result;
}

/* ---- by file ---- */

static int
by_file(struct git *g, const struct move *move, const struct buf *paths, struct err *e)
{
	struct words words = WORDS_INIT;
	words_each(&words, move->files);
	WORDS_ADD(&words, "--pathspec-from-file=-", "--pathspec-file-nul");
	int result = git_act_with(g, &words, paths, e);
	words_free(&words);
	return result;
}

static int
everything(struct git *g, const struct move *move, struct err *e)
{
	struct words words = WORDS_INIT;
	words_each(&words, move->all);
	int result = git_act(g, &words, e);
	words_free(&words);
	return result;
}

static int
move_paths(struct git *g, const struct move *move, struct err *e)
{
	struct buf paths = BUF_INIT;
	int result = h_git_paths(g->c->values[STAGE_PATHS].json, "paths", &paths, e);
	if (result > 0)
		result = move == &discard ? git_discard_paths(g, &paths, e)
					  : by_file(g, move, &paths, e);
	buf_free(&paths);
	return result;
}

static int
handle(struct call *c, const struct move *move, struct err *e)
{
	const struct value *v = c->values;
	struct git g;
	int result = git_open(&g, c, e);
	if (result == 0 && v[STAGE_PATHS].given)
		result = move_paths(&g, move, e);
	else if (result == 0 && h_git_truth(&v[STAGE_ALL]))
		result = everything(&g, move, e);
	else if (result == 0 && v[STAGE_PATH].given)
		result = by_line(&g, move, e);
	else if (result == 0)
		result = err_field(e, "paths", "Which files?");
	git_close(&g);
	return result;
}

int
h_git_stage(struct call *c, struct err *e)
{
	return handle(c, &stage, e);
}

int
h_git_unstage(struct call *c, struct err *e)
{
	return handle(c, &unstage, e);
}

int
h_git_discard(struct call *c, struct err *e)
{
	return handle(c, &discard, e);
}
