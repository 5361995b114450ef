/*
 * Characters become cells. A combining character joins the one before it only directly
 * behind it: every control and sequence ends that. One that has nothing to join takes a
 * cell of width 0, and the cursor moves on, even beyond the last column.
 */
#include "config.h"

#include "runner/terminal_model.h"

struct cell
terminal_pen_cell(struct terminal *t)
{
	return (struct cell){
		.content = CONTENT_WIDTH_1,
		.fg = t->pen.fg,
		.bg = t->pen.bg,
		.style = t->pen.bg & BG_STYLED ? pen_style(t) : 0,
	};
}

struct cell
terminal_erase_cell(const struct terminal *t)
{
	return (struct cell){.content = CONTENT_WIDTH_1, .bg = t->pen.bg & COLOUR_MASK};
}

static void
put(struct printer *p, uint32_t character, int width)
{
	struct cell c = p->pen;
	c.content = character | (uint32_t)width << CONTENT_WIDTH_SHIFT;
	row_set(p->row, p->s->x++, &c);
	for (; width > 1; width--) {
		c.content = 0;
		row_set(p->row, p->s->x++, &c);
	}
}

/* The next row, marked as the continuation of this one; what is left of this one, from
 * `left` on, becomes blank. */
static void
wrap(struct printer *p, long left)
{
	struct terminal *t = p->t;
	struct screen *s = p->s;
	struct cell erase = terminal_erase_cell(t);
	for (long i = left; i < t->cols; i++)
		row_blank(p->row, i, &p->pen);
	s->x = 0;
	s->y++;
	if (s->y == s->bottom + 1) {
		s->y--;
		screen_scroll(t, &erase, true);
	} else {
		if (s->y >= t->rows)
			s->y = t->rows - 1;
		screen_row(t, s->y)->wrapped = true;
	}
	p->row = screen_row(t, s->y);
	/* The only row is its own next one. */
	for (long i = left; s->limit == 1 && i < t->cols; i++)
		row_blank(p->row, i, &p->pen);
}

/* Joins the character to the cell before the cursor. */
static void
join(struct printer *p, uint32_t character, int width)
{
	long before = p->s->x - (row_width(p->row, p->s->x - 1) ? 1 : 2);
	row_join(p->row, before, character, width);
}

static void
print_one(struct printer *p, uint32_t character)
{
	struct terminal *t = p->t;
	struct screen *s = p->s;
	int width = terminal_width(character);
	int before = t->parser.join;
	bool joins = width == 0 && before > 0;
	if (joins && before > width)
		width = before;
	t->parser.join = width;
	if (s->x + (joins ? 0 : width) > t->cols) {
		if (!t->modes.no_wrap) {
			wrap(p, s->x);
		} else {
			s->x = t->cols - 1;
			if (width == 2)
				return;
		}
	}
	if (joins && s->x) {
		join(p, character, width);
		return;
	}
	if (t->modes.insert) {
		row_insert(p->row, s->x, joins ? 0 : width, &p->pen);
		if (row_width(p->row, t->cols - 1) == 2)
			row_blank(p->row, t->cols - 1, &p->pen);
	}
	put(p, character, width);
}

struct printer
print_begin(struct terminal *t)
{
	struct screen *s = t->active;
	struct printer p = {t, s, screen_row(t, s->y), terminal_pen_cell(t)};
	if (s->x && row_width(p.row, s->x - 1) == 2)
		row_blank(p.row, s->x - 1, &p.pen);
	return p;
}

void
print_end(struct printer *p)
{
	struct screen *s = p->s;
	if (s->x < p->t->cols && row_width(p->row, s->x) == 0 &&
		!row_has_content(p->row, s->x))
		row_blank(p->row, s->x, &p->pen);
}

void
print_character(struct printer *p, uint32_t character)
{
	print_one(p, charset_map(p->t->charset, character));
}

/* As print_one() does it, as far as the row goes. */
static size_t
print_in_row(struct printer *p, const uint8_t *text, size_t len)
{
	struct screen *s = p->s;
	long end = p->t->cols < p->row->len ? p->t->cols : p->row->len;
	size_t count = s->x >= end ? 0 : (size_t)(end - s->x);
	struct cell *to = p->row->cells + s->x;
	struct cell c = p->pen;
	if (count > len)
		count = len;
	for (size_t i = 0; i < count; i++) {
		c.content = text[i] | CONTENT_WIDTH_1;
		to[i] = c;
	}
	s->x += (long)count;
	if (count)
		p->t->parser.join = 1;
	return count;
}

void
print_ascii(struct printer *p, const uint8_t *text, size_t len)
{
	bool plain = !p->t->charset && !p->t->modes.insert;
	for (size_t i = 0; i < len;) {
		size_t done = plain ? print_in_row(p, text + i, len - i) : 0;
		i += done;
		if (!done)
			print_character(p, text[i++]);
	}
}

void
terminal_repeat(struct terminal *t, long count)
{
	struct screen *s = t->active;
	uint32_t text[JOINED_MAX];
	struct printer p;
	int len;
	if (!t->parser.join)
		return;
	len = row_characters(screen_row(t, s->y), s->x - t->parser.join, text);
	if (!len)
		return;
	if (count > REPEAT_MAX)
		count = REPEAT_MAX;
	p = print_begin(t);
	for (; count > 0; count--)
		for (int i = 0; i < len; i++)
			print_character(&p, text[i]);
	print_end(&p);
}
