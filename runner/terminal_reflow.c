/*
 * Another size. The rows of the normal buffer that were wrapped are put together and
 * wrapped anew, except those the cursor is in, which the program redraws itself. The
 * outcome is that of xterm.js cell by cell, with what one would not do oneself: the
 * length of rows is read while they are already being changed, and the lines at the end
 * make room. The alternate buffer only grows; what is right of its edge comes back when
 * the window is wider again.
 */
#include "config.h"

#include "runner/terminal_model.h"

#include <stdlib.h>

static const struct cell none = {.content = CONTENT_WIDTH_1};

/* Rows that make up one line, top to bottom. */
struct line {
	struct row **rows;
	long count, size;
};

/* Rows to go in before the row that is `start` then. */
struct insertion {
	long start, count;
	struct row **rows;
};

struct insertions {
	struct insertion *list;
	long count, size, rows;
};

struct lengths {
	int *list;
	long count, size;
};

static void
line_add(struct line *l, struct row *r)
{
	if (l->count == l->size) {
		l->size = l->size ? l->size * 2 : 16;
		l->rows = xrealloc(l->rows, (size_t)l->size * sizeof *l->rows);
	}
	l->rows[l->count++] = r;
}

static void
lengths_add(struct lengths *l, int length)
{
	if (l->count == l->size) {
		l->size = l->size ? l->size * 2 : 16;
		l->list = xrealloc(l->list, (size_t)l->size * sizeof *l->list);
	}
	l->list[l->count++] = length;
}

/* How many cells of a row belong to the line: not the blank that a wide character left,
 * which did not fit, and in the last row not what follows the text. */
static int
length_in_line(const struct line *l, long i, int cols)
{
	const struct row *r = l->rows[i];
	if (i == l->count - 1)
		return row_trimmed(r);
	if (!row_has_content(r, cols - 1) && row_width(r, cols - 1) == 1 &&
		row_width(l->rows[i + 1], 0) == 2)
		return cols - 1;
	return cols;
}

static void
collect(const struct screen *s, struct line *l, long first, long end)
{
	l->count = 0;
	for (long i = first; i < end; i++)
		line_add(l, screen_line(s, i));
}

static bool
has_cursor(const struct screen *s, long first, long end)
{
	return s->base + s->y >= first && s->base + s->y < end;
}

/* Moves the cells of a line up into the rows that are wider now; returns how many rows at
 * the end are left empty. */
static long
pull_up(struct line *l, int old, int cols)
{
	long to = 0, from = 1, unused = 0;
	int to_col = length_in_line(l, 0, old), from_col = 0;
	while (from < l->count) {
		int length = length_in_line(l, from, old);
		int count = length - from_col < cols - to_col ? length - from_col
							      : cols - to_col;
		row_copy(l->rows[to], to_col, l->rows[from], from_col, count, false);
		to_col += count;
		if (to_col == cols) {
			to++;
			to_col = 0;
		}
		from_col += count;
		if (from_col == length) {
			from++;
			from_col = 0;
		}
		if (to_col == 0 && to > 0 && row_width(l->rows[to - 1], cols - 1) == 2) {
			row_copy(l->rows[to], to_col++, l->rows[to - 1], cols - 1, 1,
				false);
			row_set(l->rows[to - 1], cols - 1, &none);
		}
	}
	row_replace(l->rows[to], to_col, cols, &none, false);
	for (long i = l->count - 1; i > 0; i--) {
		if (i <= to && row_trimmed(l->rows[i]))
			break;
		unused++;
	}
	return unused;
}

/* Takes the rows out that are marked; returns how many. */
static long
remove_marked(struct screen *s, const bool *marked)
{
	long kept = 0, length = s->length;
	struct row **rows = xcalloc((size_t)length, sizeof(struct row *));
	for (long i = 0; i < length; i++) {
		struct row *r = screen_line(s, i);
		if (marked[i])
			row_destroy(r);
		else
			rows[kept++] = r;
	}
	for (long i = 0; i < length; i++)
		s->ring[(s->start + i) % s->limit] = i < kept ? rows[i] : NULL;
	s->length = kept;
	free(rows);
	return length - kept;
}

static void
follow_removal(struct screen *s, int cols, int rows, long removed)
{
	for (long i = 0; i < removed; i++) {
		if (s->base > 0) {
			s->base--;
			continue;
		}
		if (s->y > 0)
			s->y--;
		if (s->length < rows)
			screen_push(s, row_create(cols, &none));
	}
	s->saved.y = s->saved.y > removed ? s->saved.y - removed : 0;
}

static void
widen(struct screen *s, int cols, int rows)
{
	bool *marked = xcalloc((size_t)s->length + 1, sizeof *marked);
	struct line l = {0};
	for (long y = 0; y < s->length - 1; y++) {
		long end = y + 1, unused;
		while (end < s->length && screen_line(s, end)->wrapped)
			end++;
		if (end > y + 1 && !has_cursor(s, y, end)) {
			collect(s, &l, y, end);
			unused = pull_up(&l, s->cols, cols);
			for (long i = end - unused; i < end; i++)
				marked[i] = true;
		}
		y = end - 1;
	}
	follow_removal(s, cols, rows, remove_marked(s, marked));
	free(marked);
	free(l.rows);
}

/* How long the rows of the line will be. */
static void
plan(const struct line *l, struct lengths *lengths, int old, int cols)
{
	long needed = 0, available = 0, from = 0;
	int from_col = 0;
	lengths->count = 0;
	for (long i = 0; i < l->count; i++)
		needed += length_in_line(l, i, old);
	while (available < needed) {
		int length = cols, had;
		if (needed - available < cols) {
			lengths_add(lengths, (int)(needed - available));
			break;
		}
		from_col += cols;
		had = from < l->count ? length_in_line(l, from, old) : 0;
		if (from_col > had) {
			from_col -= had;
			from++;
		}
		if (from < l->count && row_width(l->rows[from], from_col - 1) == 2) {
			from_col--;
			length = cols - 1;
		}
		lengths_add(lengths, length);
		available += length;
	}
}

/* Moves the cells of a line down into its new rows, from the end on. `had`: how many rows
 * it had. */
static void
push_down(struct line *l, const struct lengths *lengths, long had, int last, int old)
{
	long to = lengths->count - 1, from = had - 1;
	int to_col = to >= 0 ? lengths->list[to] : 0, from_col = last;
	while (from >= 0 && to >= 0) {
		int count = from_col < to_col ? from_col : to_col;
		row_copy(l->rows[to], to_col - count, l->rows[from], from_col - count,
			count, true);
		to_col -= count;
		if (to_col == 0) {
			to--;
			to_col = to >= 0 ? lengths->list[to] : 0;
		}
		from_col -= count;
		if (from_col == 0) {
			from--;
			from_col = length_in_line(l, from > 0 ? from : 0, old);
		}
	}
}

static void
insert_later(struct insertions *in, const struct line *l, long start, long had)
{
	struct insertion *i;
	if (l->count == had)
		return;
	if (in->count == in->size) {
		in->size = in->size ? in->size * 2 : 16;
		in->list = xrealloc(in->list, (size_t)in->size * sizeof *in->list);
	}
	i = &in->list[in->count++];
	*i = (struct insertion){.start = start + in->rows, .count = l->count - had};
	i->rows = xcalloc((size_t)i->count, sizeof(struct row *));
	for (long k = 0; k < i->count; k++)
		i->rows[k] = l->rows[had + k];
	in->rows += i->count;
}

/* `added` rows are in the line now (-1: an empty first row that was marked as wrapped).
 */
static void
follow_insertion(struct screen *s, const struct insertions *in, int rows, long added)
{
	long before = s->base == 0 && s->y != s->length - 1 ? s->y : s->length;
	long trimmed = before - s->limit + added;
	if (trimmed < 0)
		trimmed = 0;
	for (long i = 0; i < added - trimmed; i++) {
		long most = s->length + in->rows;
		if (most > s->limit)
			most = s->limit;
		if (s->base == 0 && s->y < rows - 1) {
			s->y++;
			s->length--; /* the row itself is still looked at */
		} else if (s->base == 0 || s->base < most - rows) {
			s->base++;
		}
	}
	s->saved.y += added;
	if (s->saved.y > s->base + rows - 1)
		s->saved.y = s->base + rows - 1;
}

/* Wraps one line, which begins at row `first`, anew. */
static void
narrow_line(struct screen *s, struct insertions *in, struct line *l,
	struct lengths *lengths, long first, int cols, int rows)
{
	long had = l->count, added;
	int last = row_trimmed(l->rows[had - 1]);
	plan(l, lengths, s->cols, cols);
	added = lengths->count - had;
	while (l->count < lengths->count) {
		struct row *r = row_create(cols, &none);
		r->wrapped = true;
		line_add(l, r);
	}
	insert_later(in, l, first + had, had);
	push_down(l, lengths, had, last, s->cols);
	for (long i = 0; i < lengths->count; i++)
		if (lengths->list[i] < cols)
			row_set(l->rows[i], lengths->list[i], &none);
	follow_insertion(s, in, rows, added);
}

/* Puts the rows in and drops the oldest when there are too many. */
static void
insert_all(struct screen *s, struct insertions *in)
{
	long length = s->length, left = length - 1, inserted = 0, at = 0;
	long total = length + in->rows;
	long i = (total < s->limit ? total : s->limit) - 1;
	struct row **old = xcalloc((size_t)length + 1, sizeof(struct row *));
	for (long k = 0; k < length; k++)
		old[k] = screen_line(s, k);
	for (long k = 0; k < s->limit; k++)
		s->ring[k] = NULL;
	s->start = 0;
	s->length = i + 1;
	for (; i >= 0; i--) {
		struct insertion *next = at < in->count ? &in->list[at] : NULL;
		if (!next || next->start <= left + inserted) {
			s->ring[i] = left >= 0 ? old[left--] : row_create(s->cols, &none);
			continue;
		}
		for (long k = next->count - 1; k >= 0; k--, i--) {
			if (i < 0)
				break;
			s->ring[i] = next->rows[k];
			next->rows[k] = NULL;
		}
		i++;
		inserted += next->count;
		at++;
	}
	for (; left >= 0; left--)
		row_destroy(old[left]);
	free(old);
}

static void
insertions_free(struct insertions *in)
{
	for (long i = 0; i < in->count; i++)
		free(in->list[i].rows);
	free(in->list);
}

static void
drop_from(struct screen *s, long first, long end)
{
	for (long i = first; i < end; i++)
		screen_put(s, i, NULL);
}

static void
narrow(struct screen *s, int cols, int rows)
{
	long length = s->length;
	struct insertions in = {0};
	struct line l = {0};
	struct lengths lengths = {0};
	for (long y = s->length - 1; y >= 0; y--) {
		long end = y + 1;
		struct row *r = screen_line(s, y);
		if (!r || (!r->wrapped && row_trimmed(r) <= cols))
			continue;
		while (y > 0 && screen_line(s, y)->wrapped)
			y--;
		if (has_cursor(s, y, end))
			continue;
		collect(s, &l, y, end);
		narrow_line(s, &in, &l, &lengths, y, cols, rows);
	}
	drop_from(s, s->length, length);
	if (in.rows)
		insert_all(s, &in);
	/* Those that were dropped at once, as the oldest. */
	for (long i = 0; i < in.count; i++)
		for (long k = 0; k < in.list[i].count; k++)
			if (in.list[i].rows[k] && in.rows)
				row_destroy(in.list[i].rows[k]);
	insertions_free(&in);
	free(l.rows);
	free(lengths.list);
}

static void
set_lengths(struct screen *s, int cols)
{
	for (long i = 0; i < s->length; i++) {
		struct row **r = &s->ring[(s->start + i) % s->limit];
		if (*r)
			*r = row_set_len(*r, cols);
	}
}

static long
grow(struct screen *s, int cols, int rows)
{
	long down = 0;
	for (int y = s->rows; y < rows; y++) {
		if (s->length >= rows + s->base)
			continue;
		if (s->base > 0 && s->length <= s->base + s->y + down + 1) {
			s->base--;
			down++;
		} else {
			screen_push(s, row_create(cols, &none));
		}
	}
	return down;
}

static void
shrink(struct screen *s, int rows)
{
	for (int y = s->rows; y > rows; y--) {
		if (s->length <= rows + s->base)
			continue;
		if (s->length > s->base + s->y + 1)
			screen_pop(s);
		else
			s->base++;
	}
}

static void
trim(struct screen *s, long limit)
{
	long count = s->length - limit;
	if (limit >= s->limit)
		return;
	if (count > 0) {
		screen_trim(s, count);
		s->base = s->base > count ? s->base - count : 0;
		s->saved.y = s->saved.y > count ? s->saved.y - count : 0;
	}
	screen_set_limit(s, limit);
}

static void
fit(struct screen *s, int cols, int rows, long limit)
{
	long down;
	if (s->cols < cols)
		set_lengths(s, cols);
	down = grow(s, cols, rows);
	shrink(s, rows);
	trim(s, limit);
	if (s->x > cols - 1)
		s->x = cols - 1;
	if (s->y > rows - 1)
		s->y = rows - 1;
	s->y += down;
	if (s->saved.x > cols - 1)
		s->saved.x = cols - 1;
	s->top = 0;
}

void
screen_resize(struct screen *s, int cols, int rows)
{
	long limit = rows + (s->scrolls_back ? TERMINAL_SCROLLBACK : 0);
	int tab;
	if (limit > s->limit)
		screen_set_limit(s, limit);
	if (s->length)
		fit(s, cols, rows, limit);
	s->bottom = rows - 1;
	if (s->scrolls_back && cols > s->cols)
		widen(s, cols, rows);
	if (s->scrolls_back && cols < s->cols) {
		narrow(s, cols, rows);
		set_lengths(s, cols);
	}
	s->cols = cols;
	s->rows = rows;
	tab = s->tabs[cols] ? cols : screen_tab_before(s, cols);
	screen_default_tabs(s, tab);
}
