/* Putting changes aside, and getting them back. */
#include "config.h"

#include "fcgi/h_git.h"

#include <stdlib.h>
#include <string.h>

enum { PUSH, POP, APPLY, DROP };

/* As names, not as patterns. */
static int
add_paths(struct json_object *list, struct buf *paths, struct err *e)
{
	struct buf names = BUF_INIT;
	int count = h_git_paths(list, "paths", &names, e);
	for (size_t at = 0; count > 0 && at < names.len;) {
		const char *name = names.data + at;
		buf_printf(paths, ":(literal)%s", name);
		buf_char(paths, '\0');
		at += strlen(name) + 1;
	}
	buf_free(&names);
	return count > 0 ? 0 : -1;
}

static int
push_words(const struct value *v, struct words *words, struct buf *paths, struct err *e)
{
	static const struct {
		int param;
		const char *flag;
	} flags[] = {{STASH_UNTRACKED, "--include-untracked"},
		{STASH_KEEP_INDEX, "--keep-index"}, {STASH_STAGED, "--staged"}};
	WORDS_ADD(words, "stash", "push", "--quiet");
	for (size_t i = 0; i < sizeof flags / sizeof *flags; i++)
		if (h_git_truth(&v[flags[i].param]))
			words_add(words, flags[i].flag);
	if (v[STASH_MESSAGE].given)
		words_format(words, "--message=%s", v[STASH_MESSAGE].text);
	if (!v[STASH_PATHS].given)
		return 0;
	WORDS_ADD(words, "--pathspec-from-file=-", "--pathspec-file-nul");
	return add_paths(v[STASH_PATHS].json, paths, e);
}

/* The stash must still be the one that was listed at this place. */
static int
check_commit(struct git *g, struct err *e)
{
	const struct value *v = g->c->values;
	char *name, *commit = NULL;
	if (!v[STASH_INDEX].given || !v[STASH_COMMIT].given)
		return err_field(e, "index", "Which one, and what is its commit?");
	name = xasprintf("stash@{%lld}", (long long)v[STASH_INDEX].number);
	int rc = git_resolve(g, name, &commit, e);
	free(name);
	bool same = rc > 0 && strcmp(commit, v[STASH_COMMIT].text) == 0;
	free(commit);
	if (rc < 0)
		return -1;
	return same ? 0
		    : err_set(e, 409, "git.changed",
			      "The list of stashes has changed; look at it again.");
}

static int
take_words(struct git *g, struct words *words, struct err *e)
{
	static const char *const verbs[] =
		{[POP] = "pop", [APPLY] = "apply", [DROP] = "drop"};
	const struct value *v = g->c->values;
	if (check_commit(g, e) != 0)
		return -1;
	WORDS_ADD(words, "stash", verbs[v[STASH_OP].number], "--quiet");
	if (h_git_truth(&v[STASH_RESTORE_INDEX]) && v[STASH_OP].number != DROP)
		words_add(words, "--index");
	words_format(words, "stash@{%lld}", (long long)v[STASH_INDEX].number);
	return 0;
}

int
h_git_stash(struct call *c, struct err *e)
{
	const struct value *v = c->values;
	struct git g;
	struct words words = WORDS_INIT;
	struct buf paths = BUF_INIT;
	int result = git_open(&g, c, e);
	if (result == 0)
		result = v[STASH_OP].number == PUSH ? push_words(v, &words, &paths, e)
						    : take_words(&g, &words, e);
	if (result == 0)
		result = git_act_with(&g, &words, &paths, e);
	buf_free(&paths);
	words_free(&words);
	git_close(&g);
	return result;
}
