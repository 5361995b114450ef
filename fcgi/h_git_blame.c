/* Who wrote which line. */
#include "config.h"

#include "fcgi/child.h"
#include "fcgi/git_blame.h"
#include "fcgi/git_records.h"
#include "fcgi/h_git.h"
#include "lib/json.h"
#include "lib/path_text.h"

#include <stdlib.h>
#include <string.h>

enum { LINES = 2000, LINES_MAX = 5000 };

struct range {
	int64_t from, to;
};

static struct range
range_of(const struct value *v)
{
	int64_t from = v[BLAME_FROM].given ? v[BLAME_FROM].number : 1;
	int64_t to = v[BLAME_TO].given ? v[BLAME_TO].number : from + LINES - 1;
	if (to > from + LINES_MAX - 1)
		to = from + LINES_MAX - 1;
	return (struct range){from, to > from ? to : from};
}

static void
put_blame(struct buf *b, const char *path, const struct git_blame *blame,
	struct range range)
{
	int64_t whole = range.to - range.from + 1;
	json_begin(b, '{');
	json_key(b, "path");
	path_text_json(b, path);
	json_key(b, "commits"), json_begin(b, '{');
	buf_add(b, blame->commits.data, blame->commits.len);
	json_end(b, '}');
	json_key(b, "items"), json_begin(b, '[');
	buf_add(b, blame->items.data, blame->items.len);
	json_end(b, ']');
	json_key(b, "next");
	if (blame->lines == whole)
		json_int(b, range.to + 1);
	else
		json_null(b);
	json_end(b, '}');
}

/* A file that has no line there has nothing to tell. */
static bool
is_beyond(const struct call *c)
{
	const struct buf *extra = &c->response->extra;
	return extra->len && strstr(extra->data, " has only ");
}

static int
answer(struct git *g, const char *path, const char *rev, struct err *e)
{
	struct range range = range_of(g->c->values);
	struct git_blame blame = {0};
	struct git_records records = {.record = git_blame_record,
		.arg = &blame,
		.end = '\n'};
	struct words words = WORDS_INIT;
	WORDS_ADD(&words, "blame", "--porcelain", "--no-textconv", "--encoding=UTF-8");
	words_format(&words, "-L%lld,%lld", (long long)range.from, (long long)range.to);
	if (rev)
		words_add(&words, rev);
	WORDS_ADD(&words, "--", path);
	const struct git_ask ask = {.words = &words,
		.take = git_records_take,
		.arg = &records};
	int status = git_run(g, &ask, e);
	if (status >= 0 && blame.broken)
		status = err_set(e, 500, "git.failed",
			"Git said something that is not understood.");
	if (status < 0 && is_beyond(g->c)) {
		buf_clear(&g->c->response->extra);
		status = 0;
	}
	if (status == 0)
		put_blame(&g->c->response->body, path, &blame, range);
	words_free(&words);
	git_records_free(&records);
	git_blame_free(&blame);
	return status < 0 ? -1 : 0;
}

int
h_git_blame(struct call *c, struct err *e)
{
	const struct value *v = c->values;
	struct git g;
	char *path = h_git_path(&v[BLAME_PATH], "path", e), *rev = NULL;
	if (!path)
		return -1;
	int result = git_open(&g, c, e);
	if (result == 0 && v[BLAME_REV].given &&
		!(rev = git_commit(&g, v[BLAME_REV].text, "rev", e)))
		result = -1;
	if (result == 0)
		result = answer(&g, path, rev, e);
	free(rev);
	free(path);
	git_close(&g);
	return result;
}
