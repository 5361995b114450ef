/* See git_blame.h; the format is in git-blame(1), "The porcelain format". A group of
 * lines begins with its commit; the facts of a commit come with its first group. */
#include "config.h"

#include "fcgi/git_blame.h"

#include "fcgi/git_log.h"
#include "fcgi/git_text.h"
#include "lib/json.h"

#include <string.h>

static void
put_item(struct git_blame *blame, int64_t original, int64_t line, int64_t lines)
{
	struct buf *b = &blame->items;
	json_begin(b, '{');
	json_key(b, "line"), json_int(b, line);
	json_key(b, "lines"), json_int(b, lines);
	json_key(b, "commit"), json_string(b, blame->commit);
	json_key(b, "original_line"), json_int(b, original);
	json_end(b, '}');
	blame->lines += lines;
}

static const char *
text_of(const struct buf *b)
{
	return b->len ? b->data : "";
}

static void
put_commit(struct git_blame *blame)
{
	struct buf *b = &blame->commits;
	const struct git_text path = GIT_TEXT(text_of(&blame->path), blame->path.len);
	const struct git_text previous =
		GIT_TEXT(text_of(&blame->previous), blame->previous.len);
	json_key(b, blame->commit), json_begin(b, '{');
	json_key(b, "commit"), json_string(b, blame->commit);
	git_log_put_person(b, "author", text_of(&blame->author), text_of(&blame->email),
		text_of(&blame->at));
	json_key(b, "subject"), json_string(b, text_of(&blame->subject));
	git_text_put_name(b, "path", &path);
	json_key(b, "boundary"), json_truth(b, blame->boundary);
	git_text_put(b, "previous", &previous);
	json_end(b, '}');
}

/* "<hash> <original line> <line> <lines>"; without the last one a group goes on. */
static bool
take_group(struct git_blame *blame, struct git_text t)
{
	struct git_text hash;
	int64_t original, line, lines;
	if (!git_text_until(&t, ' ', &hash) || !git_text_is_hash(&hash) ||
		!git_text_number(&t, &original) || !git_text_skip(&t, " ") ||
		!git_text_number(&t, &line))
		return false;
	memcpy(blame->commit, hash.at, hash.left);
	blame->commit[hash.left] = '\0';
	blame->in_commit = true;
	if (!git_text_skip(&t, " "))
		return t.left == 0;
	if (!git_text_number(&t, &lines))
		return false;
	put_item(blame, original, line, lines);
	return true;
}

static void
keep(struct buf *to, struct git_text t)
{
	buf_clear(to);
	buf_add(to, t.at, t.left);
}

/* Addresses stand between angle brackets. */
static struct git_text
bare(struct git_text t)
{
	if (git_text_skip(&t, "<") && t.left && t.at[t.left - 1] == '>')
		t.left--;
	return t;
}

static void
take_fact(struct git_blame *blame, struct git_text t)
{
	struct git_text commit;
	if (git_text_skip(&t, "author ")) {
		keep(&blame->author, t);
		buf_clear(&blame->previous);
		blame->boundary = false;
		blame->described = true;
	} else if (git_text_skip(&t, "author-mail ")) {
		keep(&blame->email, bare(t));
	} else if (git_text_skip(&t, "author-time ")) {
		keep(&blame->at, t);
	} else if (git_text_skip(&t, "summary ")) {
		keep(&blame->subject, t);
	} else if (git_text_is(&t, "boundary")) {
		blame->boundary = true;
	} else if (git_text_skip(&t, "previous ")) {
		if (git_text_until(&t, ' ', &commit))
			keep(&blame->previous, commit);
	} else if (git_text_skip(&t, "filename ")) {
		keep(&blame->path, t);
	}
}

bool
git_blame_record(void *arg, const char *text, size_t len)
{
	struct git_blame *blame = arg;
	struct git_text t = GIT_TEXT(text, len);
	if (git_text_skip(&t, "\t")) { /* the line itself ends it */
		if (blame->described)
			put_commit(blame);
		blame->in_commit = blame->described = false;
	} else if (blame->in_commit) {
		take_fact(blame, t);
	} else if (!take_group(blame, t)) {
		blame->broken = true;
	}
	return !blame->broken;
}

void
git_blame_free(struct git_blame *blame)
{
	struct buf *bufs[] = {&blame->items, &blame->commits, &blame->author,
		&blame->email, &blame->at, &blame->subject, &blame->path,
		&blame->previous};
	for (size_t i = 0; i < sizeof bufs / sizeof *bufs; i++)
		buf_free(bufs[i]);
}
