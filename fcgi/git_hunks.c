/* See git_hunks.h; the format is in git-diff(1), "Generating patch text". */
#include "config.h"

#include "fcgi/git_hunks.h"

#include "fcgi/git_text.h"
#include "lib/json.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- taking it apart ---- */

/* A line that has no newline is the last one. */
static bool
take_line(struct git_text *t, struct git_text *line)
{
	if (t->left == 0)
		return false;
	if (git_text_until(t, '\n', line))
		return true;
	*line = *t;
	*t = GIT_TEXT("", 0);
	return true;
}

static void
take_header(struct git_hunks *h, struct git_text line)
{
	bool made = git_text_skip(&line, "new file mode ");
	bool gone = !made && git_text_skip(&line, "deleted file mode ");
	h->made = h->made || made;
	h->gone = h->gone || gone;
	if (made || gone)
		snprintf(h->mode, sizeof h->mode, "%.*s", (int)line.left, line.at);
	if (git_text_skip(&line, "Binary files ") ||
		git_text_skip(&line, "GIT binary patch"))
		h->binary = true;
}

/* "-12,3"; without the second number it is 1. */
static bool
take_range(struct git_text *t, const char *sign, int64_t *start, int64_t *lines)
{
	*lines = 1;
	return git_text_skip(t, sign) && git_text_number(t, start) &&
		(!git_text_skip(t, ",") || git_text_number(t, lines));
}

static bool
take_hunk_head(struct git_hunks *h, struct git_text line)
{
	struct git_hunk hunk = {.first = h->line_count};
	if (!git_text_skip(&line, "@@ ") ||
		!take_range(&line, "-", &hunk.old_start, &hunk.old_lines) ||
		!git_text_skip(&line, " ") ||
		!take_range(&line, "+", &hunk.new_start, &hunk.new_lines) ||
		!git_text_skip(&line, " @@"))
		return false;
	git_text_skip(&line, " ");
	hunk.section = line.at;
	hunk.section_len = line.left;
	if (h->hunk_count % 32 == 0)
		h->hunks = xrealloc(h->hunks, (h->hunk_count + 32) * sizeof *h->hunks);
	h->hunks[h->hunk_count++] = hunk;
	return true;
}

/* A line of a hunk that has so many left on both sides. */
static bool
add_line(struct git_hunks *h, struct git_text line, int64_t *old_left, int64_t *new_left)
{
	/* An empty line of context may have lost its blank on the way. */
	char kind = line.left ? *line.at : ' ';
	bool old = kind == ' ' || kind == '-', new = kind == ' ' || kind == '+';
	if (!old && !new)
		return false;
	*old_left -= old;
	*new_left -= new;
	if (*old_left < 0 || *new_left < 0)
		return false;
	if (h->line_count % 256 == 0)
		h->lines = xrealloc(h->lines, (h->line_count + 256) * sizeof *h->lines);
	h->lines[h->line_count++] = (struct git_line){.kind = kind,
		.text = line.at + (line.left > 0),
		.len = line.left - (line.left > 0)};
	return true;
}

static bool
take_hunk(struct git_hunks *h, struct git_text *t)
{
	struct git_hunk *hunk = &h->hunks[h->hunk_count - 1];
	int64_t old_left = hunk->old_lines, new_left = hunk->new_lines;
	struct git_text line;
	while (t->left && (old_left > 0 || new_left > 0 || *t->at == '\\')) {
		take_line(t, &line);
		if (line.left && *line.at == '\\') {
			if (h->line_count == hunk->first)
				return false;
			h->lines[h->line_count - 1].no_newline = true;
		} else if (!add_line(h, line, &old_left, &new_left)) {
			return false;
		}
		if (h->line_count > GIT_HUNKS_LINES_MAX) {
			h->large = true;
			return true;
		}
	}
	hunk->count = h->line_count - hunk->first;
	return old_left == 0 && new_left == 0;
}

static bool
take_all(struct git_hunks *h, struct git_text *t)
{
	struct git_text line;
	while (t->left && *t->at != '@') {
		take_line(t, &line);
		take_header(h, line);
	}
	while (!h->large && take_line(t, &line)) {
		/* A change of type is told as two patches: the first one is shown. */
		if (h->hunk_count && line.left >= 4 && memcmp(line.at, "diff", 4) == 0)
			return true;
		if (!take_hunk_head(h, line) || !take_hunk(h, t))
			return false;
	}
	return true;
}

bool
git_hunks_parse(struct git_hunks *h, const char *patch, size_t len)
{
	struct git_text t = GIT_TEXT(patch, len);
	*h = (struct git_hunks){0};
	h->large = len > GIT_HUNKS_BYTES_MAX;
	bool good = h->large || take_all(h, &t);
	if (h->large || !good)
		h->hunk_count = h->line_count = 0;
	return good;
}

void
git_hunks_free(struct git_hunks *h)
{
	free(h->lines);
	free(h->hunks);
	*h = (struct git_hunks){0};
}

/* ---- JSON ---- */

static const char *
kind_name(char kind)
{
	return kind == '+' ? "added" : kind == '-' ? "removed" : "context";
}

/* A place in one of the two files, which goes on when it has the line. */
static void
put_number(struct buf *b, const char *key, int64_t *at, bool has)
{
	json_key(b, key);
	if (has)
		json_int(b, (*at)++);
	else
		json_null(b);
}

static void
put_line(struct buf *b, const struct git_line *line, size_t id, int64_t *old,
	int64_t *new)
{
	bool cut = line->len > GIT_HUNKS_TEXT_MAX;
	size_t len = line->len;
	if (cut)
		for (len = GIT_HUNKS_TEXT_MAX; len && (line->text[len] & 0xc0) == 0x80;)
			len--;
	json_begin(b, '{');
	json_key(b, "id"), json_int(b, (int64_t)id);
	json_key(b, "kind"), json_string(b, kind_name(line->kind));
	put_number(b, "old", old, line->kind != '+');
	put_number(b, "new", new, line->kind != '-');
	json_key(b, "text"), json_string_n(b, line->text, len);
	if (cut)
		json_key(b, "cut"), json_truth(b, true);
	if (line->no_newline)
		json_key(b, "no_newline"), json_truth(b, true);
	json_end(b, '}');
}

static void
put_hunk(struct buf *b, const struct git_hunks *h, size_t id)
{
	const struct git_hunk *hunk = &h->hunks[id];
	int64_t old = hunk->old_start, new = hunk->new_start;
	json_begin(b, '{');
	json_key(b, "id"), json_int(b, (int64_t)id);
	json_key(b, "old_start"), json_int(b, hunk->old_start);
	json_key(b, "old_lines"), json_int(b, hunk->old_lines);
	json_key(b, "new_start"), json_int(b, hunk->new_start);
	json_key(b, "new_lines"), json_int(b, hunk->new_lines);
	json_key(b, "section"), json_string_n(b, hunk->section, hunk->section_len);
	json_key(b, "lines"), json_begin(b, '[');
	for (size_t i = 0; i < hunk->count; i++)
		put_line(b, &h->lines[hunk->first + i], hunk->first + i, &old, &new);
	json_end(b, ']');
	json_end(b, '}');
}

void
git_hunks_put(struct buf *b, const struct git_hunks *h)
{
	if (h->large) {
		json_key(b, "large"), json_truth(b, true);
		return;
	}
	json_key(b, "hunks"), json_begin(b, '[');
	for (size_t i = 0; i < h->hunk_count; i++)
		put_hunk(b, h, i);
	json_end(b, ']');
}
