/* See git_status.h; the format is in git-status(1), "Porcelain Format Version 2". */
#include "config.h"

#include "fcgi/git_status.h"

#include "fcgi/git_text.h"
#include "lib/json.h"

#include <string.h>

void
git_status_begin(struct git_status *s, const char *prefix, int64_t limit)
{
	*s = (struct git_status){.prefix = prefix,
		.limit = limit,
		.ahead = -1,
		.behind = -1};
}

/* ---- the branch ---- */

static void
keep(struct buf *to, const struct git_text *t)
{
	buf_clear(to);
	buf_add(to, t->at, t->left);
}

static bool
take_header(struct git_status *s, struct git_text t)
{
	int64_t n;
	if (git_text_skip(&t, "branch.oid ")) {
		if (git_text_is_hash(&t))
			keep(&s->commit, &t);
	} else if (git_text_skip(&t, "branch.head ")) {
		if (!git_text_is(&t, "(detached)"))
			keep(&s->branch, &t);
	} else if (git_text_skip(&t, "branch.upstream ")) {
		keep(&s->upstream, &t);
	} else if (git_text_skip(&t, "branch.ab +")) {
		if (git_text_number(&t, &n) && git_text_skip(&t, " -"))
			s->ahead = n, s->behind = git_text_number(&t, &n) ? n : 0;
	} else if (git_text_skip(&t, "stash ")) {
		s->stash = git_text_number(&t, &n) ? n : 0;
	}
	return true; /* there may be others in time to come */
}

static void
put_name(struct buf *b, const char *key, const struct buf *name)
{
	const struct git_text t = {name->data, name->len};
	if (name->len) {
		git_text_put_name(b, key, &t);
		return;
	}
	json_key(b, key), json_null(b);
}

void
git_status_end(struct git_status *s)
{
	struct buf *b = &s->head;
	json_key(b, "head"), json_begin(b, '{');
	put_name(b, "commit", &s->commit);
	put_name(b, "branch", &s->branch);
	put_name(b, "upstream", &s->upstream);
	json_maybe(b, "ahead", s->ahead, -1);
	json_maybe(b, "behind", s->behind, -1);
	json_end(b, '}');
	if (s->renamed.len)
		s->broken = true;
}

/* ---- files ---- */

static const char *
change_name(char letter)
{
	static const struct {
		char letter;
		const char *name;
	} names[] = {{'M', "modified"}, {'A', "added"}, {'D', "deleted"},
		{'R', "renamed"}, {'C', "copied"}, {'T', "type"}};
	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		if (names[i].letter == letter)
			return names[i].name;
	return NULL;
}

static const char *
conflict_name(const char *letters)
{
	static const struct {
		const char *letters, *name;
	} names[] = {{"UU", "both-modified"}, {"AA", "both-added"},
		{"DD", "both-deleted"}, {"AU", "added-by-us"}, {"UA", "added-by-them"},
		{"DU", "deleted-by-us"}, {"UD", "deleted-by-them"}};
	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		if (memcmp(names[i].letters, letters, 2) == 0)
			return names[i].name;
	return NULL;
}

/* What one item says. */
struct item {
	struct git_text path;
	const char *staged, *unstaged, *conflict;
	struct git_text mode;
	bool submodule;
};

static void
put_word(struct buf *b, const char *key, const char *word)
{
	json_key(b, key), json_string(b, word);
}

/* The path beneath the workspace; what lies outside of it is not told. */
static bool
put_path(const struct git_status *s, struct buf *b, const char *key, struct git_text path)
{
	if (!git_text_skip(&path, s->prefix) || path.left == 0)
		return false;
	git_text_put_name(b, key, &path);
	return true;
}

static bool
put_item(struct git_status *s, const struct item *item, struct buf *b)
{
	struct git_text path = item->path;
	bool directory = path.left && path.at[path.left - 1] == '/';
	json_begin(b, '{');
	path.left -= directory;
	if (!put_path(s, b, "path", path))
		return false;
	put_word(b, "staged", item->staged);
	put_word(b, "unstaged", item->unstaged);
	put_word(b, "conflict", item->conflict);
	if (directory)
		json_key(b, "directory"), json_truth(b, true);
	if (item->submodule)
		json_key(b, "submodule"), json_truth(b, true);
	if (item->mode.left)
		git_text_put(b, "mode", &item->mode);
	return true;
}

static void
add_item(struct git_status *s, const struct buf *item)
{
	buf_str(&s->items, s->items.len ? "," : "");
	buf_add(&s->items, item->data, item->len);
	s->item_count++;
}

/* Ends the item; one that was renamed waits for the record with its old path. */
static void
end_item(struct git_status *s, struct buf *b, bool renamed)
{
	if (renamed) {
		buf_free(&s->renamed);
		s->renamed = *b;
		*b = BUF_INIT;
		return;
	}
	json_end(b, '}');
	add_item(s, b);
}

static void
tell(struct git_status *s, const struct item *item, bool renamed)
{
	struct buf b = BUF_INIT;
	s->staged += item->staged != NULL;
	s->unstaged += item->unstaged && strcmp(item->unstaged, "untracked") != 0 &&
		strcmp(item->unstaged, "ignored") != 0;
	s->untracked += item->unstaged && strcmp(item->unstaged, "untracked") == 0;
	s->conflicts += item->conflict != NULL;
	bool fits = s->item_count < s->limit;
	s->truncated = s->truncated || !fits;
	if (fits && put_item(s, item, &b))
		end_item(s, &b, renamed);
	else if (renamed)
		buf_char(&s->renamed, '-'); /* its old path comes, and is not told */
	buf_free(&b);
}

/* The old path of the item before. */
static bool
take_old_path(struct git_status *s, struct git_text path)
{
	struct buf b = s->renamed;
	s->renamed = BUF_INIT;
	if (b.len > 1) {
		put_path(s, &b, "old_path", path);
		json_end(&b, '}');
		add_item(s, &b);
	}
	buf_free(&b);
	return true;
}

/* Takes as many words as there are places, each ended by a blank. */
static bool
take_words(struct git_text *t, struct git_text *words, int count)
{
	for (int i = 0; i < count; i++)
		if (!git_text_until(t, ' ', &words[i]) || words[i].left == 0)
			return false;
	return t->left > 0;
}

enum { XY, SUB, MODE_HEAD, MODE_INDEX, MODE_TREE, HASH_HEAD, HASH_INDEX, SCORE };

static bool
take_changed(struct git_status *s, struct git_text t, bool renamed)
{
	struct git_text words[SCORE + 1];
	if (!take_words(&t, words, renamed ? SCORE + 1 : SCORE) || words[XY].left != 2)
		return false;
	const struct item item = {
		.path = t,
		.staged = change_name(words[XY].at[0]),
		.unstaged = change_name(words[XY].at[1]),
		.mode = words[MODE_TREE],
		.submodule = *words[SUB].at == 'S',
	};
	tell(s, &item, renamed);
	return true;
}

static bool
take_conflict(struct git_status *s, struct git_text t)
{
	struct git_text words[9]; /* XY, sub, four modes, three hashes */
	if (!take_words(&t, words, 9) || words[XY].left != 2)
		return false;
	const struct item item = {
		.path = t,
		.conflict = conflict_name(words[XY].at),
		.mode = words[5],
		.submodule = *words[SUB].at == 'S',
	};
	tell(s, &item, false);
	return item.conflict != NULL;
}

static bool
take_record(struct git_status *s, struct git_text t)
{
	const struct item untracked = {.path = {t.at + 2, t.left > 2 ? t.left - 2 : 0},
		.unstaged = "untracked"};
	struct item ignored = untracked;
	ignored.unstaged = "ignored";
	if (s->renamed.len)
		return take_old_path(s, t);
	if (git_text_skip(&t, "# "))
		return take_header(s, t);
	if (git_text_skip(&t, "1 "))
		return take_changed(s, t, false);
	if (git_text_skip(&t, "2 "))
		return take_changed(s, t, true);
	if (git_text_skip(&t, "u "))
		return take_conflict(s, t);
	if (git_text_skip(&t, "? "))
		tell(s, &untracked, false);
	else if (git_text_skip(&t, "! "))
		tell(s, &ignored, false);
	else
		return false;
	return true;
}

bool
git_status_record(void *arg, const char *text, size_t len)
{
	struct git_status *s = arg;
	if (!take_record(s, GIT_TEXT(text, len)))
		s->broken = true;
	return !s->broken;
}

void
git_status_free(struct git_status *s)
{
	struct buf *bufs[] = {&s->head, &s->items, &s->commit, &s->branch, &s->upstream,
		&s->renamed};
	for (size_t i = 0; i < sizeof bufs / sizeof *bufs; i++)
		buf_free(bufs[i]);
}
