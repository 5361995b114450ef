/*
 * What programs print: the model of the terminal takes it, and a terminal that is given
 * the model's snapshot has that same snapshot.
 */
#include "config.h"

#include "lib/buf.h"
#include "runner/terminal.h"
#include "t/fuzz/fuzz.h"

#include <string.h>

enum { SCROLLBACK = 64 * 1024 };

static void
take(struct terminal *t, struct buf *scrollback, struct buf *screen)
{
	*scrollback = *screen = (struct buf)BUF_INIT;
	terminal_snapshot(t, scrollback, screen, SCROLLBACK);
}

/* The first two bytes choose the size. */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	int cols = size > 0 ? 2 + data[0] % 120 : 80,
	    rows = size > 1 ? 1 + data[1] % 50 : 24;
	size_t skip = size < 2 ? size : 2;
	struct terminal *t = terminal_create(cols, rows);
	struct buf scrollback, screen, scrollback_again, screen_again;
	terminal_write(t, data + skip, size - skip);
	take(t, &scrollback, &screen);
	struct terminal *u = terminal_create(cols, rows);
	terminal_write(u, scrollback.data, scrollback.len);
	terminal_write(u, screen.data, screen.len);
	take(u, &scrollback_again, &screen_again);
	PROMISE(screen.len == screen_again.len);
	PROMISE(memcmp(screen.data, screen_again.data, screen.len) == 0);
	terminal_resize(u, rows + 1, cols);
	terminal_between_runs(u);
	terminal_destroy(u);
	terminal_destroy(t);
	buf_free(&scrollback), buf_free(&screen);
	buf_free(&scrollback_again), buf_free(&screen_again);
	return 0;
}
