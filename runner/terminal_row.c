/*
 * The cells of one row. Wide characters take two cells, the right one of width 0; whoever
 * changes one half leaves a blank in place of the other. Where xterm.js forgets to, a
 * half stays alone here as well, since what comes next depends on it.
 *
 * The characters of joined cells stand beside the row, by column, and stay there when the
 * cell is overwritten: xterm.js keeps them too, and may bring them back while it wraps
 * lines anew.
 */
#include "config.h"

#include "runner/terminal_model.h"

#include <stdlib.h>
#include <string.h>

static struct joined *
joined_at(const struct row *r, long col)
{
	for (int i = 0; i < r->joined_count; i++)
		if (r->joined[i].col == col)
			return &r->joined[i];
	return NULL;
}

/* The place for the column, to be filled. */
static struct joined *
joined_make(struct row *r, int col)
{
	struct joined *j = joined_at(r, col);
	int at;
	if (j)
		return j;
	if (r->joined_count == r->joined_size) {
		r->joined_size = r->joined_size ? r->joined_size * 2 : 4;
		r->joined =
			xrealloc(r->joined, (size_t)r->joined_size * sizeof *r->joined);
	}
	for (at = r->joined_count; at > 0 && r->joined[at - 1].col > col; at--)
		r->joined[at] = r->joined[at - 1];
	r->joined_count++;
	j = &r->joined[at];
	*j = (struct joined){.col = col};
	return j;
}

static void
joined_copy(struct row *to, long to_col, const struct row *from, long from_col)
{
	const struct joined *j = joined_at(from, from_col);
	struct joined copy;
	if (!j || to_col >= to->len)
		return;
	copy = *j;
	copy.col = (int)to_col;
	*joined_make(to, (int)to_col) = copy;
}

static void
fill_cells(struct cell *cells, long count, const struct cell *fill)
{
	for (long i = 0; i < count; i++)
		cells[i] = *fill;
}

struct row *
row_create(int len, const struct cell *fill)
{
	struct row *r = xrealloc(NULL, sizeof *r + (size_t)len * sizeof *r->cells);
	*r = (struct row){.len = len};
	fill_cells(r->cells, len, fill);
	return r;
}

void
row_destroy(struct row *r)
{
	if (!r)
		return;
	free(r->joined);
	free(r);
}

struct row *
row_clear(struct row *r, int len, const struct cell *fill)
{
	if (r->len != len) {
		row_destroy(r);
		return row_create(len, fill);
	}
	r->joined_count = 0;
	r->wrapped = false;
	fill_cells(r->cells, len, fill);
	return r;
}

struct row *
row_set_len(struct row *r, int len)
{
	static const struct cell none = {.content = CONTENT_WIDTH_1};
	int old = r->len;
	if (len == old)
		return r;
	r = xrealloc(r, sizeof *r + (size_t)len * sizeof *r->cells);
	r->len = len;
	if (len > old)
		fill_cells(r->cells + old, len - old, &none);
	while (r->joined_count && r->joined[r->joined_count - 1].col >= len)
		r->joined_count--;
	return r;
}

int
row_width(const struct row *r, long col)
{
	if (col < 0 || col >= r->len)
		return 0;
	return (int)(r->cells[col].content >> CONTENT_WIDTH_SHIFT);
}

bool
row_has_content(const struct row *r, long col)
{
	return col >= 0 && col < r->len && (r->cells[col].content & CONTENT_ANY);
}

void
row_set(struct row *r, long col, const struct cell *c)
{
	if (col >= 0 && col < r->len)
		r->cells[col] = *c;
}

void
row_blank(struct row *r, long col, const struct cell *pen)
{
	if (col < 0 || col >= r->len)
		return;
	r->cells[col] = *pen;
	r->cells[col].content = CONTENT_WIDTH_1;
}

void
row_join(struct row *r, long col, uint32_t character, int width)
{
	uint32_t content;
	struct joined *j;
	if (col < 0 || col >= r->len)
		return;
	content = r->cells[col].content;
	if (content & CONTENT_JOINED) {
		j = joined_make(r, (int)col);
		if (j->count < JOINED_MAX)
			j->characters[j->count++] = character;
	} else if (content & CONTENT_CHARACTER) {
		j = joined_make(r, (int)col);
		j->count = 2;
		j->characters[0] = content & CONTENT_CHARACTER;
		j->characters[1] = character;
		content = (content & ~(uint32_t)CONTENT_CHARACTER) | CONTENT_JOINED;
	} else {
		content = character | CONTENT_WIDTH_1;
	}
	if (width)
		content =
			(content & CONTENT_ANY) | (uint32_t)width << CONTENT_WIDTH_SHIFT;
	r->cells[col].content = content;
}

int
row_characters(const struct row *r, long col, uint32_t *to)
{
	uint32_t content = col >= 0 && col < r->len ? r->cells[col].content : 0;
	const struct joined *j;
	if (!(content & CONTENT_JOINED)) {
		*to = content & CONTENT_CHARACTER;
		return *to ? 1 : 0;
	}
	j = joined_at(r, col);
	if (!j)
		return 0;
	memcpy(to, j->characters, (size_t)j->count * sizeof *to);
	return j->count;
}

/* Moves cells within the row, with what is joined in them. */
static void
move_cells(struct row *r, long to, long from, long count)
{
	if (r->joined_count && to > from)
		for (long i = count - 1; i >= 0; i--)
			if (r->cells[from + i].content & CONTENT_JOINED)
				joined_copy(r, to + i, r, from + i);
	if (r->joined_count && to < from)
		for (long i = 0; i < count; i++)
			if (r->cells[from + i].content & CONTENT_JOINED)
				joined_copy(r, to + i, r, from + i);
	memmove(r->cells + to, r->cells + from, (size_t)count * sizeof *r->cells);
}

void
row_insert(struct row *r, long col, long count, const struct cell *fill)
{
	long left;
	col %= r->len;
	left = r->len - col;
	if (col && row_width(r, col - 1) == 2)
		row_blank(r, col - 1, fill);
	if (count < left)
		move_cells(r, col + count, col, left - count);
	else
		count = left;
	fill_cells(r->cells + col, count, fill);
	if (row_width(r, r->len - 1) == 2)
		row_blank(r, r->len - 1, fill);
}

void
row_delete(struct row *r, long col, long count, const struct cell *fill)
{
	long left;
	col %= r->len;
	left = r->len - col;
	if (count < left)
		move_cells(r, col, col + count, left - count);
	else
		count = left;
	fill_cells(r->cells + r->len - count, count, fill);
	if (col && row_width(r, col - 1) == 2)
		row_blank(r, col - 1, fill);
	if (row_width(r, col) == 0 && !row_has_content(r, col))
		row_blank(r, col, fill);
}

static bool
is_protected(const struct row *r, long col)
{
	return col >= 0 && col < r->len && (r->cells[col].bg & BG_PROTECTED);
}

void
row_replace(struct row *r, long from, long to, const struct cell *fill,
	bool keep_protected)
{
	if (from && row_width(r, from - 1) == 2 &&
		!(keep_protected && is_protected(r, from - 1)))
		row_blank(r, from - 1, fill);
	if (to < r->len && row_width(r, to - 1) == 2 &&
		!(keep_protected && is_protected(r, to)))
		row_blank(r, to, fill);
	if (to > r->len)
		to = r->len;
	for (long i = from; i < to; i++)
		if (!(keep_protected && is_protected(r, i)))
			r->cells[i] = *fill;
}

void
row_fill(struct row *r, const struct cell *fill, bool keep_protected)
{
	if (keep_protected) {
		for (int i = 0; i < r->len; i++)
			if (!is_protected(r, i))
				r->cells[i] = *fill;
		return;
	}
	r->joined_count = 0;
	fill_cells(r->cells, r->len, fill);
}

void
row_copy(struct row *to, long to_col, const struct row *from, long from_col, long count,
	bool backwards)
{
	/* What xterm.js finds beside a row: the right half of a wide character. */
	static const struct cell beside = {0};
	int columns[TERMINAL_MAX_COLS];
	int column_count = 0;
	for (long n = 0; n < count; n++) {
		long i = backwards ? count - 1 - n : n;
		bool inside = from_col + i >= 0 && from_col + i < from->len;
		row_set(to, to_col + i, inside ? &from->cells[from_col + i] : &beside);
	}
	/* All that is joined behind from_col, even behind the end: xterm.js does so. */
	for (int i = 0; i < from->joined_count && column_count < TERMINAL_MAX_COLS; i++)
		if (from->joined[i].col >= from_col)
			columns[column_count++] = from->joined[i].col;
	for (int i = 0; i < column_count; i++)
		joined_copy(to, columns[i] - from_col + to_col, from, columns[i]);
}

int
row_trimmed(const struct row *r)
{
	for (int i = r->len - 1; i >= 0; i--)
		if (r->cells[i].content & CONTENT_ANY)
			return i + row_width(r, i);
	return 0;
}
