/* A terminal as a whole: made, written to, resized, carried over to the next run. */
#include "config.h"

#include "runner/terminal.h"

#include "runner/terminal_model.h"

#include <stdlib.h>
#include <string.h>

static int
within(int value, int low, int high)
{
	return value < low ? low : value > high ? high : value;
}

struct terminal *
terminal_create(int cols, int rows)
{
	struct terminal *t = xcalloc(1, sizeof *t);
	t->cols = within(cols, TERMINAL_MIN_COLS, TERMINAL_MAX_COLS);
	t->rows = within(rows, TERMINAL_MIN_ROWS, TERMINAL_MAX_ROWS);
	screen_init(t, &t->normal, true);
	screen_init(t, &t->alternate, false);
	t->active = &t->normal;
	styles_init(t);
	parser_reset(&t->parser);
	return t;
}

void
terminal_destroy(struct terminal *t)
{
	if (!t)
		return;
	forward_finish(t);
	screen_finish(&t->normal);
	screen_finish(&t->alternate);
	styles_finish(t);
	buf_free(&t->parser.string);
	buf_free(&t->parser.tail);
	buf_free(&t->title);
	free(t);
}

void
terminal_write(struct terminal *t, const void *bytes, size_t len)
{
	forward_write(t, bytes, len);
}

void
terminal_resize(struct terminal *t, int cols, int rows)
{
	cols = within(cols, TERMINAL_MIN_COLS, TERMINAL_MAX_COLS);
	rows = within(rows, TERMINAL_MIN_ROWS, TERMINAL_MAX_ROWS);
	if (cols == t->cols && rows == t->rows)
		return;
	forward_flush(t);
	t->cols = cols;
	t->rows = rows;
	screen_resize(&t->normal, t->cols, t->rows);
	screen_resize(&t->alternate, t->cols, t->rows);
}

/* The row of the screen, counted from 1, below which nothing is written. */
static int
last_written_row(const struct terminal *t)
{
	for (int y = t->rows; y > 1; y--) {
		const struct row *r = screen_line(&t->normal, t->normal.base + y - 1);
		if (r && row_trimmed(r))
			return y;
	}
	return 1;
}

void
terminal_between_runs(struct terminal *t)
{
	static const char modes_off[] = "\x1b[!p\x1b[?1000;1002;1003;1004;1005;1006;1015;"
					"2004;2026;1l\x1b[?25h\x1b[0m";
	static const char line[] = "\x1b[2m── resumed ──\x1b[0m";
	struct buf b = BUF_INIT;
	forward_flush(t);
	if (t->active == &t->alternate)
		buf_str(&b, "\x1b[?1049l");
	buf_printf(&b, "%s\x1b[%dH\r\n%s\r\n", modes_off, last_written_row(t), line);
	terminal_write(t, b.data, b.len);
	buf_free(&b);
}
