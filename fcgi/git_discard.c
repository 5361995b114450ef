/* See git_discard.h. */
#include "config.h"

#include "fcgi/git_discard.h"

#include "fcgi/trash.h"

#include <string.h>

/* Which of the paths, or of what lies in them, git does not know: names with a NUL behind
 * each, whole directories with a slash at their end. */
static int
list_unknown(struct git *g, const struct buf *paths, struct buf *unknown, struct err *e)
{
	struct words words = WORDS_INIT;
	WORDS_ADD(&words, "ls-files", "-z", "--others", "--directory", "--");
	for (size_t at = 0; at < paths->len; at += strlen(paths->data + at) + 1)
		words_add(&words, paths->data + at);
	int status = git_read(g, &words, GIT_TEXT_MAX, unknown, e);
	words_free(&words);
	return status == 0 ? 0 : -1;
}

/* Whether the path is listed, as a file or as a whole directory. */
static bool
is_listed(const struct buf *list, const char *path)
{
	size_t len = strlen(path);
	for (size_t at = 0; at < list->len;) {
		const char *name = list->data + at;
		size_t n = strlen(name);
		if (strncmp(name, path, len) == 0 &&
			(n == len || (n == len + 1 && name[len] == '/')))
			return true;
		at += n + 1;
	}
	return false;
}

static int
restore(struct git *g, const struct buf *paths, struct err *e)
{
	struct words words = WORDS_INIT;
	WORDS_ADD(&words, "restore", "--worktree", "--pathspec-from-file=-",
		"--pathspec-file-nul");
	int result = git_act_with(g, &words, paths, e);
	words_free(&words);
	return result;
}

/* To the trash, from where it can be had back. */
static int
put_away(struct git *g, const char *path, struct err *e)
{
	struct call *c = g->c;
	struct beneath b = BENEATH_INIT;
	char id[ID_SIZE];
	int result = beneath_open(&b, g->path, c->app->conf.dir, e);
	if (result == 0)
		result = trash_put(&b, g->workspace, path, c->now, id, e);
	beneath_close(&b);
	return result;
}

int
git_discard_paths(struct git *g, const struct buf *paths, struct err *e)
{
	struct buf unknown = BUF_INIT, known = BUF_INIT;
	int result = list_unknown(g, paths, &unknown, e);
	for (size_t at = 0; result == 0 && at < paths->len;) {
		const char *path = paths->data + at;
		size_t n = strlen(path) + 1;
		if (is_listed(&unknown, path))
			result = put_away(g, path, e);
		else
			buf_add(&known, path, n);
		at += n;
	}
	if (result == 0 && known.len)
		result = restore(g, &known, e);
	buf_free(&unknown);
	buf_free(&known);
	return result;
}
