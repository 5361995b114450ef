/*
 * Rows become bytes. The painter writes on rows that are blank without colour, from the
 * left to the right, and always knows the pen and where the cursor is.
 *
 * Blanks have a look of their own. Those that were erased have a background only and are
 * erased again. Others (what an overwritten wide character left) come about again the way
 * they did: a wide character is printed and one half of it overwritten.
 *
 * That a row continues the one above comes about by wrapping. Where the text does not do
 * that by itself, two spaces at the end of the upper row do, before it is painted.
 */
#include "config.h"

#include "runner/terminal_model.h"

enum {
	WORTH_REPEATING = 6,
	FAR = 1 << 20, /* a column that is right of every other */
};

/* U+3000 */
static const char wide_space[] = "\xe3\x80\x80";

int
paint_width(const struct row *r, long col)
{
	uint32_t characters[JOINED_MAX];
	bool lone = row_characters(r, col, characters) > 0 &&
		terminal_width(*characters) == 0;
	return lone ? 0 : row_width(r, col);
}

static const struct cell *
cell_at(const struct row *r, long col)
{
	return &r->cells[col];
}

bool
paint_is_text(const struct painter *p, const struct row *r, long col)
{
	int width = paint_width(r, col);
	if (!row_has_content(r, col))
		return false;
	return width != 2 ||
		(col + 1 < p->t->cols && paint_width(r, col + 1) == 0 &&
			!row_has_content(r, col + 1));
}

/* A blank; of half a character that stands alone only the background counts. */
static struct pen
blank_look(const struct painter *p, const struct row *r, long col)
{
	const struct cell *c = cell_at(r, col);
	if (paint_width(r, col) != 1 || row_has_content(r, col))
		return (struct pen){.bg = c->bg & COLOUR_MASK};
	return cell_pen(p->t, c);
}

static bool
is_erased(const struct pen *look)
{
	return !look->fg && !(look->bg & ~(uint32_t)COLOUR_MASK) && !look->style.link &&
		!look->style.underline;
}

static void
use(struct painter *p, const struct pen *look)
{
	pen_write(p->out, p->t, &p->pen, look);
}

/* Only the background, for erasing. */
static void
use_background(struct painter *p, uint32_t colour)
{
	struct pen look = p->pen;
	look.bg = (look.bg & ~(uint32_t)COLOUR_MASK) | colour;
	use(p, &look);
}

void
paint_plain(struct painter *p)
{
	struct pen plain = {0};
	use(p, &plain);
}

static void
sequence(struct painter *p, long n, char final)
{
	if (n == 1)
		buf_printf(p->out, "\x1b[%c", final);
	else
		buf_printf(p->out, "\x1b[%ld%c", n, final);
}

/* To a column of the row that the cursor is in. */
static void
go_to(struct painter *p, long col)
{
	if (p->x == col)
		return;
	if (col == 0)
		buf_char(p->out, '\r');
	else if (p->x < col)
		sequence(p, col - p->x, 'C');
	else
		sequence(p, col + 1, 'G');
	p->x = col;
}

void
paint_go(struct painter *p, long x, long y)
{
	if (x == 0 && y == 0)
		buf_str(p->out, "\x1b[H");
	else if (x == 0)
		sequence(p, y + 1, 'H');
	else
		buf_printf(p->out, "\x1b[%ld;%ldH", y + 1, x + 1);
	p->x = x;
	p->y = y;
}

/* Downwards on the screen, or up with it. */
void
paint_new_line(struct painter *p)
{
	if (p->y == p->t->rows - 1)
		use_background(p, 0);
	buf_str(p->out, "\r\n");
	p->x = 0;
	if (p->y < p->t->rows - 1)
		p->y++;
	else
		p->scrolled++;
}

void
paint_character(struct painter *p, const struct row *r, long col,
	const struct charset *set)
{
	uint32_t characters[JOINED_MAX];
	int count = row_characters(r, col, characters);
	if (count > 1 && paint_width(r, col) == 0)
		count = 1; /* nothing joins one that stands alone */
	for (int i = 0; i < count; i++)
		terminal_put_utf8(p->out, charset_unmap(set, characters[i]));
	p->x += paint_width(r, col);
}

static bool
same_cell(const struct painter *p, const struct cell *a, const struct cell *b)
{
	struct pen one = cell_pen(p->t, a), two = cell_pen(p->t, b);
	return a->content == b->content && pen_equal(&one, &two);
}

/* How often the character comes again directly behind itself. */
static long
repetitions(const struct painter *p, const struct row *r, long col)
{
	const struct cell *c = cell_at(r, col);
	int width = paint_width(r, col);
	long count = 0, cols = p->t->cols;
	if ((c->content & CONTENT_JOINED) || width == 0)
		return 0;
	for (col += width; col + width <= cols && same_cell(p, c, cell_at(r, col)) &&
		paint_is_text(p, r, col);
		col += width)
		count++;
	return count;
}

static long
paint_text(struct painter *p, const struct row *r, long col)
{
	struct pen look = cell_pen(p->t, cell_at(r, col));
	int width = paint_width(r, col);
	long again = repetitions(p, r, col);
	go_to(p, col);
	use(p, &look);
	if (width == 0) { /* takes a cell when it has nothing to join */
		buf_char(p->out, 0x0f);
		paint_character(p, r, col, NULL);
		p->x++;
		return col + 1;
	}
	paint_character(p, r, col, NULL);
	col += width;
	if (again < WORTH_REPEATING)
		return col;
	sequence(p, again, 'b');
	p->x += again * width;
	return col + again * width;
}

/* A blank with a look, by overwriting the right half of a wide character. */
static void
paint_left_half(struct painter *p, long col, const struct pen *look)
{
	go_to(p, col);
	buf_str(p->out, wide_space);
	p->x = FAR;
	go_to(p, col + 1);
	use(p, look);
	buf_char(p->out, ' ');
	p->x = col + 2;
	p->dirty = col + 1;
}

/* The same in the last column, by overwriting the left half. */
static void
paint_right_half(struct painter *p, const struct pen *look)
{
	long col = p->t->cols - 1;
	go_to(p, col - 1);
	buf_str(p->out, wide_space);
	p->x = FAR;
	go_to(p, col - 1);
	use(p, look);
	buf_char(p->out, ' ');
	p->x = col;
	go_to(p, col - 1);
	use_background(p, 0);
	sequence(p, 1, 'X');
}

/* From col up to where the background changes. */
static long
erased_end(const struct painter *p, const struct row *r, long col, uint32_t colour)
{
	for (; col < p->t->cols; col++) {
		struct pen look;
		if (paint_is_text(p, r, col))
			break;
		look = blank_look(p, r, col);
		if (!is_erased(&look) || look.bg != colour)
			break;
	}
	return col;
}

static long
paint_erased(struct painter *p, const struct row *r, long col, uint32_t colour)
{
	long end = erased_end(p, r, col + 1, colour);
	long dirty = p->dirty;
	if (!colour && (dirty < col || dirty >= end))
		return end;
	go_to(p, colour ? col : dirty);
	use_background(p, colour);
	if (colour && end == p->t->cols && (col || !p->marked))
		buf_str(p->out, "\x1b[K");
	else
		sequence(p, colour ? end - col : 1, 'X');
	return end;
}

static long
paint_blank(struct painter *p, const struct row *r, long col)
{
	struct pen look = blank_look(p, r, col);
	if (is_erased(&look))
		return paint_erased(p, r, col, look.bg);
	if (col == p->t->cols - 1)
		return col + 1; /* is there already */
	if (col == p->t->cols - 2 && p->last_is_made)
		return paint_erased(p, r, col, look.bg & COLOUR_MASK);
	paint_left_half(p, col, &look);
	return col + 1;
}

bool
paint_is_blank(const struct painter *p, const struct row *r)
{
	return erased_end(p, r, 0, 0) == p->t->cols;
}

/* Whether text reaches the edge. */
static bool
is_full(const struct painter *p, const struct row *r)
{
	long last = p->t->cols - 1;
	return paint_is_text(p, r, last) ||
		(paint_is_text(p, r, last - 1) && paint_width(r, last - 1) == 2);
}

/* Whether printing what the next row begins with marks it by itself. */
static bool
wraps_by_itself(const struct painter *p, const struct row *r, const struct row *next)
{
	long last = p->t->cols - 1;
	struct pen look, first;
	if (!paint_is_text(p, next, 0) || paint_width(next, 0) == 0)
		return false;
	if (is_full(p, r))
		return paint_width(r, last) != 0 || !row_has_content(r, last);
	if (paint_width(next, 0) != 2)
		return false;
	look = blank_look(p, r, last);
	first = cell_pen(p->t, cell_at(next, 0));
	return pen_equal(&look, &first);
}

/* Two spaces mark the next row; then back to the beginning of this one. */
static void
force_wrap(struct painter *p)
{
	paint_plain(p);
	go_to(p, p->t->cols - 1);
	buf_printf(p->out, "  \x1b[A\x1b[%dG\x1b[X\r", p->t->cols);
	if (p->y == p->t->rows - 1) {
		p->y--;
		p->scrolled++;
	}
	p->x = 0;
}

/* The first character, printed at the end of the row above. */
static void
paint_continued(struct painter *p, const struct row *r)
{
	struct pen look = cell_pen(p->t, cell_at(r, 0));
	use(p, &look);
	p->x = 0;
	paint_character(p, r, 0, NULL);
	if (p->y < p->t->rows - 1) {
		p->y++;
		return;
	}
	/* The new row came with the background. */
	p->scrolled++;
	if (!(look.bg & COLOUR_MASK) || p->x >= p->t->cols)
		return;
	use_background(p, 0);
	buf_str(p->out, "\x1b[K");
}

static bool
is_made_first(const struct painter *p, const struct row *r, bool natural)
{
	long last = p->t->cols - 1;
	struct pen look;
	if (natural || paint_width(r, last) != 1 || row_has_content(r, last))
		return false;
	look = blank_look(p, r, last);
	return !is_erased(&look);
}

static void
paint_cells(struct painter *p, const struct row *r, bool natural)
{
	long col = p->x, last = p->t->cols - 1;
	long end = p->t->cols - (natural && !is_full(p, r));
	p->last_is_made = is_made_first(p, r, natural);
	if (p->last_is_made) {
		struct pen look = blank_look(p, r, last);
		paint_right_half(p, &look);
		col = 0;
	}
	while (col < end) {
		long next = paint_is_text(p, r, col) ? paint_text(p, r, col)
						     : paint_blank(p, r, col);
		if (p->dirty < next)
			p->dirty = -1;
		col = next;
	}
}

void
paint_row(struct painter *p, const struct row *r, const struct row *next, bool last)
{
	bool natural = next && wraps_by_itself(p, r, next);
	if (p->continued)
		paint_continued(p, r);
	if (next && !natural && p->t->rows > 1)
		force_wrap(p);
	paint_cells(p, r, natural);
	p->continued = natural;
	p->marked = next && (natural || p->t->rows > 1);
	p->dirty = -1;
	if (natural) {
		if (!is_full(p, r))
			go_to(p, p->t->cols - 1);
	} else if (next && p->t->rows > 1) {
		buf_str(p->out,
			"\x1b"
			"E");
		p->x = 0;
		p->y++;
		p->dirty = 0;
	} else if (!last) {
		paint_new_line(p);
	}
}
