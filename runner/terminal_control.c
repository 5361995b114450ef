/* Controls, and sequences of ESC and one byte or two. */
#include "config.h"

#include "runner/terminal_model.h"

static void
line_feed(struct terminal *t)
{
	struct screen *s = t->active;
	struct cell erase = terminal_erase_cell(t);
	if (t->newline)
		s->x = 0;
	s->y++;
	if (s->y == s->bottom + 1) {
		s->y--;
		screen_scroll(t, &erase, false);
	} else if (s->y >= t->rows) {
		s->y = t->rows - 1;
	} else {
		screen_row(t, s->y)->wrapped = false;
	}
	if (s->x >= t->cols)
		s->x--;
}

/* Steps back over the end of a row that was wrapped, within the region. */
static void
reverse_wrap(struct terminal *t)
{
	struct screen *s = t->active;
	struct row *r = screen_row(t, s->y);
	if (s->y <= s->top || s->y > s->bottom || !r->wrapped)
		return;
	r->wrapped = false;
	s->y--;
	s->x = t->cols - 1;
	r = screen_row(t, s->y);
	/* A wide character that did not fit left a blank. */
	if (row_width(r, s->x) && !row_has_content(r, s->x))
		s->x--;
}

static void
backspace(struct terminal *t)
{
	struct screen *s = t->active;
	bool reverse = t->modes.reverse_wrap;
	terminal_restrict_cursor(t, reverse ? t->cols : t->cols - 1);
	if (s->x > 0)
		s->x--;
	else if (reverse)
		reverse_wrap(t);
	if (reverse)
		terminal_restrict_cursor(t, t->cols - 1);
}

void
terminal_index(struct terminal *t)
{
	struct screen *s = t->active;
	struct cell erase = terminal_erase_cell(t);
	terminal_restrict_cursor(t, t->cols - 1);
	s->y++;
	if (s->y == s->bottom + 1) {
		s->y--;
		screen_scroll(t, &erase, false);
	} else if (s->y >= t->rows) {
		s->y = t->rows - 1;
	}
	terminal_restrict_cursor(t, t->cols - 1);
}

static void
next_line(struct terminal *t)
{
	t->active->x = 0;
	terminal_index(t);
}

static void
reverse_index(struct terminal *t)
{
	struct screen *s = t->active;
	struct cell erase = terminal_erase_cell(t);
	terminal_restrict_cursor(t, t->cols - 1);
	if (s->y == s->top) {
		screen_move(s, s->base + s->bottom, s->base + s->top, &erase);
		return;
	}
	s->y--;
	terminal_restrict_cursor(t, t->cols - 1);
}

static void
set_tab(struct terminal *t)
{
	if (t->active->x < TAB_COLS)
		t->active->tabs[t->active->x] = 1;
}

static void
shift_to(struct terminal *t, int level)
{
	t->charset_level = level;
	t->charset = t->charsets[level];
}

static void
designate(struct terminal *t, int level, const struct charset *c)
{
	t->charsets[level] = c;
	if (t->charset_level == level)
		t->charset = c;
}

void
terminal_execute(struct terminal *t, uint32_t control)
{
	struct screen *s = t->active;
	switch (control) {
	case '\n':
	case '\v':
	case '\f':
		line_feed(t);
		break;
	case '\r':
		s->x = 0;
		break;
	case '\b':
		backspace(t);
		break;
	case '\t':
		if (s->x < t->cols)
			s->x = screen_tab_after(s, s->x);
		break;
	case 0x0e:
		shift_to(t, 1);
		break;
	case 0x0f:
		shift_to(t, 0);
		break;
	case 0x84:
		terminal_index(t);
		break;
	case 0x85:
		next_line(t);
		break;
	case 0x88:
		set_tab(t);
		break;
	}
}

void
terminal_save_cursor(struct terminal *t)
{
	struct screen *s = t->active;
	s->saved = (struct saved){
		.x = s->x,
		.y = s->base + s->y,
		.fg = t->pen.fg,
		.bg = t->pen.bg,
		.charset = t->charset,
	};
}

void
terminal_restore_cursor(struct terminal *t)
{
	struct screen *s = t->active;
	s->x = s->saved.x;
	s->y = s->saved.y > s->base ? s->saved.y - s->base : 0;
	t->pen.fg = s->saved.fg;
	t->pen.bg = s->saved.bg;
	t->charset = s->saved.charset;
	terminal_restrict_cursor(t, t->cols - 1);
}

/* DECALN. In origin mode it begins at the region, and comes round at the end. */
static void
fill_with_e(struct terminal *t)
{
	struct screen *s = t->active;
	struct cell e = terminal_pen_cell(t);
	e.content = 'E' | CONTENT_WIDTH_1;
	e.style = 0;
	terminal_set_cursor(t, 0, 0);
	for (int i = 0; i < t->rows; i++) {
		struct row *r = screen_line(s, s->base + s->y + i);
		if (!r)
			continue;
		row_fill(r, &e, false);
		r->wrapped = false;
	}
	terminal_set_cursor(t, 0, 0);
}

/* ESC, one intermediate, and a final byte; true when it was one for character sets. */
static bool
designated(struct terminal *t, uint32_t key)
{
	uint32_t between = key >> 8, final = key & 0xff;
	static const char levels[] = "()*+", more[] = "-.";
	const struct charset *c;
	bool known;
	if (between == '%' && (final == '@' || final == 'G')) {
		shift_to(t, 0);
		designate(t, 0, NULL);
		return true;
	}
	c = terminal_charset(final, &known);
	for (int i = 0; known && i < 4; i++)
		if (between == (uint32_t)levels[i])
			designate(t, i, c);
	for (int i = 0; known && i < 2; i++)
		if (between == (uint32_t)more[i])
			designate(t, i + 1, c);
	return between != 0;
}

void
terminal_escape(struct terminal *t, uint32_t key)
{
	if (key == ('#' << 8 | '8')) {
		fill_with_e(t);
		return;
	}
	if (designated(t, key))
		return;
	switch (key) {
	case '7':
		terminal_save_cursor(t);
		break;
	case '8':
		terminal_restore_cursor(t);
		break;
	case '=':
	case '>':
		t->modes.keypad = key == '=';
		break;
	case 'D':
		terminal_index(t);
		break;
	case 'E':
		next_line(t);
		break;
	case 'H':
		set_tab(t);
		break;
	case 'M':
		reverse_index(t);
		break;
	case 'c':
		terminal_full_reset(t);
		break;
	case 'n':
	case '}':
		shift_to(t, 2);
		break;
	case 'o':
	case '|':
		shift_to(t, 3);
		break;
	case '~':
		shift_to(t, 1);
		break;
	}
}
