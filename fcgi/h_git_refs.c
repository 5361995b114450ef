/* Lists of what a repository has: branches, stashes, remotes. */
#include "config.h"

#include "fcgi/child.h"
#include "fcgi/git_records.h"
#include "fcgi/git_refs.h"
#include "fcgi/git_text.h"
#include "fcgi/h_git.h"
#include "lib/json.h"
#include "lib/path_text.h"
#include "lib/plain_words.h"

#include <stdlib.h>
#include <string.h>

enum { BRANCHES_MAX = 2000, STASHES_MAX = 1000, REMOTES_MAX = 200 };

/* Reads rows; having enough of them is no error. */
static int
read_rows(struct git *g, const struct words *words, struct git_rows *rows, struct err *e)
{
	struct git_records records = {.record = git_rows_record, .arg = rows};
	const struct git_ask ask = {.words = words,
		.maybe = true,
		.take = git_records_take,
		.arg = &records};
	int status = git_run(g, &ask, e);
	git_records_free(&records);
	git_rows_free(rows);
	return status < 0 ? -1 : 0;
}

static void
end_list(struct buf *b, bool truncated)
{
	json_end(b, ']');
	json_key(b, "truncated"), json_truth(b, truncated);
	json_key(b, "next"), json_null(b);
	json_end(b, '}');
}

/* ---- branches ---- */

static int
put_current(struct git *g, struct buf *b, struct err *e)
{
	struct words words = WORDS_INIT;
	struct buf out = BUF_INIT;
	WORDS_ADD(&words, "symbolic-ref", "--quiet", "HEAD");
	int status = git_read_maybe(g, &words, GIT_TEXT_MAX, &out, e);
	struct git_text t = GIT_TEXT(out.data, out.len);
	if (status == 0 && git_text_skip(&t, "refs/heads/") && t.left > 1) {
		t.left--;
		git_text_put_name(b, "current", &t);
	} else {
		json_key(b, "current"), json_null(b);
	}
	words_free(&words);
	buf_free(&out);
	return status < 0 ? -1 : 0;
}

static void
add_patterns(int kind, struct words *words)
{
	static const char *const patterns[][3] = {
		{"refs/heads/", "refs/remotes/", NULL},
		{"refs/heads/", NULL},
		{"refs/remotes/", NULL},
		{"refs/tags/", NULL},
	};
	words_each(words, patterns[kind]);
}

static int
put_branches(struct git *g, struct err *e)
{
	const struct value *kind = &g->c->values[BRANCHES_KIND];
	struct buf *b = &g->c->response->body;
	struct words words = WORDS_INIT;
	struct git_rows rows = {.fields = GIT_BRANCH_FIELDS,
		.limit = BRANCHES_MAX,
		.row = git_branch_row,
		.arg = b};
	json_begin(b, '{');
	if (put_current(g, b, e) != 0)
		return -1;
	WORDS_ADD(&words, "for-each-ref", GIT_BRANCH_FORMAT);
	words_format(&words, "--count=%d", BRANCHES_MAX + 1);
	add_patterns(kind->given ? (int)kind->number : 0, &words);
	json_key(b, "items"), json_begin(b, '[');
	int result = read_rows(g, &words, &rows, e);
	end_list(b, rows.truncated);
	words_free(&words);
	return result;
}

int
h_git_branches(struct call *c, struct err *e)
{
	struct git g;
	int result = git_open(&g, c, e) == 0 ? put_branches(&g, e) : -1;
	git_close(&g);
	return result;
}

/* ---- stashes ---- */

int
h_git_stash_list(struct call *c, struct err *e)
{
	struct git g;
	struct buf *b = &c->response->body;
	struct words words = WORDS_INIT;
	struct git_stashes stashes = {b, 0};
	struct git_rows rows = {.fields = GIT_STASH_FIELDS,
		.limit = STASHES_MAX,
		.row = git_stash_row,
		.arg = &stashes};
	int result = git_open(&g, c, e);
	if (result == 0) {
		WORDS_ADD(&words, "stash", "list", "-z", GIT_STASH_FORMAT,
			"--encoding=UTF-8");
		json_begin(b, '{');
		json_key(b, "items"), json_begin(b, '[');
		result = read_rows(&g, &words, &rows, e);
		end_list(b, rows.truncated);
	}
	words_free(&words);
	git_close(&g);
	return result;
}

/* ---- remotes ---- */

struct remote {
	char *name, *url, *push_url;
};

struct remotes {
	struct remote list[REMOTES_MAX];
	size_t count;
	bool truncated;
};

static struct remote *
remote_of(struct remotes *remotes, const struct git_text *name)
{
	for (size_t i = 0; i < remotes->count; i++)
		if (git_text_is(name, remotes->list[i].name))
			return &remotes->list[i];
	if (remotes->count == REMOTES_MAX) {
		remotes->truncated = true;
		return NULL;
	}
	struct remote *remote = &remotes->list[remotes->count++];
	*remote = (struct remote){.name = xstrndup(name->at, name->left)};
	return remote;
}

/* "remote.<name>.url\n<value>" */
static bool
take_remote(void *arg, const char *text, size_t len)
{
	struct remotes *remotes = arg;
	struct git_text t = GIT_TEXT(text, len), name;
	if (!git_text_skip(&t, "remote.") || !git_text_until(&t, '\n', &name))
		return true;
	bool push = name.left > 8 && memcmp(name.at + name.left - 8, ".pushurl", 8) == 0;
	name.left -= push ? 8 : 4;
	struct remote *remote = remote_of(remotes, &name);
	char **url = !remote ? NULL : push ? &remote->push_url : &remote->url;
	struct buf plain = BUF_INIT;
	if (url && !*url) { /* the first one is asked */
		plain_words(&plain, t.at, t.left);
		*url = buf_take(&plain);
	}
	return true;
}

static void
put_remote(struct buf *b, struct remote *remote)
{
	const char *push = remote->push_url ? remote->push_url : remote->url;
	json_begin(b, '{');
	json_key(b, "name");
	path_text_json(b, remote->name);
	json_key(b, "url"), json_string(b, remote->url);
	json_key(b, "push_url"), json_string(b, push);
	json_end(b, '}');
	free(remote->name);
	free(remote->url);
	free(remote->push_url);
}

int
h_git_remotes(struct call *c, struct err *e)
{
	struct git g;
	struct buf *b = &c->response->body;
	struct remotes *remotes = xcalloc(1, sizeof *remotes);
	struct git_records records = {.record = take_remote, .arg = remotes};
	struct words words = WORDS_INIT;
	int result = git_open(&g, c, e);
	if (result == 0) {
		WORDS_ADD(&words, "config", "-z", "--get-regexp",
			"^remote\\..*\\.(url|pushurl)$");
		const struct git_ask ask = {.words = &words,
			.maybe = true,
			.take = git_records_take,
			.arg = &records};
		result = git_run(&g, &ask, e) < 0 ? -1 : 0;
	}
	json_begin(b, '{');
	json_key(b, "items"), json_begin(b, '[');
	for (size_t i = 0; i < remotes->count; i++)
		put_remote(b, &remotes->list[i]);
	end_list(b, remotes->truncated);
	words_free(&words);
	git_records_free(&records);
	git_close(&g);
	free(remotes);
	return result;
}
