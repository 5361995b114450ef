/* See git_refs.h. */
#include "config.h"

#include "fcgi/git_refs.h"

#include "fcgi/git_text.h"
#include "lib/json.h"
#include "lib/path_text.h"

#include <stdlib.h>
#include <string.h>

/* ---- rows ---- */

static void
forget(struct git_rows *rows)
{
	for (int i = 0; i < rows->at; i++)
		free(rows->field[i]);
	rows->at = 0;
}

bool
git_rows_record(void *arg, const char *text, size_t len)
{
	struct git_rows *rows = arg;
	if (rows->at == 0 && len && *text == '\n')
		text++, len--;
	if (rows->at == 0 && rows->count == rows->limit) {
		rows->truncated = true;
		return false;
	}
	rows->field[rows->at++] = xstrndup(text, len);
	if (rows->at < rows->fields)
		return true;
	rows->row(rows->arg, rows->field);
	rows->count++;
	forget(rows);
	return true;
}

void
git_rows_free(struct git_rows *rows)
{
	forget(rows);
}

static struct git_text
text_of(const char *text)
{
	return GIT_TEXT(text, strlen(text));
}

static void
put_name(struct buf *b, const char *key, const char *name)
{
	json_key(b, key);
	if (name && *name)
		path_text_json(b, name);
	else
		json_null(b);
}

/* ---- branches ---- */

enum { REF, OBJECT, PEELED, AT, SUBJECT, UPSTREAM, TRACK, WORKTREE, HEAD, SYMREF };

static const struct {
	const char *prefix, *kind;
} kinds[] = {{"refs/heads/", "local"}, {"refs/remotes/", "remote"},
	{"refs/tags/", "tag"}};

/* What people call a reference; *kind says which sort it is. */
static struct git_text
short_name(const char *ref, const char **kind)
{
	struct git_text t = text_of(ref);
	*kind = "other";
	for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
		if (git_text_skip(&t, kinds[i].prefix)) {
			*kind = kinds[i].kind;
			break;
		}
	return t;
}

/* "ahead 1, behind 2", "gone", or nothing where both are the same. */
static void
put_track(struct buf *b, const char *upstream, const char *track)
{
	struct git_text t = text_of(track);
	bool gone = git_text_is(&t, "gone"), known = *upstream && !gone;
	int64_t ahead = 0, behind = 0;
	if (git_text_skip(&t, "ahead "))
		git_text_number(&t, &ahead);
	git_text_skip(&t, ", ");
	if (git_text_skip(&t, "behind "))
		git_text_number(&t, &behind);
	json_key(b, "ahead"), known ? json_int(b, ahead) : json_null(b);
	json_key(b, "behind"), known ? json_int(b, behind) : json_null(b);
	json_key(b, "gone"), json_truth(b, gone);
}

void
git_branch_row(void *arg, char *const *f)
{
	struct buf *b = arg;
	const char *kind, *other;
	struct git_text name = short_name(f[REF], &kind), at = text_of(f[AT]);
	const struct git_text upstream = short_name(f[UPSTREAM], &other);
	int64_t seconds = 0;
	if (*f[SYMREF])
		return; /* such as origin/HEAD */
	git_text_number(&at, &seconds);
	json_begin(b, '{');
	git_text_put_name(b, "name", &name);
	put_name(b, "ref", f[REF]);
	json_key(b, "kind"), json_string(b, kind);
	json_key(b, "commit"), json_string(b, *f[PEELED] ? f[PEELED] : f[OBJECT]);
	json_key(b, "at"), json_int(b, seconds * 1000);
	json_key(b, "subject"), json_string(b, f[SUBJECT]);
	json_key(b, "current"), json_truth(b, *f[HEAD] == '*');
	put_name(b, "upstream", *f[UPSTREAM] ? upstream.at : NULL);
	put_track(b, f[UPSTREAM], f[TRACK]);
	put_name(b, "worktree", f[WORKTREE]);
	json_end(b, '}');
}

/* ---- stashes ---- */

/* "WIP on main: 1234567 Subject", or "On main: message". */
void
git_stash_row(void *arg, char *const *f)
{
	struct git_stashes *stashes = arg;
	struct buf *b = stashes->b;
	struct git_text at = text_of(f[1]), branch, message = text_of(f[2]);
	const struct git_text none = {"", 0};
	struct git_text rest = message;
	int64_t seconds = 0;
	bool told = git_text_skip(&rest, "WIP on ") || git_text_skip(&rest, "On ");
	if (told && git_text_until(&rest, ':', &branch)) {
		git_text_skip(&rest, " ");
		message = rest;
	} else {
		branch = none;
	}
	if (git_text_is(&branch, "(no branch)"))
		branch = none;
	git_text_number(&at, &seconds);
	json_begin(b, '{');
	json_key(b, "index"), json_int(b, stashes->index++);
	json_key(b, "commit"), json_string(b, f[0]);
	json_key(b, "message"), json_string_n(b, message.at, message.left);
	if (branch.left)
		git_text_put_name(b, "branch", &branch);
	else
		json_key(b, "branch"), json_null(b);
	json_key(b, "at"), json_int(b, seconds * 1000);
	json_end(b, '}');
}

/* ---- work trees ---- */

static void
clear(struct git_worktree *w)
{
	char *texts[] = {w->path, w->commit, w->branch, w->locked, w->prunable};
	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
		free(texts[i]);
	*w = (struct git_worktree){0};
}

static void
replace(char **to, const struct git_text *t)
{
	free(*to);
	*to = xstrndup(t->at, t->left);
}

/* "name value"; a name may stand alone. */
static void
take_fact(struct git_worktree *w, struct git_text t)
{
	struct git_text name = t;
	if (!git_text_until(&t, ' ', &name))
		t = GIT_TEXT("", 0);
	if (git_text_is(&name, "worktree"))
		replace(&w->path, &t);
	else if (git_text_is(&name, "HEAD") && git_text_is_hash(&t))
		replace(&w->commit, &t);
	else if (git_text_is(&name, "branch") && git_text_skip(&t, "refs/heads/"))
		replace(&w->branch, &t);
	else if (git_text_is(&name, "locked"))
		replace(&w->locked, &t);
	else if (git_text_is(&name, "prunable"))
		replace(&w->prunable, &t);
	else if (git_text_is(&name, "bare"))
		w->bare = true;
}

bool
git_worktree_record(void *arg, const char *text, size_t len)
{
	struct git_worktrees *w = arg;
	if (len) {
		take_fact(&w->now, GIT_TEXT(text, len));
		return true;
	}
	if (w->now.path)
		w->each(w->arg, &w->now, w->count++);
	clear(&w->now);
	return true;
}

void
git_worktrees_free(struct git_worktrees *w)
{
	clear(&w->now);
}
