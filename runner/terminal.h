/*
 * The screen of a terminal session, as xterm.js 6 with Unicode 11 widths has it: what the
 * bytes of a program have made of it so far, and the bytes that make the same of a fresh
 * terminal. Nothing is ever answered, drawn or sent; nothing depends on how the bytes are
 * cut into writes. A model belongs to one thread at a time.
 *
 * Sequences: ECMA-48; the VT500 parser of Paul Williams (vt100.net/emu/dec_ansi_parser);
 * xterm's ctlseqs as far as xterm.js follows them.
 */
#ifndef DISPATCH_RUNNER_TERMINAL_H
#define DISPATCH_RUNNER_TERMINAL_H

#include <stddef.h>

struct buf;
struct terminal;

enum {
	TERMINAL_MIN_COLS = 2,
	TERMINAL_MAX_COLS = 1000,
	TERMINAL_MIN_ROWS = 1,
	TERMINAL_MAX_ROWS = 500,
	TERMINAL_SCROLLBACK = 1000, /* lines kept above the screen */
};

/* A terminal just switched on; sizes outside the bounds above become the nearest bound.
 */
struct terminal *terminal_create(int cols, int rows);

/* NULL is legal. */
void terminal_destroy(struct terminal *t);

/* What the program wrote, cut anywhere; `bytes` may be NULL when len is 0. Also takes
 * what terminal_snapshot() gave. */
void terminal_write(struct terminal *t, const void *bytes, size_t len);

/* The window has another size now; lines are wrapped anew as xterm.js does it. */
void terminal_resize(struct terminal *t, int cols, int rows);

/* The program has ended and another one begins below what it has written: what
 * web/src/panes/terminal/runs.ts writes then. */
void terminal_between_runs(struct terminal *t);

/*
 * Appends what brings a terminal of this size, just reset by ESC c, into this state:
 * `scrollback` followed by `screen` with the lines above the screen, `screen` alone
 * without them. The sender puts the ESC c in front. `scrollback` (NULL: not wanted) gets
 * at most `most` bytes; the oldest lines are left out. Holds no query. A sequence or
 * character that was not finished yet stands raw at the end of `screen`; what an
 * unfinished string has beyond 64 KiB is left out.
 *
 * What no bytes can say is left out: halves of wide characters that stand alone, what the
 * alternate screen hides right of its edge after it became narrower, a saved cursor that
 * has left the screen (it is saved at the edge), and on a screen of one row which lines
 * continue the one above.
 */
void terminal_snapshot(struct terminal *t, struct buf *scrollback, struct buf *screen,
	size_t most);

#endif
