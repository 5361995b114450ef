/* How files differ, as a list and line by line. */
#include "config.h"

#include "fcgi/git_compare.h"
#include "fcgi/git_hunks.h"
#include "fcgi/h_git.h"
#include "lib/crypt.h"
#include "lib/json.h"

#include <stdlib.h>
#include <string.h>

enum { LIMIT = 1000, CONTEXT = 3, HUNKS_MAX = 100 /* files in one answer */ };

/* Of one file: "base" and "hunks". */
static int
put_hunks(struct git *g, const struct git_compare *compare,
	const struct git_diff_file *file, struct err *e)
{
	struct buf *b = &g->c->response->body, patch = BUF_INIT;
	struct git_hunks hunks = {0};
	char base[SHA256_TEXT_SIZE];
	bool stageable = compare->side <= GIT_STAGED && !compare->no_whitespace &&
		strcmp(file->status, "conflict") != 0;
	int result = git_compare_patch(g, compare, file, &patch, e);
	if (result == 0 && !git_hunks_parse(&hunks, patch.data, patch.len))
		result = err_set(e, 500, "git.failed",
			"Git said something that is not understood.");
	if (result == 0) {
		crypt_sha256_text(patch.data ? patch.data : "", patch.len, base);
		json_key(b, "base"), json_string(b, stageable ? base : NULL);
		git_hunks_put(b, &hunks);
	}
	git_hunks_free(&hunks);
	buf_free(&patch);
	return result;
}

static int
put_files(struct git *g, const struct git_compare *compare, const struct git_diff *diff,
	bool hunks, struct err *e)
{
	struct buf *b = &g->c->response->body;
	json_key(b, "items"), json_begin(b, '[');
	for (size_t i = 0; i < diff->count; i++) {
		json_begin(b, '{');
		git_diff_put(b, &diff->files[i]);
		if (hunks && i < HUNKS_MAX) {
			if (put_hunks(g, compare, &diff->files[i], e) != 0)
				return -1;
		} else {
			json_key(b, "base"), json_null(b);
		}
		json_end(b, '}');
	}
	json_end(b, ']');
	json_key(b, "truncated"), json_truth(b, diff->truncated);
	json_key(b, "next"), json_null(b);
	return 0;
}

/* Which states are compared. */
static int
take_sides(struct git *g, struct git_compare *compare, struct err *e)
{
	const struct value *v = g->c->values;
	bool range = compare->side == GIT_RANGE, commit = compare->side == GIT_COMMIT;
	if (range && !v[DIFF_FROM].given)
		return err_field(e, "from", "A range needs two revisions.");
	if ((range || commit) && !v[DIFF_TO].given)
		return err_field(e, "to", "Which commit?");
	if (!range && !commit)
		return 0;
	if (!(compare->to = git_commit(g, v[DIFF_TO].text, "to", e)))
		return -1;
	if (commit && !v[DIFF_FROM].given)
		return git_compare_parent(g, compare, e);
	compare->from = git_commit(g, v[DIFF_FROM].text, "from", e);
	return compare->from ? 0 : -1;
}

static int
answer(struct git *g, struct git_compare *compare, const char *path, const char *old_path,
	struct err *e)
{
	static const char *const sides[] = {"unstaged", "staged", "commit", "range"};
	const struct value *v = g->c->values;
	struct buf *b = &g->c->response->body;
	struct git_diff diff;
	bool hunks = v[DIFF_HUNKS].given ? v[DIFF_HUNKS].number : *path != '\0';
	git_diff_begin(&diff, v[DIFF_LIMIT].given ? (size_t)v[DIFF_LIMIT].number : LIMIT);
	int result = git_compare_files(g, compare, path, old_path, &diff, e);
	json_begin(b, '{');
	json_key(b, "side"), json_string(b, sides[compare->side]);
	json_key(b, "from"), json_string(b, compare->from);
	json_key(b, "to"), json_string(b, compare->to);
	if (result == 0)
		result = put_files(g, compare, &diff, hunks, e);
	json_end(b, '}');
	git_diff_free(&diff);
	return result;
}

int
h_git_diff(struct call *c, struct err *e)
{
	const struct value *v = c->values;
	struct git g;
	struct git_compare compare = {
		.side = v[DIFF_SIDE].given ? (enum git_side)v[DIFF_SIDE].number
					   : GIT_UNSTAGED,
		.context = v[DIFF_CONTEXT].given ? (int)v[DIFF_CONTEXT].number : CONTEXT,
		.no_whitespace = h_git_truth(&v[DIFF_WHITESPACE]),
	};
	char *path = h_git_path(&v[DIFF_PATH], "path", e);
	char *old_path = path ? h_git_path(&v[DIFF_OLD_PATH], "old_path", e) : NULL;
	int result =
		old_path && git_open(&g, c, e) == 0 ? take_sides(&g, &compare, e) : -1;
	if (result == 0)
		result = answer(&g, &compare, path, *old_path ? old_path : NULL, e);
	if (old_path)
		git_close(&g);
	free(compare.from);
	free(compare.to);
	free(old_path);
	free(path);
	return result;
}
