/*
 * From one look of the pen to another, in few bytes: either what differs, or a reset and
 * everything.
 *
 * xterm.js saves the pen's flags with the cursor but not the underline and link they tell
 * of, so the two may disagree. What then shows is put right here: an underline without a
 * style is none, a style underlines.
 */
#include "config.h"

#include "runner/terminal_model.h"

#include <string.h>

static const struct {
	uint32_t fg, bg;
	int on, off;
} flags[] = {
	{FG_BOLD, 0, 1, 22},
	{0, BG_DIM, 2, 22},
	{0, BG_ITALIC, 3, 23},
	{FG_BLINK, 0, 5, 25},
	{FG_INVERSE, 0, 7, 27},
	{FG_INVISIBLE, 0, 8, 28},
	{FG_STRIKE, 0, 9, 29},
	{0, BG_OVERLINE, 53, 55},
};

/* The parameters of one SGR. */
struct sgr {
	char text[160];
	size_t len;
};

static void
number(struct sgr *s, int n)
{
	char digits[12];
	size_t i = sizeof digits;
	if (s->len)
		s->text[s->len++] = ';';
	do
		digits[--i] = (char)('0' + n % 10);
	while (n /= 10);
	memcpy(s->text + s->len, digits + i, sizeof digits - i);
	s->len += sizeof digits - i;
}

/* `base`: 30, 40, or 50 for that of an underline. */
static void
colour(struct sgr *s, uint32_t c, int base)
{
	int value = (int)(c & 0xff);
	switch (c & COLOUR_KIND) {
	case 0:
		number(s, base + 9);
		break;
	case COLOUR_16:
		number(s, value < 8 ? base + value : base + 52 + value);
		break;
	case COLOUR_256:
		number(s, base + 8);
		number(s, 5);
		number(s, value);
		break;
	default:
		number(s, base + 8);
		number(s, 2);
		number(s, (int)(c >> 16 & 0xff));
		number(s, (int)(c >> 8 & 0xff));
		number(s, value);
	}
}

static void
underline(struct sgr *s, uint32_t style)
{
	if (!style) {
		number(s, 24);
		return;
	}
	number(s, 4);
	if (style == 1)
		return;
	s->text[s->len++] = ':';
	s->text[s->len++] = (char)('0' + style);
}

static bool
has(const struct pen *p, size_t flag)
{
	return (p->fg & flags[flag].fg) || (p->bg & flags[flag].bg);
}

static void
differences(struct sgr *s, struct pen from, const struct pen *to)
{
	for (size_t i = 0; i < sizeof flags / sizeof *flags; i++) {
		if (!has(&from, i) || has(to, i))
			continue;
		number(s, flags[i].off);
		for (size_t k = 0; k < sizeof flags / sizeof *flags; k++) {
			if (flags[k].off != flags[i].off)
				continue;
			from.fg &= ~flags[k].fg;
			from.bg &= ~flags[k].bg;
		}
	}
	for (size_t i = 0; i < sizeof flags / sizeof *flags; i++)
		if (!has(&from, i) && has(to, i))
			number(s, flags[i].on);
	if (from.style.underline >> UNDERLINE_SHIFT !=
		to->style.underline >> UNDERLINE_SHIFT)
		underline(s, to->style.underline >> UNDERLINE_SHIFT);
	if ((from.fg ^ to->fg) & COLOUR_MASK)
		colour(s, to->fg, 30);
	if ((from.bg ^ to->bg) & COLOUR_MASK)
		colour(s, to->bg, 40);
	if ((from.style.underline ^ to->style.underline) & COLOUR_MASK)
		colour(s, to->style.underline, 50);
}

static void
link(struct buf *b, const struct terminal *t, uint32_t number)
{
	const struct link *l = &t->links.list[number];
	buf_str(b, "\x1b]8;");
	if (number && *l->id)
		buf_printf(b, "id=%s", l->id);
	buf_char(b, ';');
	if (number)
		buf_str(b, l->target);
	buf_char(b, '\a');
}

/* Whether only a reset does: nothing else gives an underline the colour of the text. */
static bool
needs_reset(const struct pen *from, const struct pen *to)
{
	return (from->style.underline & COLOUR_MASK) &&
		!(to->style.underline & COLOUR_MASK);
}

void
pen_write(struct buf *b, const struct terminal *t, struct pen *from, const struct pen *to)
{
	struct pen plain = {.style.link = from->style.link};
	struct sgr change = {.len = 0}, anew = {.len = 0};
	differences(&change, *from, to);
	differences(&anew, plain, to);
	if (needs_reset(from, to) || anew.len + 2 < change.len ||
		(anew.len == 0 && change.len)) {
		buf_str(b, anew.len ? "\x1b[0;" : "\x1b[");
		buf_add(b, anew.text, anew.len);
		buf_char(b, 'm');
		*from = plain;
	} else if (change.len) {
		buf_str(b, "\x1b[");
		buf_add(b, change.text, change.len);
		buf_char(b, 'm');
	}
	if ((from->bg ^ to->bg) & BG_PROTECTED)
		buf_str(b, to->bg & BG_PROTECTED ? "\x1b[1\"q" : "\x1b[0\"q");
	if (from->style.link != to->style.link)
		link(b, t, to->style.link);
	*from = *to;
}

struct pen
canonical_pen(uint32_t fg, uint32_t bg, struct style style)
{
	uint32_t shape = style.underline >> UNDERLINE_SHIFT;
	if (!(bg & BG_STYLED)) {
		style.link = 0;
		shape = fg & FG_UNDERLINE ? 1 : 0;
	} else if (style.link) {
		shape = !(fg & FG_UNDERLINE) ? 0 : shape ? shape : 1;
	}
	style.underline = (style.underline & COLOUR_MASK) | shape << UNDERLINE_SHIFT;
	fg = shape ? fg | FG_UNDERLINE : fg & ~FG_UNDERLINE;
	bg = shape || style.link ? bg | BG_STYLED : bg & ~BG_STYLED;
	return (struct pen){.fg = fg, .bg = bg, .style = style};
}

struct pen
cell_pen(const struct terminal *t, const struct cell *c)
{
	struct style none = {0};
	bool styled = c->bg & BG_STYLED;
	struct pen p =
		canonical_pen(c->fg, c->bg, styled ? t->styles.list[c->style] : none);
	if (!(p.bg & BG_STYLED))
		p.style.underline = 0; /* a colour of nothing */
	return p;
}

bool
pen_equal(const struct pen *a, const struct pen *b)
{
	return a->fg == b->fg && a->bg == b->bg &&
		a->style.underline == b->style.underline &&
		a->style.link == b->style.link;
}
