/* SGR: how the next characters look. Colours in both forms, 38;5;n and 38:5:n, as
 * xterm.js reads them. */
#include "config.h"

#include "runner/terminal_model.h"

/* Sets or clears bits of the pen; the first three are for 22. */
static const struct {
	int parameter;
	uint32_t fg_off, bg_off, fg_on, bg_on;
} flags[] = {
	{1, 0, 0, FG_BOLD, 0},
	{2, 0, 0, 0, BG_DIM},
	{3, 0, 0, 0, BG_ITALIC},
	{5, 0, 0, FG_BLINK, 0},
	{7, 0, 0, FG_INVERSE, 0},
	{8, 0, 0, FG_INVISIBLE, 0},
	{9, 0, 0, FG_STRIKE, 0},
	{22, FG_BOLD, BG_DIM, 0, 0},
	{23, 0, BG_ITALIC, 0, 0},
	{25, FG_BLINK, 0, 0, 0},
	{27, FG_INVERSE, 0, 0, 0},
	{28, FG_INVISIBLE, 0, 0, 0},
	{29, FG_STRIKE, 0, 0, 0},
	{39, COLOUR_MASK, 0, 0, 0},
	{49, 0, COLOUR_MASK, 0, 0},
	{53, 0, 0, 0, BG_OVERLINE},
	{55, 0, BG_OVERLINE, 0, 0},
};

static void
underline(struct terminal *t, int style)
{
	struct pen *pen = &t->pen;
	if (style < 0 || style > 5)
		style = 1;
	pen->style.underline =
		(pen->style.underline & COLOUR_MASK) | (uint32_t)style << UNDERLINE_SHIFT;
	if (style)
		pen->fg |= FG_UNDERLINE;
	else
		pen->fg &= ~FG_UNDERLINE;
	pen_style_changed(t, true);
}

static void
reset(struct terminal *t)
{
	t->pen.fg = 0;
	t->pen.bg = 0;
	t->pen.style.underline = 0;
	pen_style_changed(t, true);
}

static uint32_t
with_colour(uint32_t old, const int32_t *parts)
{
	if (parts[1] == 2)
		return (old & ~(uint32_t)COLOUR_MASK) | COLOUR_RGB |
			((uint32_t)parts[3] & 0xff) << 16 |
			((uint32_t)parts[4] & 0xff) << 8 | ((uint32_t)parts[5] & 0xff);
	if (parts[1] == 5)
		return (old & ~(uint32_t)COLOUR_MASK) | COLOUR_256 |
			((uint32_t)parts[3] & 0xff);
	return old;
}

/*
 * Collects 38, kind, colour space, and up to three values into `parts`; a colour space is
 * only in the form with colons, and not for indexed colours. Returns how many parameters
 * behind the first one were taken.
 */
static int
colour_parts(const struct params *p, int at, int32_t parts[6])
{
	int space = 0, taken = 0;
	do {
		parts[taken + space] = p->value[at + taken];
		if (p->sub_end[at + taken] > p->sub_begin[at + taken]) {
			const int32_t *sub = p->sub + p->sub_begin[at + taken];
			int count = p->sub_end[at + taken] - p->sub_begin[at + taken];
			int i = 0;
			do {
				if (parts[1] == 5)
					space = 1;
				parts[taken + i + 1 + space] = sub[i];
			} while (++i < count && i + taken + 1 + space < 6);
			break;
		}
		if ((parts[1] == 5 && taken + space >= 2) ||
			(parts[1] == 2 && taken + space >= 5))
			break;
		if (parts[1])
			space = 1;
	} while (++taken + at < p->count && taken + space < 6);
	return taken;
}

static int
colour(struct terminal *t, const struct params *p, int at)
{
	int32_t parts[8] = {0, 0, -1};
	int taken = colour_parts(p, at, parts);
	for (int i = 2; i < 6; i++)
		if (parts[i] == -1)
			parts[i] = 0;
	if (parts[0] == 38)
		t->pen.fg = with_colour(t->pen.fg, parts);
	else if (parts[0] == 48)
		t->pen.bg = with_colour(t->pen.bg, parts);
	else if (parts[0] == 58) {
		t->pen.style.underline = with_colour(t->pen.style.underline, parts);
		pen_style_changed(t, false);
	}
	return taken;
}

static bool
basic_colour(struct pen *pen, int n)
{
	static const struct {
		int first;
		bool background;
		uint32_t bright;
	} ranges[] = {{30, false, 0}, {40, true, 0}, {90, false, 8}, {100, true, 8}};
	for (size_t i = 0; i < sizeof ranges / sizeof *ranges; i++) {
		uint32_t *half = ranges[i].background ? &pen->bg : &pen->fg;
		if (n < ranges[i].first || n > ranges[i].first + 7)
			continue;
		*half = (*half & ~(uint32_t)COLOUR_MASK) | COLOUR_16 |
			(uint32_t)(n - ranges[i].first) | ranges[i].bright;
		return true;
	}
	return false;
}

static bool
flag(struct pen *pen, int n)
{
	for (size_t i = 0; i < sizeof flags / sizeof *flags; i++) {
		if (flags[i].parameter != n)
			continue;
		pen->fg = (pen->fg & ~flags[i].fg_off) | flags[i].fg_on;
		pen->bg = (pen->bg & ~flags[i].bg_off) | flags[i].bg_on;
		return true;
	}
	return false;
}

void
terminal_sgr(struct terminal *t, const struct params *p)
{
	for (int i = 0; i < p->count; i++) {
		int n = p->value[i];
		if (n == 0)
			reset(t);
		else if (n == 38 || n == 48 || n == 58)
			i += colour(t, p, i);
		else if (basic_colour(&t->pen, n) || flag(&t->pen, n))
			continue;
		else if (n == 4)
			underline(t,
				p->sub_end[i] > p->sub_begin[i] ? p->sub[p->sub_begin[i]]
								: 1);
		else if (n == 21)
			underline(t, 2);
		else if (n == 24)
			underline(t, 0);
		else if (n == 59) {
			t->pen.style.underline |= COLOUR_MASK;
			pen_style_changed(t, true);
		}
	}
}
