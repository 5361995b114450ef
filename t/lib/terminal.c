/*
 * Drives the terminal model for tests. Commands on standard input, each a line:
 *
 *	n COLS ROWS   a new terminal
 *	w LENGTH      and as many bytes: written to it
 *	r COLS ROWS   another size
 *	b             between two runs
 *	s MOST        prints "SCROLLBACK SCREEN\n", the lengths, and then the two
 *	c             prints the columns of every character: 0x110000 digits
 */
#include "config.h"

#include "lib/buf.h"
#include "runner/terminal.h"
#include "runner/terminal_model.h"

#include <stdio.h>
#include <stdlib.h>

static void
snapshot(struct terminal *t, size_t most)
{
	struct buf scrollback = BUF_INIT, screen = BUF_INIT;
	terminal_snapshot(t, &scrollback, &screen, most);
	printf("%zu %zu\n", scrollback.len, screen.len);
	if (scrollback.len)
		fwrite(scrollback.data, 1, scrollback.len, stdout);
	fwrite(screen.data, 1, screen.len, stdout);
	fflush(stdout);
	buf_free(&scrollback);
	buf_free(&screen);
}

static void
write_bytes(struct terminal *t, size_t len)
{
	char *bytes = xcalloc(len + 1, 1);
	if (fread(bytes, 1, len, stdin) != len)
		exit(1);
	terminal_write(t, bytes, len);
	free(bytes);
}

static void
widths(void)
{
	for (uint32_t c = 0; c < 0x110000; c++)
		putchar('0' + terminal_width(c));
	fflush(stdout);
}

int
main(void)
{
	struct terminal *t = terminal_create(80, 24);
	char line[64], command;
	long a, b;
	while (fgets(line, sizeof line, stdin)) {
		a = b = 0;
		if (sscanf(line, "%c %ld %ld", &command, &a, &b) < 1)
			return 1;
		switch (command) {
		case 'n':
			terminal_destroy(t);
			t = terminal_create((int)a, (int)b);
			break;
		case 'w':
			write_bytes(t, (size_t)a);
			break;
		case 'r':
			terminal_resize(t, (int)a, (int)b);
			break;
		case 'b':
			terminal_between_runs(t);
			break;
		case 's':
			snapshot(t, (size_t)a);
			break;
		case 'c':
			widths();
			break;
		}
	}
	terminal_destroy(t);
	return 0;
}
