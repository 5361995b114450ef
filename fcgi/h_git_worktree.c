/* Work trees: further directories of the same repository, each with a branch of its own.
 * One becomes a workspace when it is made. */
#include "config.h"

#include "fcgi/git_records.h"
#include "fcgi/git_refs.h"
#include "fcgi/h_git.h"
#include "fcgi/h_workspaces.h"
#include "fcgi/workspace_dir.h"
#include "lib/json.h"
#include "lib/path.h"
#include "lib/path_text.h"
#include "lib/store/session.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* ---- the list ---- */

struct list {
	struct git *g;
	struct buf *b;
};

static void
put_text(struct buf *b, const char *key, const char *text)
{
	json_key(b, key);
	if (text)
		path_text_json(b, text);
	else
		json_null(b);
}

static void
put_worktree(void *arg, const struct git_worktree *w, int index)
{
	struct list *list = arg;
	struct buf *b = list->b;
	const struct call *c = list->g->c;
	const char *slash = strrchr(w->path, '/');
	struct workspace workspace = {0};
	bool known = workspace_at(c->state, c->auth.user, w->path, &workspace, NULL) > 0;
	json_begin(b, '{');
	put_text(b, "path", w->path);
	put_text(b, "name", slash ? slash + 1 : w->path);
	put_text(b, "commit", w->commit);
	put_text(b, "branch", w->branch);
	json_key(b, "main"), json_truth(b, index == 0);
	json_key(b, "current"), json_truth(b, strcmp(w->path, list->g->root) == 0);
	json_key(b, "bare"), json_truth(b, w->bare);
	put_text(b, "locked", w->locked);
	put_text(b, "prunable", w->prunable);
	json_key(b, "workspace"), json_string(b, known ? workspace.id : NULL);
	json_end(b, '}');
	workspace_clear(&workspace);
}

static int
each_worktree(struct git *g, struct git_worktrees *worktrees, struct err *e)
{
	struct git_records records = {.record = git_worktree_record, .arg = worktrees};
	struct words words = WORDS_INIT;
	WORDS_ADD(&words, "worktree", "list", "--porcelain", "-z");
	const struct git_ask ask = {.words = &words,
		.take = git_records_take,
		.arg = &records};
	int status = git_run(g, &ask, e);
	words_free(&words);
	git_records_free(&records);
	git_worktrees_free(worktrees);
	return status == 0 ? 0 : -1;
}

int
h_git_worktrees(struct call *c, struct err *e)
{
	struct git g;
	struct buf *b = &c->response->body;
	struct list list = {&g, b};
	struct git_worktrees worktrees = {.each = put_worktree, .arg = &list};
	int result = git_open(&g, c, e);
	response_list_begin(c->response);
	if (result == 0)
		result = each_worktree(&g, &worktrees, e);
	response_list_end(c->response);
	git_close(&g);
	return result;
}

/* ---- adding and removing ---- */

enum { ADD, REMOVE, PRUNE };

/*
 * The path that a person names, as bytes and with its parent's links resolved, which must
 * lie beneath a root. The caller frees; NULL: error.
 */
static char *
directory(const struct call *c, const struct value *v, struct err *e)
{
	char *named = v->given ? path_text_bytes(v->text, v->len) : NULL, *path = NULL;
	if (named && (*named == '/' || strncmp(named, "~/", 2) == 0)) {
		char *whole = path_expand(named);
		for (size_t n = strlen(whole); n > 1 && whole[n - 1] == '/'; n--)
			whole[n - 1] = '\0';
		char *slash = strrchr(whole, '/');
		char *above =
			xstrndup(whole, slash == whole ? 1 : (size_t)(slash - whole));
		char *parent = workspace_dir_resolve(&c->app->conf, above, false, e);
		if (parent)
			path = xasprintf("%s/%s", parent[1] ? parent : "", slash + 1);
		free(parent);
		free(above);
		free(whole);
	} else {
		err_field(e, "path", "A directory begins with / or ~/.");
	}
	free(named);
	return path;
}

/* What is checked out there: an existing branch, a new one, or a commit without one. */
static int
add_words(struct git *g, const char *path, struct words *words, struct err *e)
{
	const struct value *v = g->c->values;
	const struct value *name = v[WORKTREE_NEW_BRANCH].given ? &v[WORKTREE_NEW_BRANCH]
								: &v[WORKTREE_BRANCH];
	const struct value *start =
		v[WORKTREE_COMMIT].given ? &v[WORKTREE_COMMIT] : &v[WORKTREE_START];
	char *branch = NULL, *commit = NULL;
	if (name->given && !(branch = h_git_name(name->text, "branch", e)))
		return -1;
	if (start->given && !(commit = git_commit(g, start->text, "commit", e))) {
		free(branch);
		return -1;
	}
	WORDS_ADD(words, "worktree", "add", "--quiet");
	if (v[WORKTREE_NEW_BRANCH].given)
		WORDS_ADD(words, "--no-track", "-b", branch);
	else if (!branch)
		words_add(words, "--detach");
	WORDS_ADD(words, "--", path);
	if (v[WORKTREE_NEW_BRANCH].given || !branch)
		words_add(words, commit ? commit : "HEAD");
	else
		words_add(words, branch);
	free(branch);
	free(commit);
	return 0;
}

/* It becomes a workspace, unless that is not wanted. */
static int
put_added(struct git *g, const char *path, struct err *e)
{
	const struct value *wanted = &g->c->values[WORKTREE_WORKSPACE];
	struct buf *b = &g->c->response->body;
	struct workspace w = {0};
	int result = 0;
	json_begin(b, '{');
	put_text(b, "path", path);
	json_key(b, "workspace");
	if (wanted->given && !wanted->number)
		json_null(b);
	else if (workspace_add(g->c, path, NULL, &w, e) < 0)
		result = -1;
	else
		result = workspace_put(g->c, &w, e);
	json_end(b, '}');
	workspace_clear(&w);
	return result;
}

static int
add(struct git *g, const char *path, struct err *e)
{
	struct words words = WORDS_INIT;
	int result = access(path, F_OK) == 0
		? err_set(e, 409, "file.exists",
			  "There is something at this place already.")
		: add_words(g, path, &words, e);
	if (result == 0)
		result = git_act(g, &words, e);
	words_free(&words);
	g->c->response->status = 201;
	return result == 0 ? put_added(g, path, e) : -1;
}

/* Nobody's program may lose the ground under its feet. */
static int
check_idle(struct call *c, const struct workspace *w, struct err *e)
{
	struct session_counts counts = {0};
	if (session_count_in(c->events, c->auth.user, w->id, &counts, e) != 0)
		return -1;
	return counts.running == 0
		? 0
		: err_set(e, 409, "workspace.busy",
			  "%lld sessions run in this workspace; end them first.",
			  (long long)counts.running);
}

static int
remove_it(struct git *g, const char *path, struct err *e)
{
	struct call *c = g->c;
	struct words words = WORDS_INIT;
	struct workspace w = {0};
	int known = workspace_at(c->state, c->auth.user, path, &w, e);
	int result = known > 0 ? check_idle(c, &w, e) : known;
	WORDS_ADD(&words, "worktree", "remove");
	if (h_git_truth(&c->values[WORKTREE_FORCE]))
		words_add(&words, "--force");
	WORDS_ADD(&words, "--", path);
	if (result == 0)
		result = git_act(g, &words, e);
	if (result == 0 && known > 0)
		result = workspace_archive(c, &w, e);
	words_free(&words);
	workspace_clear(&w);
	return result;
}

static int
prune(struct git *g, struct err *e)
{
	struct words words = WORDS_INIT;
	WORDS_ADD(&words, "worktree", "prune");
	int result = git_act(g, &words, e);
	words_free(&words);
	return result;
}

int
h_git_worktree(struct call *c, struct err *e)
{
	const struct value *v = c->values;
	int64_t op = v[WORKTREE_OP].number;
	struct git g;
	int result = git_open(&g, c, e);
	char *path =
		result == 0 && op != PRUNE ? directory(c, &v[WORKTREE_PATH], e) : NULL;
	if (result == 0 && op == PRUNE)
		result = prune(&g, e);
	else if (path)
		result = op == ADD ? add(&g, path, e) : remove_it(&g, path, e);
	else
		result = -1;
	free(path);
	git_close(&g);
	return result;
}
