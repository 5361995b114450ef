/*
 * The state of a terminal as bytes. What RIS does not reset in xterm.js (colours, title,
 * whether the cursor shows and blinks, LNM) is always said. The order matters: rows while
 * all modes are those of a fresh terminal; then what moves the cursor; the pen; and last
 * the character that a combining one would join or REP would repeat, printed once more.
 */
#include "config.h"

#include "runner/terminal_model.h"

#include <stdlib.h>
#include <string.h>

/* What the end of a snapshot needs to know of the cursor. */
struct ending {
	long x;    /* not beyond the edge */
	bool wrap; /* the next character wraps */
	int join;  /* width of the character before, 0: nothing joins it */
	/* A wide character had no room there, and without wrapping none was made: what
	 * combines joins what is before the cursor all the same. */
	bool refused;
};

static const char wide_space[] = "\xe3\x80\x80";

static const struct row *
row_at(const struct screen *s, long y)
{
	return screen_line(s, s->base + y);
}

/* How many rows there are down to the last that says something. */
static long
rows_to_paint(const struct painter *p, const struct screen *s)
{
	long rows = p->t->rows;
	while (rows > 0) {
		const struct row *r = row_at(s, rows - 1);
		if (r && ((r->wrapped && p->t->rows > 1) || !paint_is_blank(p, r)))
			break;
		rows--;
	}
	return rows;
}

/* The first row continues one that is above the screen. */
static void
mark_first_row(struct painter *p)
{
	buf_printf(p->out, "\x1b[%dG  \x1b[A\x1b[M", p->t->cols);
	p->x = 0;
	p->dirty = 0;
	p->marked = true;
}

/* The cursor is at home and stays somewhere. */
static void
paint_screen(struct painter *p, const struct screen *s)
{
	long rows = rows_to_paint(p, s);
	p->x = p->y = 0;
	p->dirty = -1;
	p->continued = p->marked = false;
	if (rows && row_at(s, 0) && row_at(s, 0)->wrapped && p->t->rows > 1)
		mark_first_row(p);
	for (long y = 0; y < rows; y++) {
		const struct row *r = row_at(s, y);
		const struct row *next = y + 1 < rows ? row_at(s, y + 1) : NULL;
		if (r)
			paint_row(p, r, next && next->wrapped ? next : NULL,
				y + 1 == rows);
		else
			paint_new_line(p);
	}
	paint_plain(p);
}

static void
tabs(struct painter *p, const struct screen *s)
{
	enum { TAB_WIDTH = 8 };
	bool usual = true;
	for (int i = 0; i < p->t->cols; i++)
		usual = usual && s->tabs[i] == (i % TAB_WIDTH == 0);
	if (usual)
		return;
	buf_str(p->out, "\x1b[3g");
	for (int i = 0; i < p->t->cols; i++)
		if (s->tabs[i])
			buf_printf(p->out, "\x1b[%dG\x1bH", i + 1);
}

static long
clamp(long value, long low, long high)
{
	return value < low ? low : value > high ? high : value;
}

/* What the pen shows of an underline or link is not saved; that there was one is. */
static void
saved_cursor(struct painter *p, const struct screen *s)
{
	const struct saved *saved = &s->saved;
	struct style style = {.underline = (uint32_t)(saved->fg & FG_UNDERLINE ? 1 : 0)
			<< UNDERLINE_SHIFT};
	struct pen pen = canonical_pen(saved->fg, saved->bg, style);
	long x = clamp(saved->x, 0, p->t->cols - 1);
	long y = clamp(saved->y - s->base, 0, p->t->rows - 1);
	bool link = (saved->bg & BG_STYLED) && !(saved->fg & FG_UNDERLINE);
	bool never = !x && !y && (!s->scrolls_back || !s->base || !saved->y);
	if (never && !pen.fg && !pen.bg && !link && !saved->charset)
		return;
	pen_write(p->out, p->t, &p->pen, &pen);
	if (link)
		buf_str(p->out, "\x1b]8;;-\a");
	if (saved->charset)
		buf_printf(p->out, "\x1b(%c", charset_name(saved->charset));
	paint_go(p, x, y);
	buf_str(p->out,
		"\x1b"
		"7");
	if (saved->charset)
		buf_str(p->out, "\x1b(B");
	if (link)
		buf_str(p->out, "\x1b]8;;\a");
	paint_plain(p);
}

static void
region(struct painter *p, const struct screen *s)
{
	if (s->top != 0 || s->bottom != p->t->rows - 1)
		buf_printf(p->out, "\x1b[%d;%dr", s->top + 1, s->bottom + 1);
}

/* Both buffers; ends in the one that is active. */
static void
buffers(struct painter *p)
{
	const struct terminal *t = p->t;
	const struct screen *n = &t->normal, *a = &t->alternate;
	size_t before;
	paint_screen(p, n);
	tabs(p, n);
	saved_cursor(p, n);
	region(p, n);
	if (t->active == n) {
		before = p->out->len;
		buf_str(p->out, "\x1b[?47h");
		saved_cursor(p, a);
		if (p->out->len == before + 6)
			p->out->len = before;
		else
			buf_str(p->out, "\x1b[?47l");
		return;
	}
	paint_go(p, clamp(n->x, 0, t->cols - 1), clamp(n->y, 0, t->rows - 1));
	buf_str(p->out, "\x1b[?47h\x1b[H");
	paint_screen(p, a);
	tabs(p, a);
	saved_cursor(p, a);
	region(p, a);
}

static void
add_mode(struct buf *to, int number)
{
	buf_printf(to, to->len ? ";%d" : "%d", number);
}

static void
modes(struct painter *p)
{
	static const int mice[] = {0, 9, 1000, 1002, 1003};
	static const int encodings[] = {0, 1006, 1016};
	const struct terminal *t = p->t;
	const struct modes *m = &t->modes;
	const struct {
		int number;
		bool set, reset;
	} list[] = {
		{1, m->cursor_keys, false},
		{7, false, m->no_wrap},
		{12, t->cursor_blink, !t->cursor_blink},
		{25, !t->cursor_hidden, t->cursor_hidden},
		{45, m->reverse_wrap, false},
		{mice[t->mouse], t->mouse != MOUSE_NONE, false},
		{encodings[t->mouse_encoding], t->mouse_encoding != MOUSE_DEFAULT, false},
		{1004, m->focus, false},
		{2004, m->paste, false},
	};
	struct buf on = BUF_INIT, off = BUF_INIT;
	for (size_t i = 0; i < sizeof list / sizeof *list; i++) {
		if (list[i].set)
			add_mode(&on, list[i].number);
		if (list[i].reset)
			add_mode(&off, list[i].number);
	}
	if (on.len)
		buf_printf(p->out, "\x1b[?%sh", on.data);
	if (off.len)
		buf_printf(p->out, "\x1b[?%sl", off.data);
	buf_printf(p->out, "\x1b[%s20%c", "", t->newline ? 'h' : 'l');
	if (m->insert)
		buf_str(p->out, "\x1b[4h");
	if (m->keypad)
		buf_str(p->out, "\x1b=");
	if (m->cursor_style)
		buf_printf(p->out, "\x1b[%d q", m->cursor_style);
	buf_free(&on);
	buf_free(&off);
}

static void
charsets(struct painter *p)
{
	static const char *const levels[] = {"", "\x0e", "\x1bn", "\x1bo"};
	const struct terminal *t = p->t;
	for (int i = 0; i < 4; i++) {
		const struct charset *c =
			i == t->charset_level ? t->charset : t->charsets[i];
		if (c)
			buf_printf(p->out, "\x1b%c%c", "()*+"[i], charset_name(c));
	}
	buf_str(p->out, levels[t->charset_level]);
}

static void
colours(struct painter *p)
{
	const struct terminal *t = p->t;
	bool first = true;
	buf_str(p->out, "\x1b]104\a\x1b]110\a\x1b]111\a\x1b]112\a");
	for (int i = 0; i < 256; i++) {
		if (!t->palette[i])
			continue;
		buf_printf(p->out, "%s;%d;#%06x", first ? "\x1b]4" : "", i,
			(unsigned)(t->palette[i] & COLOUR_RGB_MASK));
		first = false;
	}
	if (!first)
		buf_char(p->out, '\a');
	for (int i = 0; i < 3; i++)
		if (t->special[i])
			buf_printf(p->out, "\x1b]%d;#%06x\a", 10 + i,
				(unsigned)(t->special[i] & COLOUR_RGB_MASK));
	buf_str(p->out, "\x1b]2;");
	buf_add(p->out, t->title.data, t->title.len);
	buf_char(p->out, '\a');
}

/* The column of the character that ends before `x`, -1 when none does. */
static long
character_before(const struct painter *p, const struct row *r, long x)
{
	for (int width = 1; width <= 2; width++)
		if (x >= width && paint_width(r, x - width) == width &&
			paint_is_text(p, r, x - width))
			return x - width;
	return -1;
}

static bool
is_printable_again(const struct painter *p, const struct row *r, long col)
{
	const struct terminal *t = p->t;
	struct pen look = cell_pen(t, &r->cells[col]);
	struct pen pen = canonical_pen(t->pen.fg, t->pen.bg, t->pen.style);
	uint32_t characters[JOINED_MAX];
	int count = row_characters(r, col, characters);
	if (!(pen.bg & BG_STYLED))
		pen.style.underline = 0;
	for (int i = 0; i < count; i++)
		if (!charset_unmap(t->charset, characters[i]))
			return false;
	return pen_equal(&look, &pen);
}

static struct ending
find_ending(const struct painter *p, const struct row *r)
{
	const struct screen *s = p->t->active;
	struct ending e = {.x = clamp(s->x, 0, p->t->cols), .join = p->t->parser.join};
	long col = character_before(p, r, e.x);
	/* Printing within a wide character would take that away. */
	e.refused = e.join == 2 && p->t->modes.no_wrap && e.x == p->t->cols - 1 &&
		row_width(r, e.x - 1) != 2;
	if (e.refused)
		e.join = 0;
	if (e.join && (col < 0 || col != e.x - e.join || !is_printable_again(p, r, col)))
		e.join = 0;
	e.wrap = e.x == p->t->cols;
	return e;
}

/* Whether all cells are erased with one background. */
static bool
is_one_colour(const struct row *r, int cols)
{
	for (int i = 0; i < cols; i++)
		if (r->cells[i].content != CONTENT_WIDTH_1 || r->cells[i].fg ||
			r->cells[i].bg != r->cells[0].bg ||
			(r->cells[i].bg & ~(uint32_t)COLOUR_MASK))
			return false;
	return true;
}

/* Behind the last column: by printing there once more. */
static void
place_behind(struct painter *p, const struct row *r, long y)
{
	long last = p->t->cols - 1;
	bool lone = paint_width(r, last) == 0 && row_has_content(r, last);
	long col = lone ? last : character_before(p, r, p->t->cols);
	struct pen look;
	if (col >= 0) {
		look = cell_pen(p->t, &r->cells[col]);
		paint_go(p, col, y);
		pen_write(p->out, p->t, &p->pen, &look);
		if (lone)
			buf_char(p->out, 0x0f);
		paint_character(p, r, col, NULL);
		return;
	}
	paint_go(p, last, y);
	if (!is_one_colour(r, p->t->cols))
		return;
	look = (struct pen){.bg = r->cells[0].bg};
	pen_write(p->out, p->t, &p->pen, &look);
	buf_str(p->out, " \x1b[1K");
}

static void
place_cursor(struct painter *p, const struct row *r, const struct ending *e)
{
	const struct terminal *t = p->t;
	const struct screen *s = t->active;
	long y = s->y;
	if (t->modes.origin) {
		buf_str(p->out, "\x1b[?6h");
		y = clamp(y, s->top, s->bottom) - s->top;
	}
	if (e->wrap && !e->join) {
		place_behind(p, r, y);
		return;
	}
	paint_go(p, e->x - e->join, y);
	/* Printing it will insert it. */
	if (e->join && t->modes.insert)
		buf_printf(p->out, "\x1b[%dP", e->join);
}

static void
screen_part(struct terminal *t, struct buf *out)
{
	struct painter p = {.t = t, .out = out};
	const struct row *r;
	struct ending e;
	struct pen pen = canonical_pen(t->pen.fg, t->pen.bg, t->pen.style);
	buffers(&p);
	r = screen_row(t, t->active->y);
	e = find_ending(&p, r);
	place_cursor(&p, r, &e);
	colours(&p);
	charsets(&p);
	modes(&p);
	pen_write(out, t, &p.pen, &pen);
	if (t->modes.synchronized)
		buf_str(out, "\x1b[?2026h");
	if (e.refused)
		buf_str(out, wide_space);
	if (e.join)
		paint_character(&p, r, e.x - e.join, t->charset);
	parser_append_tail(&t->parser, out);
}

/* The lines from `first` on; stores where the bytes of each begin. */
static void
paint_lines(const struct terminal *t, struct buf *out, long first, size_t *begins)
{
	const struct screen *s = &t->normal;
	struct painter p = {.t = t, .out = out, .dirty = -1};
	for (long i = first; i < s->base; i++) {
		const struct row *r = screen_line(s, i);
		const struct row *next = i + 1 < s->base ? screen_line(s, i + 1) : NULL;
		begins[i] = out->len;
		paint_row(&p, r, next && next->wrapped ? next : NULL, false);
	}
	paint_plain(&p);
	paint_go(&p, 0, t->rows - 1);
	while (p.scrolled < s->base - first) {
		buf_char(out, '\n');
		p.scrolled++;
	}
	buf_str(out, "\x1b[H");
}

static void
scrollback_part(const struct terminal *t, struct buf *out, size_t most)
{
	long lines = t->normal.base, first = 0;
	size_t start = out->len;
	size_t *begins;
	if (!lines)
		return;
	begins = xcalloc((size_t)lines + 1, sizeof *begins);
	for (;;) {
		size_t over;
		paint_lines(t, out, first, begins);
		begins[lines] = out->len;
		if (out->len - start <= most)
			break;
		over = out->len - start - most;
		while (first < lines && begins[first] - start < over)
			first++;
		out->len = start;
		if (first >= lines)
			break;
	}
	out->data[out->len] = '\0';
	free(begins);
}

void
terminal_snapshot(struct terminal *t, struct buf *scrollback, struct buf *screen,
	size_t most)
{
	forward_flush(t);
	if (scrollback)
		scrollback_part(t, scrollback, most);
	screen_part(t, screen);
}
