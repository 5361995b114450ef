/*
 * See git_patch.h. Of what is not chosen, a change that the file does not have yet is
 * left out, and one that it has is context: forward those are the added and the removed
 * lines, in reverse the other way round.
 */
#include "config.h"

#include "fcgi/git_patch.h"

#include <string.h>

struct patch {
	const struct git_hunks *h;
	const bool *chosen;
	bool reverse;
	int64_t shift; /* lines by which one side has moved against the other so far */
	bool kept;     /* a line is there on both sides */
};

struct part {
	struct buf text;
	int64_t old_lines, new_lines;
	bool changed;
};

/* ---- lines ---- */

static const char no_newline[] = "\\ No newline at end of file\n";

static void
put_line(struct part *part, char kind, const struct git_line *line, bool ends)
{
	buf_char(&part->text, kind);
	buf_add(&part->text, line->text, line->len);
	buf_char(&part->text, '\n');
	if (ends)
		buf_str(&part->text, no_newline);
	part->old_lines += kind != '+';
	part->new_lines += kind != '-';
	part->changed = part->changed || kind != ' ';
}

/* Whether a line of this kind that is chosen, or not, comes later in the hunk. */
static bool
follows(const struct patch *p, const struct git_hunk *hunk, size_t at, char kind,
	bool chosen)
{
	for (size_t i = at + 1; i < hunk->first + hunk->count; i++)
		if (p->h->lines[i].kind == kind && p->chosen[i] == chosen)
			return true;
	return false;
}

/*
 * A line that ends its file without a newline cannot have another one behind it. Where it
 * now gets one, forward, it is changed by getting its newline; and in reverse a removed
 * one simply has it.
 */
static void
put_changed(struct patch *p, const struct git_hunk *hunk, size_t at, struct part *part)
{
	const struct git_line *line = &p->h->lines[at];
	bool ends = line->no_newline;
	char theirs = p->reverse ? '+' : '-'; /* what the file has */
	if (p->chosen[at]) {
		if (p->reverse && ends && line->kind == '-' &&
			follows(p, hunk, at, '+', false))
			ends = false;
		put_line(part, line->kind, line, ends);
	} else if (line->kind == theirs) {
		if (!p->reverse && ends && follows(p, hunk, at, '+', true)) {
			put_line(part, '-', line, true);
			put_line(part, '+', line, false);
		} else {
			put_line(part, ' ', line, ends);
		}
		p->kept = true;
	}
}

/* Where a range begins, as a line number; a range without lines is named by the line
 * before it. */
static long long
first_line(int64_t start, int64_t lines)
{
	return lines ? start : start + 1;
}

/* One side is as it was in the whole patch; the other has moved by what was left out. */
static void
put_range(const struct patch *p, const struct git_hunk *hunk, const struct part *part,
	struct buf *out)
{
	long long old = first_line(hunk->old_start, hunk->old_lines),
		  new = old + p->shift;
	if (p->reverse) {
		new = first_line(hunk->new_start, hunk->new_lines);
		old = new - p->shift;
	}
	buf_printf(out, "@@ -%lld,%lld +%lld,%lld @@\n", old - !part->old_lines,
		(long long)part->old_lines, new - !part->new_lines,
		(long long)part->new_lines);
}

static void
put_hunk(struct patch *p, const struct git_hunk *hunk, struct buf *out)
{
	struct part part = {0};
	for (size_t i = hunk->first; i < hunk->first + hunk->count; i++)
		if (p->h->lines[i].kind == ' ') {
			put_line(&part, ' ', &p->h->lines[i], p->h->lines[i].no_newline);
			p->kept = true;
		} else {
			put_changed(p, hunk, i, &part);
		}
	if (part.changed) {
		put_range(p, hunk, &part, out);
		buf_add(out, part.text.data, part.text.len);
		p->shift += part.new_lines - part.old_lines;
	}
	buf_free(&part.text);
}

/* ---- the head ---- */

/* A name as git reads it in quotes. */
static void
put_name(struct buf *out, const char *side, const char *path)
{
	buf_printf(out, "\"%s", side);
	for (const unsigned char *c = (const unsigned char *)path; *c; c++)
		if (*c < 0x20 || *c == '"' || *c == '\\' || *c >= 0x7f)
			buf_printf(out, "\\%03o", *c);
		else
			buf_char(out, (char)*c);
	buf_char(out, '"');
}

static void
put_head(struct buf *out, const struct patch *p, const char *path)
{
	/* Where lines are left the file was there before, and is after. */
	bool made = p->h->made && !(p->reverse && p->kept);
	bool gone = p->h->gone && !(!p->reverse && p->kept);
	buf_str(out, "diff --git ");
	put_name(out, "a/", path);
	buf_char(out, ' ');
	put_name(out, "b/", path);
	buf_char(out, '\n');
	if (made || gone)
		buf_printf(out, "%s file mode %s\n", made ? "new" : "deleted",
			p->h->mode);
	buf_str(out, "--- ");
	if (made)
		buf_str(out, "/dev/null");
	else
		put_name(out, "a/", path);
	buf_str(out, "\n+++ ");
	if (gone)
		buf_str(out, "/dev/null");
	else
		put_name(out, "b/", path);
	buf_char(out, '\n');
}

void
git_patch_make(struct buf *out, const struct git_hunks *h, const bool *chosen,
	const char *path, bool reverse)
{
	struct patch p = {.h = h, .chosen = chosen, .reverse = reverse};
	struct buf hunks = BUF_INIT;
	for (size_t i = 0; i < h->hunk_count; i++)
		put_hunk(&p, &h->hunks[i], &hunks);
	if (hunks.len) {
		put_head(out, &p, path);
		buf_add(out, hunks.data, hunks.len);
	}
	buf_free(&hunks);
}
