/*
 * See attach_tty.h; termios(3), tty_ioctl(4). What is switched off here are the modes
 * that a snapshot may switch on (runner/terminal_snapshot.c) and those that terminals
 * have beyond xterm.js. No sequence is one by which a terminal forgets the lines above
 * its screen, as RIS does in some.
 */
#include "config.h"

#include "cli/attach_tty.h"

#include <fcntl.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

enum { COLS_LEAST = 2, COLS_MOST = 1000, ROWS_LEAST = 1, ROWS_MOST = 500 };

/* Of the screen that is shown. In order: the normal screen; DECSTR; mouse, focus, paste,
 * and synchronised output; cursor keys, origin, reverse wrap; wrap and cursor; insert,
 * new line and keypad; margins, characters, pen, link and cursor shape; keyboard
 * protocols; colours.
 */
#define MODES_OFF \
	"\x1b[?1049l\x1b[!p" \
	"\x1b[?9;1000;1002;1003;1004;1005;1006;1015;1016;2004;2026l" \
	"\x1b[?1;6;45l\x1b[?7;25h\x1b[4l\x1b[20l\x1b>" \
	"\x1b[r\x1b(B\x1b)B\x0f\x1b[0m\x1b]8;;\a\x1b[0 q" \
	"\x1b[>4;0m\x1b[=0u" \
	"\x1b]104\a\x1b]110\a\x1b]111\a\x1b]112\a"

#define LAST_ROW "\x1b[999;1H"
#define KEEP_TITLE "\x1b[22;0t"
#define OLD_TITLE "\x1b[23;0t"

static bool
is_same(int a, int b)
{
	struct stat one, other;
	return fstat(a, &one) == 0 && fstat(b, &other) == 0 &&
		one.st_rdev == other.st_rdev;
}

int
tty_open(struct tty *tty, struct err *e)
{
	tty->fd = -1;
	if (!isatty(STDIN_FILENO) || !isatty(STDOUT_FILENO) ||
		!is_same(STDIN_FILENO, STDOUT_FILENO))
		return err_set(e, 500, "tty.none",
			"Standard input and output must be a terminal; programs use the "
			"API.");
	const char *name = ttyname(STDIN_FILENO);
	if (name)
		tty->fd = open(name, O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
	/* Without a name that leads here (a container) it may block for a moment. */
	if (tty->fd < 0)
		tty->fd = fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 3);
	if (tty->fd >= 0 && tcgetattr(tty->fd, &tty->before) == 0)
		return 0;
	return err_set(e, 500, "tty.none", "This terminal cannot be used.");
}

void
tty_raw(const struct tty *tty)
{
	struct termios raw = tty->before;
	cfmakeraw(&raw);
	raw.c_cc[VMIN] = 1;
	raw.c_cc[VTIME] = 0;
	tcsetattr(tty->fd, TCSANOW, &raw);
}

static int
clamp(int value, int least, int most)
{
	return value < least ? least : value > most ? most : value;
}

bool
tty_size(const struct tty *tty, int *cols, int *rows)
{
	struct winsize size;
	if (ioctl(tty->fd, TIOCGWINSZ, &size) != 0 || !size.ws_col || !size.ws_row)
		return false;
	*cols = clamp(size.ws_col, COLS_LEAST, COLS_MOST);
	*rows = clamp(size.ws_row, ROWS_LEAST, ROWS_MOST);
	return true;
}

void
tty_close(struct tty *tty)
{
	if (tty->fd < 0)
		return;
	tcflush(tty->fd, TCIFLUSH);
	tcsetattr(tty->fd, TCSANOW, &tty->before);
	close(tty->fd);
	tty->fd = -1;
}

void
tty_begin(struct buf *out, int rows)
{
	buf_str(out, KEEP_TITLE LAST_ROW);
	for (int i = 0; i < rows; i++)
		buf_char(out, '\n');
}

/* What is saved of the cursor is that of a fresh terminal, and so is the other screen. */
void
tty_wipe(struct buf *out)
{
	buf_str(out,
		"\x1b[?1049h" MODES_OFF "\x1b[H\x1b[J\x1b"
		"7");
}

void
tty_end(struct buf *out)
{
	buf_str(out, MODES_OFF OLD_TITLE LAST_ROW "\r\n");
}

void
tty_notice(struct buf *out, const char *text)
{
	buf_printf(out,
		"\x1b"
		"7" LAST_ROW "\x1b[0;7m %s \x1b[0m\x1b"
		"8",
		text);
}
