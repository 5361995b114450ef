/* Merging, going on with what stopped at a conflict, and resolving that. */
#include "config.h"

#include "fcgi/git_operation.h"
#include "fcgi/h_git.h"
#include "lib/json.h"
#include "lib/path_text.h"

#include <stdlib.h>
#include <string.h>

enum { START, ABORT, CONTINUE, SKIP };
enum { PATHS_TOLD = 1000 };

/* The paths of conflicts, as "paths" of the error. */
static void
tell_conflicts(struct git *g)
{
	struct words words = WORDS_INIT;
	struct buf out = BUF_INIT, *b = &g->c->response->extra;
	size_t told = 0;
	WORDS_ADD(&words, "diff", "--name-only", "-z", "--diff-filter=U", "--relative",
		"--no-ext-diff", "--ignore-submodules=dirty");
	if (git_read(g, &words, GIT_TEXT_MAX, &out, NULL) == 0 && out.len) {
		json_key(b, "paths"), json_begin(b, '[');
		for (size_t at = 0; at < out.len && told < PATHS_TOLD; told++) {
			path_text_json(b, out.data + at);
			at += strlen(out.data + at) + 1;
		}
		json_end(b, ']');
	}
	buf_free(&out);
	words_free(&words);
}

static int
start_words(struct git *g, struct words *words, struct err *e)
{
	static const char *const ff[] = {"--ff-only", "--no-ff"};
	const struct value *v = g->c->values;
	if (!v[MERGE_REV].given)
		return err_field(e, "rev", "Merge what?");
	char *commit = git_commit(g, v[MERGE_REV].text, "rev", e);
	if (!commit)
		return -1;
	free(commit); /* its name makes the better message */
	char *name = path_text_bytes(v[MERGE_REV].text, v[MERGE_REV].len);
	WORDS_ADD(words, "merge", "--no-edit");
	if (v[MERGE_FF].given)
		words_add(words, ff[v[MERGE_FF].number]);
	if (v[MERGE_MESSAGE].given)
		words_format(words, "--message=%s", v[MERGE_MESSAGE].text);
	WORDS_ADD(words, "--", name);
	free(name);
	return 0;
}

static int
step_words(struct git *g, struct words *words, struct err *e)
{
	static const char *const flags[] =
		{[ABORT] = "--abort", [CONTINUE] = "--continue", [SKIP] = "--skip"};
	int64_t op = g->c->values[MERGE_OP].number;
	const char *kind = git_operation_kind(g, e);
	if (!kind && e->status)
		return -1;
	if (!kind || strcmp(kind, "bisect") == 0)
		return err_set(e, 409, "git.no_operation",
			"Nothing is under way here that could be ended or continued.");
	if (op == SKIP && strcmp(kind, "merge") == 0)
		return err_field(e, "op", "A merge has nothing to skip.");
	WORDS_ADD(words, kind, flags[op]);
	return 0;
}

int
h_git_merge(struct call *c, struct err *e)
{
	struct git g;
	struct words words = WORDS_INIT;
	int result = git_open(&g, c, e);
	if (result == 0)
		result = c->values[MERGE_OP].number == START ? start_words(&g, &words, e)
							     : step_words(&g, &words, e);
	if (result == 0)
		result = git_act(&g, &words, e);
	if (result != 0 && strcmp(e->code, "git.conflict") == 0)
		tell_conflicts(&g);
	words_free(&words);
	git_close(&g);
	return result;
}

/* ---- resolving ---- */

enum { OURS, THEIRS, WORK_TREE, DELETED };

static int
run_on(struct git *g, const struct buf *paths, const char *const *verb, struct err *e)
{
	struct words words = WORDS_INIT;
	words_each(&words, verb);
	WORDS_ADD(&words, "--pathspec-from-file=-", "--pathspec-file-nul");
	int result = git_act_with(g, &words, paths, e);
	words_free(&words);
	return result;
}

static int
resolve(struct git *g, const struct buf *paths, struct err *e)
{
	static const char *const ours[] = {"checkout", "--quiet", "--ours", NULL};
	static const char *const theirs[] = {"checkout", "--quiet", "--theirs", NULL};
	static const char *const add[] = {"add", "-A", NULL};
	static const char *const remove[] = {"rm", "--quiet", "--force", NULL};
	int64_t with = g->c->values[RESOLVE_WITH].number;
	if (with == DELETED)
		return run_on(g, paths, remove, e);
	if (with != WORK_TREE && run_on(g, paths, with == OURS ? ours : theirs, e) != 0)
		return -1;
	return run_on(g, paths, add, e);
}

int
h_git_resolve(struct call *c, struct err *e)
{
	struct git g;
	struct buf paths = BUF_INIT;
	int result = git_open(&g, c, e);
	if (result == 0 &&
		h_git_paths(c->values[RESOLVE_PATHS].json, "paths", &paths, e) < 0)
		result = -1;
	if (result == 0)
		result = resolve(&g, &paths, e);
	buf_free(&paths);
	git_close(&g);
	return result;
}
