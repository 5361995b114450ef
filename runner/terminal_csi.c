/*
 * CSI sequences that move the cursor, erase and edit; each is a row of the table at the
 * end. Where xterm.js differs from xterm, this follows xterm.js: with origin mode,
 * relative movements and CHA count from the top of the region once more; ED 1 at the
 * right edge touches a line of the scrollback; SD brings in lines without colour.
 */
#include "config.h"

#include "runner/terminal_model.h"

/* A parameter that is missing or 0 means 1. */
static long
first_or_1(const struct params *p)
{
	return p->value[0] ? p->value[0] : 1;
}

void
terminal_restrict_cursor(struct terminal *t, long max_x)
{
	struct screen *s = t->active;
	long low = t->modes.origin ? s->top : 0;
	long high = t->modes.origin ? s->bottom : t->rows - 1;
	if (s->x < 0)
		s->x = 0;
	if (s->x > max_x)
		s->x = max_x;
	if (s->y < low)
		s->y = low;
	if (s->y > high)
		s->y = high;
}

static void
restrict_inside(struct terminal *t)
{
	terminal_restrict_cursor(t, t->cols - 1);
}

void
terminal_set_cursor(struct terminal *t, long x, long y)
{
	struct screen *s = t->active;
	s->x = x;
	s->y = y + (t->modes.origin ? s->top : 0);
	restrict_inside(t);
}

static void
move(struct terminal *t, long x, long y)
{
	restrict_inside(t);
	terminal_set_cursor(t, t->active->x + x, t->active->y + y);
}

static void
cuu(struct terminal *t, const struct params *p)
{
	long room = t->active->y - t->active->top;
	long n = first_or_1(p);
	move(t, 0, -(room >= 0 && room < n ? room : n));
}

static void
cud(struct terminal *t, const struct params *p)
{
	long room = t->active->bottom - t->active->y;
	long n = first_or_1(p);
	move(t, 0, room >= 0 && room < n ? room : n);
}

static void
cuf(struct terminal *t, const struct params *p)
{
	move(t, first_or_1(p), 0);
}

static void
cub(struct terminal *t, const struct params *p)
{
	move(t, -first_or_1(p), 0);
}

static void
cnl(struct terminal *t, const struct params *p)
{
	cud(t, p);
	t->active->x = 0;
}

static void
cpl(struct terminal *t, const struct params *p)
{
	cuu(t, p);
	t->active->x = 0;
}

static void
cha(struct terminal *t, const struct params *p)
{
	terminal_set_cursor(t, first_or_1(p) - 1, t->active->y);
}

static void
cup(struct terminal *t, const struct params *p)
{
	long x = p->count >= 2 && p->value[1] ? p->value[1] - 1 : 0;
	terminal_set_cursor(t, x, first_or_1(p) - 1);
}

static void
vpa(struct terminal *t, const struct params *p)
{
	terminal_set_cursor(t, t->active->x, first_or_1(p) - 1);
}

static void
vpr(struct terminal *t, const struct params *p)
{
	move(t, 0, first_or_1(p));
}

static void
cht(struct terminal *t, const struct params *p)
{
	struct screen *s = t->active;
	if (s->x >= t->cols)
		return;
	for (long n = first_or_1(p); n > 0 && s->x < t->cols - 1; n--)
		s->x = screen_tab_after(s, s->x);
}

static void
cbt(struct terminal *t, const struct params *p)
{
	struct screen *s = t->active;
	if (s->x >= t->cols)
		return;
	for (long n = first_or_1(p); n > 0 && s->x > 0; n--)
		s->x = screen_tab_before(s, s->x);
}

static void
tbc(struct terminal *t, const struct params *p)
{
	struct screen *s = t->active;
	for (long i = 0; p->value[0] == 3 && i < TAB_COLS; i++)
		s->tabs[i] = 0;
	if (p->value[0] == 0 && s->x < TAB_COLS)
		s->tabs[s->x] = 0;
}

static void
erase_in_row(struct terminal *t, long from, long to, bool unwrap, bool selective)
{
	struct row *r = screen_row(t, t->active->y);
	struct cell erase = terminal_erase_cell(t);
	row_replace(r, from, to, &erase, selective);
	if (unwrap)
		r->wrapped = false;
}

static void
erase_rows(struct terminal *t, long from, long to, bool selective)
{
	struct cell erase = terminal_erase_cell(t);
	for (long y = from; y < to; y++) {
		struct row *r = screen_row(t, y);
		row_fill(r, &erase, selective);
		r->wrapped = false;
	}
}

static void
erase_above(struct terminal *t, bool selective)
{
	struct screen *s = t->active;
	erase_in_row(t, 0, s->x + 1, true, selective);
	if (s->x + 1 >= t->cols) {
		struct row *r = screen_line(s, s->y + 1);
		if (r)
			r->wrapped = false;
	}
	erase_rows(t, 0, s->y, selective);
}

static void
erase_scrollback(struct screen *s)
{
	long count = s->length - s->rows;
	if (count <= 0)
		return;
	screen_trim(s, count);
	s->base = s->base > count ? s->base - count : 0;
}

static void
erase_display(struct terminal *t, const struct params *p, bool selective)
{
	struct screen *s = t->active;
	terminal_restrict_cursor(t, t->cols);
	switch (p->value[0]) {
	case 0:
		erase_in_row(t, s->x, t->cols, s->x == 0, selective);
		erase_rows(t, s->y + 1, t->rows, selective);
		break;
	case 1:
		erase_above(t, selective);
		break;
	case 2:
		erase_rows(t, 0, t->rows, selective);
		break;
	case 3:
		erase_scrollback(s);
		break;
	}
}

static void
ed(struct terminal *t, const struct params *p)
{
	erase_display(t, p, false);
}

static void
decsed(struct terminal *t, const struct params *p)
{
	erase_display(t, p, true);
}

static void
erase_line(struct terminal *t, const struct params *p, bool selective)
{
	struct screen *s = t->active;
	terminal_restrict_cursor(t, t->cols);
	if (p->value[0] == 0)
		erase_in_row(t, s->x, t->cols, s->x == 0, selective);
	else if (p->value[0] == 1)
		erase_in_row(t, 0, s->x + 1, false, selective);
	else if (p->value[0] == 2)
		erase_in_row(t, 0, t->cols, true, selective);
}

static void
el(struct terminal *t, const struct params *p)
{
	erase_line(t, p, false);
}

static void
decsel(struct terminal *t, const struct params *p)
{
	erase_line(t, p, true);
}

static void
ech(struct terminal *t, const struct params *p)
{
	restrict_inside(t);
	erase_in_row(t, t->active->x, t->active->x + first_or_1(p), false, false);
}

static bool
in_region(const struct screen *s)
{
	return s->y >= s->top && s->y <= s->bottom;
}

/* Moves rows within the screen, at most as often as there are rows. */
static void
shift(struct terminal *t, long from, long to, long count, const struct cell *fill)
{
	struct screen *s = t->active;
	if (count > t->rows)
		count = t->rows;
	for (; count > 0; count--)
		screen_move(s, s->base + from, s->base + to, fill);
}

static void
il(struct terminal *t, const struct params *p)
{
	struct screen *s = t->active;
	struct cell erase = terminal_erase_cell(t);
	restrict_inside(t);
	if (!in_region(s))
		return;
	shift(t, s->bottom, s->y, first_or_1(p), &erase);
	s->x = 0;
}

static void
dl(struct terminal *t, const struct params *p)
{
	struct screen *s = t->active;
	struct cell erase = terminal_erase_cell(t);
	restrict_inside(t);
	if (!in_region(s))
		return;
	shift(t, s->y, s->bottom, first_or_1(p), &erase);
	s->x = 0;
}

static void
su(struct terminal *t, const struct params *p)
{
	struct cell erase = terminal_erase_cell(t);
	shift(t, t->active->top, t->active->bottom, first_or_1(p), &erase);
}

static void
sd(struct terminal *t, const struct params *p)
{
	struct cell none = {.content = CONTENT_WIDTH_1};
	shift(t, t->active->bottom, t->active->top, first_or_1(p), &none);
}

static void
ich(struct terminal *t, const struct params *p)
{
	struct cell erase = terminal_erase_cell(t);
	restrict_inside(t);
	row_insert(screen_row(t, t->active->y), t->active->x, first_or_1(p), &erase);
}

static void
dch(struct terminal *t, const struct params *p)
{
	struct cell erase = terminal_erase_cell(t);
	restrict_inside(t);
	row_delete(screen_row(t, t->active->y), t->active->x, first_or_1(p), &erase);
}

/* Inserts or deletes in every row of the region. */
static void
shift_columns(struct terminal *t, long col, const struct params *p,
	void (*change)(struct row *, long, long, const struct cell *))
{
	struct screen *s = t->active;
	struct cell erase = terminal_erase_cell(t);
	if (!in_region(s))
		return;
	for (long y = s->top; y <= s->bottom; y++) {
		struct row *r = screen_row(t, y);
		change(r, col, first_or_1(p), &erase);
		r->wrapped = false;
	}
}

static void
sl(struct terminal *t, const struct params *p)
{
	shift_columns(t, 0, p, row_delete);
}

static void
sr(struct terminal *t, const struct params *p)
{
	shift_columns(t, 0, p, row_insert);
}

static void
decic(struct terminal *t, const struct params *p)
{
	shift_columns(t, t->active->x, p, row_insert);
}

static void
decdc(struct terminal *t, const struct params *p)
{
	shift_columns(t, t->active->x, p, row_delete);
}

static void
rep(struct terminal *t, const struct params *p)
{
	terminal_repeat(t, first_or_1(p));
}

static void
decstbm(struct terminal *t, const struct params *p)
{
	long top = first_or_1(p);
	long bottom = p->count >= 2 ? p->value[1] : 0;
	if (bottom == 0 || bottom > t->rows)
		bottom = t->rows;
	if (bottom <= top)
		return;
	t->active->top = (int)top - 1;
	t->active->bottom = (int)bottom - 1;
	terminal_set_cursor(t, 0, 0);
}

static void
decsca(struct terminal *t, const struct params *p)
{
	if (p->value[0] == 1)
		t->pen.bg |= BG_PROTECTED;
	else if (p->value[0] == 2 || p->value[0] == 0)
		t->pen.bg &= ~BG_PROTECTED;
}

/* 1 to 6 are a shape and whether it blinks; what is above sets only that, as 7 and 8. */
static void
decscusr(struct terminal *t, const struct params *p)
{
	int style = p->value[0], old = t->modes.cursor_style;
	if (style > 6) {
		int shape = old == 0 || old > 6 ? 7 : (old - 1) | 1;
		style = shape + !(style & 1);
	}
	t->modes.cursor_style = style;
}

static void
sm(struct terminal *t, const struct params *p)
{
	terminal_set_modes(t, p, false, true);
}

static void
rm(struct terminal *t, const struct params *p)
{
	terminal_set_modes(t, p, false, false);
}

static void
decset(struct terminal *t, const struct params *p)
{
	terminal_set_modes(t, p, true, true);
}

static void
decrst(struct terminal *t, const struct params *p)
{
	terminal_set_modes(t, p, true, false);
}

static void
decstr(struct terminal *t, const struct params *p)
{
	(void)p;
	terminal_soft_reset(t);
}

static void
save(struct terminal *t, const struct params *p)
{
	(void)p;
	terminal_save_cursor(t);
}

static void
restore(struct terminal *t, const struct params *p)
{
	(void)p;
	terminal_restore_cursor(t);
}

#define KEY(between, final) ((between) << 8 | (final))

static const struct {
	uint32_t key; /* prefix, intermediates and final byte */
	void (*run)(struct terminal *t, const struct params *p);
} sequences[] = {
	{'m', terminal_sgr},
	{'H', cup},
	{'K', el},
	{'C', cuf},
	{'A', cuu},
	{'B', cud},
	{'D', cub},
	{'G', cha},
	{'J', ed},
	{KEY('?', 'h'), decset},
	{KEY('?', 'l'), decrst},
	{'d', vpa},
	{'X', ech},
	{'r', decstbm},
	{'L', il},
	{'M', dl},
	{'P', dch},
	{'@', ich},
	{'E', cnl},
	{'F', cpl},
	{'f', cup},
	{'I', cht},
	{'S', su},
	{'T', sd},
	{'Z', cbt},
	{'`', cha},
	{'a', cuf},
	{'b', rep},
	{'e', vpr},
	{'g', tbc},
	{'h', sm},
	{'l', rm},
	{'s', save},
	{'u', restore},
	{KEY('?', 'J'), decsed},
	{KEY('?', 'K'), decsel},
	{KEY('!', 'p'), decstr},
	{KEY(' ', '@'), sl},
	{KEY(' ', 'A'), sr},
	{KEY(' ', 'q'), decscusr},
	{KEY('"', 'q'), decsca},
	{KEY('\'', '}'), decic},
	{KEY('\'', '~'), decdc},
};

void
terminal_csi(struct terminal *t, uint32_t key, const struct params *p)
{
	for (size_t i = 0; i < sizeof sequences / sizeof *sequences; i++) {
		if (sequences[i].key != key)
			continue;
		sequences[i].run(t, p);
		return;
	}
}
