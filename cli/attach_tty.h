/*
 * The terminal that a session is attached to: its modes while it is, its size, and what
 * is written to it at the beginning and at the end. It is opened anew by its name, so
 * that it can be non-blocking without the shell that has it, too, noticing.
 */
#ifndef DISPATCH_CLI_ATTACH_TTY_H
#define DISPATCH_CLI_ATTACH_TTY_H

#include <stdbool.h>
#include <stddef.h>
#include <termios.h>

#include "lib/buf.h"
#include "lib/err.h"

struct tty {
	int fd; /* -1: not open */
	struct termios before;
};

/* Opens the terminal that standard input and output are. Error: 500 "tty.none". */
int tty_open(struct tty *tty, struct err *e);

/* Every key is a byte from now on. Also after a stop, when the shell has changed it. */
void tty_raw(const struct tty *tty);

/* Columns and rows as a session may have them; false: it does not tell. */
bool tty_size(const struct tty *tty, int *cols, int *rows);

/* Puts back what it was before, drops what it has still answered, and closes. Legal on
 * one that is not open. */
void tty_close(struct tty *tty);

/* Appends what is written first: what stands on the screen goes up into the lines above,
 * which stay as they are. */
void tty_begin(struct buf *out, int rows);

/* Appends what takes back whatever a session may have switched on, and empties both
 * screens: a snapshot is drawn behind it. */
void tty_wipe(struct buf *out);

/* Appends what leaves a terminal that behaves, with the cursor at the beginning of a line
 * below everything. */
void tty_end(struct buf *out);

/* Appends a line of ours over the last row, with the cursor where it was. */
void tty_notice(struct buf *out, const char *text);

#endif
