/*
 * What the tests run in a session: programs whose output is known to the last byte.
 *
 *	child bytes              every byte value, then sequences that are not UTF-8
 *	child coloured N         N bytes of coloured text, the same each time
 *	child counter RATE [N]   numbered lines at RATE bytes per second, and what is
 *	                         typed; ends after N lines, or with the word "quit"
 *
 * A terminal is put in raw mode, so that nothing is translated on the way. A counter's
 * lines are LINE bytes: a number from 0 on, ten digits; "o" for output or "i" for input;
 * then what was typed, padded; and the FNV-1a hash of all bytes before this line, eight
 * digits. What is typed comes in words of WORD bytes.
 */
#include "config.h"

#include <errno.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

enum { LINE = 64, WORD = 8, HASH = 8, TICK_MS = 5, PIECE = 65536 };

static void
raw_terminal(int fd)
{
	struct termios t;
	if (tcgetattr(fd, &t) != 0)
		return;
	cfmakeraw(&t);
	tcsetattr(fd, TCSANOW, &t);
}

static void
write_all(const void *data, size_t n)
{
	const char *p = data;
	while (n) {
		ssize_t written = write(STDOUT_FILENO, p, n);
		if (written < 0 && errno != EINTR)
			exit(3);
		if (written > 0)
			p += written, n -= (size_t)written;
	}
}

static int
bytes(void)
{
	static const char broken[] =
		"\xff\xfe\xc0\xaf\xc1\x81\xe0\x80\xaf\xed\xa0\x80\xed\xbf\xbf"
		"\xf4\x90\x80\x80\xf8\x88\x80\x80\x80\xe2\x82(\xe2(\xa1\xf0(\x8c\xbc"
		"\x80\xbf\xc3";
	for (int value = 0; value < 256; value++)
		write_all(&(unsigned char){(unsigned char)value}, 1);
	write_all(broken, sizeof broken - 1);
	return 0;
}

static uint64_t
next(uint64_t *state)
{
	*state ^= *state << 13;
	*state ^= *state >> 7;
	*state ^= *state << 17;
	return *state;
}

/* One coloured word, less than 128 bytes. Returns its length. */
static size_t
colour(char *to, uint64_t chance)
{
	static const char *const words[] = {"shell", "étude", "日本語", "stream", "🙂",
		"recorder", "ring\r\n", "\tcommit", "\a", "\033[2K\r"};
	return (size_t)snprintf(to, 128, "\033[%u;38;5;%um%s\033[0m ",
		(unsigned)(chance % 5), (unsigned)(chance >> 8 & 255),
		words[(chance >> 16) % 10]);
}

static int
coloured(size_t n)
{
	static char piece[PIECE + 128];
	uint64_t state = 88172645463325252u;
	while (n) {
		size_t len = 0;
		while (len < PIECE)
			len += colour(piece + len, next(&state));
		len = len < n ? len : n;
		write_all(piece, len);
		n -= len;
	}
	return 0;
}

/* ---- counter ------------------------------------------------------------------ */

struct counter {
	uint64_t line, most;
	uint32_t hash;
	char typed[WORD];
	size_t typed_len;
	int quit;
};

static int64_t
nanoseconds(void)
{
	struct timespec now;
	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

static void
number(char *to, struct counter *c, char kind, const char *text, size_t len)
{
	char digits[24];
	snprintf(digits, sizeof digits, "%010llu", (unsigned long long)c->line++);
	memset(to, '.', LINE);
	memcpy(to, digits, 10);
	to[10] = kind;
	memcpy(to + 11, text, len);
	for (int i = 0; i < HASH; i++)
		to[LINE - 2 - i] = "0123456789abcdef"[c->hash >> 4 * i & 15];
	to[LINE - 1] = '\n';
	for (int i = 0; i < LINE; i++)
		c->hash = (c->hash ^ (unsigned char)to[i]) * 16777619u;
}

static void
take_typed(struct counter *c)
{
	char line[LINE], in[4096];
	ssize_t n = read(STDIN_FILENO, in, sizeof in);
	for (ssize_t i = 0; i < n; i++) {
		c->typed[c->typed_len++] = in[i];
		if (c->typed_len < WORD)
			continue;
		c->typed_len = 0;
		number(line, c, 'i', c->typed, WORD);
		write_all(line, LINE);
		if (memcmp(c->typed, "quit", 4) == 0)
			c->quit = 1;
	}
	if (n == 0)
		c->quit = 1;
}

static void
print_lines(struct counter *c, size_t bytes_due)
{
	static char piece[PIECE];
	while (bytes_due >= LINE && c->line < c->most) {
		size_t len = 0;
		while (len < PIECE && len + LINE <= bytes_due && c->line < c->most) {
			number(piece + len, c, 'o', "", 0);
			len += LINE;
		}
		write_all(piece, len);
		bytes_due -= len;
	}
}

/* What could not be printed in time, because nobody took it, is not made up for. */
static int
counter(double rate, uint64_t most)
{
	struct counter c = {.most = most, .hash = 2166136261u};
	struct pollfd in = {.fd = STDIN_FILENO, .events = POLLIN};
	int64_t then = nanoseconds();
	double due = 0;
	while (!c.quit && c.line < c.most) {
		if (poll(&in, 1, TICK_MS) > 0)
			take_typed(&c);
		int64_t now = nanoseconds();
		double more = rate * (double)(now - then) / 1e9;
		due += more < rate / 10 ? more : rate / 10;
		then = now;
		print_lines(&c, (size_t)due);
		due -= (double)((size_t)due / LINE * LINE);
	}
	return 0;
}

int
main(int argc, char **argv)
{
	const char *what = argc > 1 ? argv[1] : "";
	raw_terminal(STDIN_FILENO);
	raw_terminal(STDOUT_FILENO);
	if (strcmp(what, "bytes") == 0)
		return bytes();
	if (strcmp(what, "coloured") == 0 && argc > 2)
		return coloured(strtoull(argv[2], NULL, 10));
	if (strcmp(what, "counter") == 0 && argc > 2)
		return counter(strtod(argv[2], NULL),
			argc > 3 ? strtoull(argv[3], NULL, 10) : UINT64_MAX);
	fprintf(stderr, "Usage: child bytes | coloured N | counter RATE [N]\n");
	return 2;
}
