/* See line_diff.h. Lines are numbered by what they say first, so that comparing two is
 * comparing numbers. */
#include "config.h"

#include "lib/line_diff.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

/* ---- lines as numbers ---- */

static void
split(struct diff_side *side, const char *text, size_t len)
{
	size_t room = 64;
	*side = (struct diff_side){.text = text};
	side->start = xrealloc(NULL, room * sizeof *side->start);
	for (size_t at = 0; at < len;) {
		const char *newline = memchr(text + at, '\n', len - at);
		if (side->count + 2 > room)
			side->start =
				xrealloc(side->start, (room *= 2) * sizeof *side->start);
		side->start[side->count++] = at;
		at = newline ? (size_t)(newline - text) + 1 : len;
	}
	side->start[side->count] = len;
	side->changed = xcalloc(side->count + 1, 1);
}

static size_t
length_of(const struct diff_side *side, size_t line)
{
	return side->start[line + 1] - side->start[line];
}

/* A line that was met, in a hash table with open addressing. */
struct met {
	const struct diff_side *side; /* NULL: the place is free */
	size_t line;
	int number;
};

struct table {
	struct met *places;
	size_t mask;
	int count;
};

/* FNV-1a */
static uint64_t
hash_of(const char *text, size_t len)
{
	uint64_t hash = 14695981039346656037u;
	for (size_t i = 0; i < len; i++)
		hash = (hash ^ (unsigned char)text[i]) * 1099511628211u;
	return hash ^ hash >> 32;
}

static int
number_of(struct table *t, const struct diff_side *side, size_t line)
{
	size_t len = length_of(side, line);
	const char *text = side->text + side->start[line];
	size_t at = hash_of(text, len) & t->mask;
	for (struct met *m; (m = &t->places[at])->side; at = (at + 1) & t->mask)
		if (length_of(m->side, m->line) == len &&
			memcmp(m->side->text + m->side->start[m->line], text, len) == 0)
			return m->number;
	t->places[at] = (struct met){side, line, t->count};
	return t->count++;
}

static int *
number_lines(struct table *t, const struct diff_side *side)
{
	int *numbers = xcalloc(side->count + 1, sizeof *numbers);
	for (size_t i = 0; i < side->count; i++)
		numbers[i] = number_of(t, side, i);
	return numbers;
}

/* ---- the shortest script ---- */

/* A part of the one text and of the other. */
struct box {
	int a, a_end, b, b_end;
};

struct search {
	const int *a, *b;
	unsigned char *a_changed, *b_changed;
	/* By diagonal (a - b): how far a path has come from the beginning, and from the
	 * end. They point into the middle of what is allocated. */
	int *from_begin, *from_end;
};

/* Diagonals that paths of one direction have reached. */
struct front {
	int low, high;
};

/* Another edit: the front grows to both sides as far as the box has diagonals. */
static void
widen(struct front *f, int least, int most, int *reached, int never)
{
	if (f->low > least)
		reached[--f->low - 1] = never;
	else
		++f->low;
	if (f->high < most)
		reached[++f->high + 1] = never;
	else
		--f->high;
}

static bool
holds(const struct front *f, int diagonal)
{
	return f->low <= diagonal && diagonal <= f->high;
}

/* One more edit from the beginning. True when a path from the end is met, at *x. */
static bool
go_forward(const struct search *s, const struct box *box, struct front *f,
	const struct front *other, int *x, int *diagonal)
{
	for (int d = f->high; d >= f->low; d -= 2) {
		int i = s->from_begin[d - 1] >= s->from_begin[d + 1]
			? s->from_begin[d - 1] + 1
			: s->from_begin[d + 1];
		while (i < box->a_end && i - d < box->b_end && s->a[i] == s->b[i - d])
			i++;
		s->from_begin[d] = i;
		if (other && holds(other, d) && s->from_end[d] <= i) {
			*x = i, *diagonal = d;
			return true;
		}
	}
	return false;
}

static bool
go_back(const struct search *s, const struct box *box, struct front *f,
	const struct front *other, int *x, int *diagonal)
{
	for (int d = f->high; d >= f->low; d -= 2) {
		int i = s->from_end[d - 1] < s->from_end[d + 1] ? s->from_end[d - 1]
								: s->from_end[d + 1] - 1;
		while (i > box->a && i - d > box->b && s->a[i - 1] == s->b[i - d - 1])
			i--;
		s->from_end[d] = i;
		if (other && holds(other, d) && i <= s->from_begin[d]) {
			*x = i, *diagonal = d;
			return true;
		}
	}
	return false;
}

/* A point that a shortest path goes through, about in its middle. False: too far. */
static bool
find_middle(const struct search *s, const struct box *box, int *a, int *b)
{
	int least = box->a - box->b_end, most = box->a_end - box->b, d = 0;
	int begin = box->a - box->b, end = box->a_end - box->b_end;
	bool odd = (begin - end) & 1;
	struct front forth = {begin, begin}, back = {end, end};
	s->from_begin[begin] = box->a;
	s->from_end[end] = box->a_end;
	for (int cost = 1; cost <= LINE_DIFF_COST; cost++) {
		widen(&forth, least, most, s->from_begin, -1);
		if (go_forward(s, box, &forth, odd ? &back : NULL, a, &d))
			return *b = *a - d, true;
		widen(&back, least, most, s->from_end, INT_MAX);
		if (go_back(s, box, &back, odd ? NULL : &forth, a, &d))
			return *b = *a - d, true;
	}
	return false;
}

static void
trim(const struct search *s, struct box *box)
{
	while (box->a < box->a_end && box->b < box->b_end && s->a[box->a] == s->b[box->b])
		box->a++, box->b++;
	while (box->a < box->a_end && box->b < box->b_end &&
		s->a[box->a_end - 1] == s->b[box->b_end - 1])
		box->a_end--, box->b_end--;
}

/* As deep as the logarithm of the cost. */
static void
compare(const struct search *s, struct box box)
{
	int a, b;
	trim(s, &box);
	bool whole = box.a == box.a_end || box.b == box.b_end ||
		box.a_end - box.a + box.b_end - box.b > LINE_DIFF_LINES ||
		!find_middle(s, &box, &a, &b);
	if (whole) {
		memset(s->a_changed + box.a, 1, (size_t)(box.a_end - box.a));
		memset(s->b_changed + box.b, 1, (size_t)(box.b_end - box.b));
		return;
	}
	compare(s, (struct box){box.a, a, box.b, b});
	compare(s, (struct box){a, box.a_end, b, box.b_end});
}

static int64_t
count_changed(const struct diff_side *side)
{
	int64_t count = 0;
	for (size_t i = 0; i < side->count; i++)
		count += side->changed[i];
	return count;
}

void
line_diff_make(struct line_diff *d, const char *before, size_t before_len,
	const char *after, size_t after_len)
{
	struct table table = {.mask = 127};
	split(&d->before, before, before_len);
	split(&d->after, after, after_len);
	size_t lines = d->before.count + d->after.count;
	while (table.mask < 2 * lines)
		table.mask = 2 * table.mask + 1;
	table.places = xcalloc(table.mask + 1, sizeof *table.places);
	int *a = number_lines(&table, &d->before), *b = number_lines(&table, &d->after);
	int *reached = xcalloc(2 * (lines + 3), sizeof *reached);
	const struct search search = {
		.a = a,
		.b = b,
		.a_changed = d->before.changed,
		.b_changed = d->after.changed,
		.from_begin = reached + d->after.count + 1,
		.from_end = reached + lines + 3 + d->after.count + 1,
	};
	compare(&search, (struct box){0, (int)d->before.count, 0, (int)d->after.count});
	d->removed = count_changed(&d->before);
	d->added = count_changed(&d->after);
	free(table.places);
	free(reached);
	free(a);
	free(b);
}

void
line_diff_free(struct line_diff *d)
{
	free(d->before.start);
	free(d->before.changed);
	free(d->after.start);
	free(d->after.changed);
	*d = (struct line_diff){0};
}

/* ---- as text ---- */

static void
put_line(struct buf *out, char sign, const struct diff_side *side, size_t line)
{
	size_t len = length_of(side, line);
	const char *text = side->text + side->start[line];
	buf_char(out, sign);
	buf_add(out, text, len);
	if (text[len - 1] != '\n')
		buf_str(out, "\n\\ No newline at end of file\n");
}

/* Lines of both, from where nothing differs to where nothing differs. */
struct hunk {
	size_t a, a_end, b, b_end;
};

static bool
is_changed(const struct diff_side *side, size_t line)
{
	return line < side->count && side->changed[line];
}

/* The next hunk at or behind a, b, which is where equal lines begin. */
static bool
next_hunk(const struct line_diff *d, size_t a, size_t b, struct hunk *h)
{
	size_t first = a, same = 0;
	while (a < d->before.count && b < d->after.count && !d->before.changed[a] &&
		!d->after.changed[b])
		a++, b++;
	if (a == d->before.count && b == d->after.count)
		return false;
	size_t lead = a - first < LINE_DIFF_CONTEXT ? a - first : LINE_DIFF_CONTEXT;
	h->a = a - lead, h->b = b - lead;
	while (same <= 2 * LINE_DIFF_CONTEXT) {
		size_t was = a + b;
		while (is_changed(&d->before, a))
			a++;
		while (is_changed(&d->after, b))
			b++;
		if (a + b > was)
			same = 0;
		if (a >= d->before.count || b >= d->after.count)
			break;
		a++, b++, same++;
	}
	size_t more = same > LINE_DIFF_CONTEXT ? same - LINE_DIFF_CONTEXT : 0;
	h->a_end = a - more, h->b_end = b - more;
	return true;
}

static void
put_range(struct buf *out, char sign, size_t from, size_t to)
{
	size_t count = to - from;
	buf_printf(out, "%c%zu", sign, count ? from + 1 : from);
	if (count != 1)
		buf_printf(out, ",%zu", count);
}

static bool
fits(struct buf *out, size_t *kept, size_t begin, size_t most)
{
	if (out->len - begin > most)
		return false;
	*kept = out->len;
	return true;
}

/* False when it did not fit; *kept is how much did. */
static bool
put_hunk(const struct line_diff *d, const struct hunk *h, struct buf *out, size_t begin,
	size_t most, size_t *kept)
{
	size_t a = h->a, b = h->b;
	buf_str(out, "@@ ");
	put_range(out, '-', h->a, h->a_end);
	buf_char(out, ' ');
	put_range(out, '+', h->b, h->b_end);
	buf_str(out, " @@\n");
	while (a < h->a_end || b < h->b_end) {
		bool gone = a < h->a_end && d->before.changed[a];
		const struct diff_side *side =
			!gone && is_changed(&d->after, b) ? &d->after : &d->before;
		if (side->start[(side == &d->after ? b : a) + 1] -
				side->start[side == &d->after ? b : a] >
			most)
			return false;
		if (gone)
			put_line(out, '-', &d->before, a++);
		else if (side == &d->after)
			put_line(out, '+', &d->after, b++);
		else
			put_line(out, ' ', &d->before, a++), b++;
		if (!fits(out, kept, begin, most))
			return false;
	}
	return true;
}

bool
line_diff_unified(const struct line_diff *d, size_t most, struct buf *out)
{
	struct hunk h = {0};
	size_t begin = out->len, kept = begin;
	while (next_hunk(d, h.a_end, h.b_end, &h))
		if (!put_hunk(d, &h, out, begin, most, &kept)) {
			out->len = kept;
			if (out->data)
				out->data[kept] = '\0';
			return false;
		}
	return true;
}
