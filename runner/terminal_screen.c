/*
 * The rows of one buffer in a ring of pointers, so that scrolling moves none of them. The
 * ring has a place for every row that the buffer may have; a place that is not in use is
 * NULL. Reading beyond the newest row comes round to the oldest one, as in xterm.js,
 * whose DECALN and ED 1 do that.
 */
#include "config.h"

#include "runner/terminal_model.h"

#include <stdlib.h>
#include <string.h>

static const struct cell blank = {.content = CONTENT_WIDTH_1};

enum { TAB_WIDTH = 8 };

static long
place(const struct screen *s, long line)
{
	return (s->start + line) % s->limit;
}

void
screen_default_tabs(struct screen *s, int from)
{
	for (int i = from; i < s->cols; i += TAB_WIDTH)
		s->tabs[i] = 1;
}

/* Without rows, in a ring as long as the size of now wants it. */
static void
start_anew(struct screen *s)
{
	for (long i = 0; s->ring && i < s->limit; i++)
		row_destroy(s->ring[i]);
	free(s->ring);
	s->limit = s->rows + (s->scrolls_back ? TERMINAL_SCROLLBACK : 0);
	s->ring = xcalloc((size_t)s->limit, sizeof(struct row *));
	s->start = s->length = s->base = 0;
	s->x = s->y = 0;
	s->top = 0;
	s->bottom = s->rows - 1;
	memset(s->tabs, 0, sizeof s->tabs);
	screen_default_tabs(s, 0);
}

void
screen_init(struct terminal *t, struct screen *s, bool scrolls_back)
{
	*s = (struct screen){
		.cols = t->cols,
		.rows = t->rows,
		.scrolls_back = scrolls_back,
	};
	start_anew(s);
	if (scrolls_back)
		screen_fill(s, &blank);
}

void
screen_finish(struct screen *s)
{
	for (long i = 0; i < s->limit; i++)
		row_destroy(s->ring[i]);
	free(s->ring);
}

void
screen_clear(struct screen *s)
{
	start_anew(s);
}

void
screen_fill(struct screen *s, const struct cell *fill)
{
	if (s->length)
		return;
	for (int i = 0; i < s->rows; i++)
		screen_push(s, row_create(s->cols, fill));
}

struct row *
screen_line(const struct screen *s, long line)
{
	return line < 0 ? NULL : s->ring[place(s, line)];
}

struct row *
screen_row(const struct terminal *t, long y)
{
	struct screen *s = t->active;
	long at = place(s, s->base + y);
	if (!s->ring[at])
		s->ring[at] = row_create(t->cols, &blank);
	return s->ring[at];
}

void
screen_put(struct screen *s, long line, struct row *r)
{
	long at = place(s, line);
	if (s->ring[at] != r)
		row_destroy(s->ring[at]);
	s->ring[at] = r;
}

void
screen_set_limit(struct screen *s, long limit)
{
	struct row **ring;
	if (limit == s->limit)
		return;
	ring = xcalloc((size_t)limit, sizeof(struct row *));
	for (long i = 0; i < s->limit; i++) {
		struct row *r = s->ring[place(s, i)];
		if (i < limit && i < s->length)
			ring[i] = r;
		else
			row_destroy(r);
	}
	free(s->ring);
	s->ring = ring;
	s->limit = limit;
	s->start = 0;
	if (s->length > limit)
		s->length = limit;
}

void
screen_push(struct screen *s, struct row *r)
{
	screen_put(s, s->length, r);
	if (s->length == s->limit)
		s->start = (s->start + 1) % s->limit;
	else
		s->length++;
}

void
screen_pop(struct screen *s)
{
	if (s->length)
		screen_put(s, --s->length, NULL);
}

void
screen_trim(struct screen *s, long count)
{
	if (count > s->length)
		count = s->length;
	for (long i = 0; i < count; i++)
		screen_put(s, i, NULL);
	s->start = (s->start + count) % s->limit;
	s->length -= count;
}

void
screen_move(struct screen *s, long from, long to, const struct cell *fill)
{
	struct row *r = s->ring[place(s, from)];
	long step = from < to ? 1 : -1;
	for (long i = from; i != to; i += step)
		s->ring[place(s, i)] = s->ring[place(s, i + step)];
	s->ring[place(s, to)] =
		r ? row_clear(r, s->cols, fill) : row_create(s->cols, fill);
}

/* A row goes in below `bottom`, and all above move up; the oldest goes when it is full.
 */
static void
scroll_up_into_history(struct screen *s, const struct cell *fill, bool full)
{
	long bottom = s->base + s->bottom;
	if (full) {
		struct row *oldest = s->ring[s->start];
		s->ring[s->start] = NULL;
		s->start = (s->start + 1) % s->limit;
		s->length--;
		screen_push(s,
			oldest ? row_clear(oldest, s->cols, fill)
			       : row_create(s->cols, fill));
		bottom--;
	} else {
		screen_push(s, row_create(s->cols, fill));
		s->base++;
	}
	for (long i = s->length - 1; i > bottom + 1; i--) {
		struct row *r = s->ring[place(s, i)];
		s->ring[place(s, i)] = s->ring[place(s, i - 1)];
		s->ring[place(s, i - 1)] = r;
	}
}

void
screen_scroll(struct terminal *t, const struct cell *fill, bool wrapped)
{
	struct screen *s = t->active;
	if (s->top == 0)
		scroll_up_into_history(s, fill, s->length == s->limit);
	else
		screen_move(s, s->base + s->top, s->base + s->bottom, fill);
	screen_row(t, s->bottom)->wrapped = wrapped;
}

int
screen_tab_before(const struct screen *s, long x)
{
	for (x--; x > 0; x--)
		if (x < TAB_COLS && s->tabs[x])
			break;
	return x >= s->cols ? s->cols - 1 : x < 0 ? 0 : (int)x;
}

int
screen_tab_after(const struct screen *s, long x)
{
	for (x++; x < s->cols; x++)
		if (s->tabs[x])
			break;
	return x >= s->cols ? s->cols - 1 : (int)x;
}

void
terminal_show_alternate(struct terminal *t)
{
	struct cell fill = terminal_erase_cell(t);
	if (t->active == &t->alternate)
		return;
	screen_fill(&t->alternate, &fill);
	t->alternate.x = t->normal.x;
	t->alternate.y = t->normal.y;
	t->active = &t->alternate;
}

void
terminal_show_normal(struct terminal *t)
{
	if (t->active == &t->normal)
		return;
	t->normal.x = t->alternate.x;
	t->normal.y = t->alternate.y;
	screen_clear(&t->alternate);
	t->active = &t->normal;
}
