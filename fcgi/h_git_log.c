/* History, and one commit of it. */
#include "config.h"

#include "fcgi/git_commits.h"
#include "fcgi/git_compare.h"
#include "fcgi/git_graph.h"
#include "fcgi/git_text.h"
#include "fcgi/h_git.h"
#include "lib/json.h"

#include <stdlib.h>
#include <string.h>

enum { LIMIT = 100, FILES_MAX = 1000 };

/* Where a page begins: "<commits before it>~<tip>~<lanes>"; the tip is empty for all. */
struct page {
	int64_t skip;
	char *tip; /* NULL: of all references */
	struct git_graph graph;
};

static int
take_page(struct page *page, const struct value *after, struct err *e)
{
	struct git_text t = GIT_TEXT(after->text, after->len), tip;
	if (!git_text_number(&t, &page->skip) || !git_text_skip(&t, "~") ||
		!git_text_until(&t, '~', &tip) || (tip.left && !git_text_is_hash(&tip)) ||
		!git_graph_load(&page->graph, t.at))
		return err_field(e, "after", "This is no place to go on from.");
	page->tip = tip.left ? xstrndup(tip.at, tip.left) : NULL;
	return 0;
}

/* 1: there is history; 0: there is none yet. */
static int
find_page(struct git *g, struct page *page, struct err *e)
{
	const struct value *v = g->c->values;
	if (v[LOG_AFTER].given)
		return take_page(page, &v[LOG_AFTER], e) == 0 ? 1 : -1;
	if (h_git_truth(&v[LOG_ALL]))
		return 1;
	if (v[LOG_REV].given)
		page->tip = git_commit(g, v[LOG_REV].text, "rev", e);
	else if (git_head(g, &page->tip, e) == 0 && !page->tip)
		return 0;
	return page->tip ? 1 : -1;
}

/* Only whole history is drawn. */
static bool
is_drawn(const struct value *v)
{
	return !v[LOG_PATH].given && !v[LOG_SEARCH].given && !v[LOG_AUTHOR].given;
}

static void
log_words(const struct value *v, const struct page *page, const char *path, size_t limit,
	struct words *words)
{
	if (is_drawn(v))
		words_add(words, "--topo-order");
	words_format(words, "--skip=%lld", (long long)page->skip);
	words_format(words, "--max-count=%zu", limit + 1);
	if (v[LOG_SEARCH].given)
		WORDS_ADD(words, "--fixed-strings", "--regexp-ignore-case"),
			words_format(words, "--grep=%s", v[LOG_SEARCH].text);
	if (v[LOG_AUTHOR].given)
		words_format(words, "--author=%s", v[LOG_AUTHOR].text);
	if (page->tip)
		words_add(words, page->tip);
	else
		WORDS_ADD(words, "--exclude=refs/stash", "--all");
	words_add(words, "--");
	if (*path)
		words_add(words, path);
}

static void
put_commit(struct buf *b, struct page *page, const struct git_log *log, size_t i,
	bool drawn)
{
	char *const *f = log->commits[i].fields;
	json_begin(b, '{');
	git_log_put(b, &log->commits[i]);
	if (drawn) {
		const char *next = i + 1 < log->count
			? log->commits[i + 1].fields[GIT_LOG_COMMIT]
			: NULL;
		json_key(b, "graph");
		git_graph_row(&page->graph, f[GIT_LOG_COMMIT], f[GIT_LOG_PARENTS], next,
			b);
	}
	json_end(b, '}');
}

static void
put_next(struct buf *b, const struct page *page, size_t shown)
{
	struct buf next = BUF_INIT;
	buf_printf(&next, "%lld~%s~", (long long)page->skip + (long long)shown,
		page->tip ? page->tip : "");
	git_graph_save(&page->graph, &next);
	json_string(b, next.data);
	buf_free(&next);
}

static void
put_log(struct buf *b, struct page *page, const struct git_log *log, size_t limit,
	bool drawn)
{
	size_t shown = log->count < limit ? log->count : limit;
	json_begin(b, '{');
	json_key(b, "items"), json_begin(b, '[');
	for (size_t i = 0; i < shown; i++)
		put_commit(b, page, log, i, drawn);
	json_end(b, ']');
	json_key(b, "next");
	if (log->count > limit)
		put_next(b, page, shown);
	else
		json_null(b);
	json_end(b, '}');
}

static int
answer(struct git *g, const char *path, struct err *e)
{
	const struct value *v = g->c->values;
	size_t limit = v[LOG_LIMIT].given ? (size_t)v[LOG_LIMIT].number : LIMIT;
	struct page page = {0};
	struct git_log log;
	struct words words = WORDS_INIT;
	git_log_begin(&log, limit + 1);
	int rc = find_page(g, &page, e);
	if (rc > 0) {
		log_words(v, &page, path, limit, &words);
		rc = git_commits_read(g, &words, &log, e);
	}
	if (rc == 0)
		put_log(&g->c->response->body, &page, &log, limit, is_drawn(v));
	words_free(&words);
	git_log_free(&log);
	free(page.tip);
	return rc;
}

int
h_git_log(struct call *c, struct err *e)
{
	struct git g;
	char *path = h_git_path(&c->values[LOG_PATH], "path", e);
	if (!path)
		return -1;
	int result = git_open(&g, c, e) == 0 ? answer(&g, path, e) : -1;
	git_close(&g);
	free(path);
	return result;
}

/* ---- one commit ---- */

static int
put_files(struct git *g, const char *commit, struct err *e)
{
	struct git_compare compare = {.side = GIT_COMMIT, .to = xstrdup(commit)};
	struct buf *b = &g->c->response->body;
	struct git_diff diff;
	git_diff_begin(&diff, FILES_MAX);
	int result = git_compare_parent(g, &compare, e);
	if (result == 0)
		result = git_compare_files(g, &compare, NULL, NULL, &diff, e);
	json_key(b, "files"), json_begin(b, '[');
	for (size_t i = 0; i < diff.count; i++) {
		json_begin(b, '{');
		git_diff_put(b, &diff.files[i]);
		json_key(b, "base"), json_null(b);
		json_end(b, '}');
	}
	json_end(b, ']');
	json_key(b, "truncated"), json_truth(b, diff.truncated);
	git_diff_free(&diff);
	free(compare.from);
	free(compare.to);
	return result;
}

int
h_git_show(struct call *c, struct err *e)
{
	struct git g;
	struct buf *b = &c->response->body;
	int result = git_open(&g, c, e);
	char *commit =
		result == 0 ? git_commit(&g, c->values[SHOW_REV].text, "rev", e) : NULL;
	result = commit ? git_commits_put(&g, commit, b, e) : -1;
	if (result == 0) {
		b->data[--b->len] = '\0'; /* the object goes on */
		result = put_files(&g, commit, e);
		json_end(b, '}');
	}
	free(commit);
	git_close(&g);
	return result;
}
