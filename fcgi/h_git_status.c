/* What has changed in a work tree. */
#include "config.h"

#include "fcgi/child.h"
#include "fcgi/git_operation.h"
#include "fcgi/git_records.h"
#include "fcgi/git_status.h"
#include "fcgi/h_git.h"
#include "lib/json.h"
#include "lib/path_text.h"

enum { LIMIT = 5000 };

static void
put_path(struct buf *b, const char *key, const char *path)
{
	json_key(b, key);
	path_text_json(b, path);
}

static void
put_counts(struct buf *b, const struct git_status *s)
{
	const struct {
		const char *key;
		int64_t count;
	} counts[] = {{"staged", s->staged}, {"unstaged", s->unstaged},
		{"untracked", s->untracked}, {"conflicts", s->conflicts}};
	json_key(b, "counts"), json_begin(b, '{');
	for (size_t i = 0; i < sizeof counts / sizeof *counts; i++)
		json_key(b, counts[i].key), json_int(b, counts[i].count);
	json_end(b, '}');
}

/* The directory of the workspace alone, without the slash at its end. */
static void
put_prefix(struct buf *b, const struct git *g)
{
	struct buf prefix = BUF_INIT;
	buf_str(&prefix, g->prefix);
	if (prefix.len)
		prefix.data[--prefix.len] = '\0';
	put_path(b, "prefix", prefix.len ? prefix.data : "");
	buf_free(&prefix);
}

static int
put_status(struct git *g, const struct git_status *s, struct err *e)
{
	struct buf *b = &g->c->response->body;
	json_begin(b, '{');
	put_path(b, "root", g->root);
	put_prefix(b, g);
	buf_char(b, ',');
	buf_add(b, s->head.data, s->head.len);
	if (git_operation_put(g, b, e) != 0)
		return -1;
	json_key(b, "stash"), json_int(b, s->stash);
	put_counts(b, s);
	json_key(b, "items"), json_begin(b, '[');
	buf_add(b, s->items.data, s->items.len);
	json_end(b, ']');
	json_key(b, "truncated"), json_truth(b, s->truncated);
	json_key(b, "next"), json_null(b);
	json_end(b, '}');
	return 0;
}

static void
status_words(const struct value *v, struct words *words)
{
	bool untracked = !v[STATUS_UNTRACKED].given || v[STATUS_UNTRACKED].number;
	WORDS_ADD(words, "status", "--porcelain=v2", "-z", "--branch", "--show-stash",
		"--find-renames", "--ignore-submodules=dirty");
	words_format(words, "--untracked-files=%s", untracked ? "normal" : "no");
	words_format(words, "--ignored=%s",
		h_git_truth(&v[STATUS_IGNORED]) ? "traditional" : "no");
	WORDS_ADD(words, "--", ".");
}

int
h_git_status(struct call *c, struct err *e)
{
	const struct value *v = c->values;
	struct git g;
	struct git_status status = {0};
	struct git_records records = {.record = git_status_record, .arg = &status};
	struct words words = WORDS_INIT;
	int result = git_open(&g, c, e);
	if (result == 0) {
		git_status_begin(&status, g.prefix,
			v[STATUS_LIMIT].given ? v[STATUS_LIMIT].number : LIMIT);
		status_words(v, &words);
		const struct git_ask ask = {.words = &words,
			.take = git_records_take,
			.arg = &records};
		int rc = git_run(&g, &ask, e);
		git_status_end(&status);
		if (rc == CHILD_ENOUGH || (rc >= 0 && status.broken))
			rc = err_set(e, 500, "git.failed",
				"Git said something that is not understood.");
		result = rc == 0 ? put_status(&g, &status, e) : -1;
	}
	words_free(&words);
	git_records_free(&records);
	git_status_free(&status);
	git_close(&g);
	return result;
}
