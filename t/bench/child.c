/* See child.h. */
#include "config.h"

#include "t/bench/child.h"

#include "t/bench/measure.h"

#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <termios.h>
#include <unistd.h>

enum { TICK_US = 5000, PIECE = 64 * CHILD_LINE, DIGITS = 10 };

const char child_echo[] = "stty raw -echo; echo ready; exec cat";

static int
listing(FILE *f, long i)
{
	return fprintf(f,
		"\033[1;34mdrwxr-xr-x\033[0m %4ld user user %8ld Nov 22 20:35 "
		"\033[01;32mname-%08ld\033[0m\n",
		i % 1000, i * 7919 % 100000000, i);
}

static int
warning(FILE *f, long i)
{
	return fprintf(f,
		"\033[1msrc/part-%ld.c:%ld:%ld: \033[1;35mwarning: \033[0mcomparison of "
		"integers of different signs: \033[1m'int'\033[0m and "
		"\033[1m'size_t'\033[0m [-Wsign-compare]\n",
		i % 97, i % 1231, i % 79);
}

size_t
child_write_text(const char *path, size_t len)
{
	size_t done = 0, lines = 0;
	FILE *f = fopen(path, "we");
	if (!f)
		fail("cannot write %s", path);
	for (long i = 0; done < len; i++, lines++)
		done += (size_t)(i / 40 % 2 ? warning(f, i) : listing(f, i));
	if (fclose(f) != 0)
		fail("cannot write %s", path);
	return done + lines;
}

static void
raw_terminal(void)
{
	struct termios t;
	if (tcgetattr(STDIN_FILENO, &t) != 0)
		return;
	cfmakeraw(&t);
	tcsetattr(STDIN_FILENO, TCSANOW, &t);
}

static size_t
fill(char *piece, size_t lines, long long first)
{
	memset(piece, '.', lines * CHILD_LINE);
	for (size_t i = 0; i < lines; i++) {
		char digits[24];
		snprintf(digits, sizeof digits, "%010lld", first + (long long)i);
		memcpy(piece + i * CHILD_LINE, digits, DIGITS);
		piece[(i + 1) * CHILD_LINE - 1] = '\n';
	}
	return lines * CHILD_LINE;
}

/* What could not be printed in time is not made up for. */
int
child_print(double rate, long long lines)
{
	static char piece[PIECE];
	long long done = 0;
	double then = now_us(), due = 0;
	raw_terminal();
	while (lines == 0 || done < lines) {
		double now = now_us(), more = rate * (now - then) / 1e6;
		due += more < rate / 10 ? more : rate / 10;
		then = now;
		while (due >= CHILD_LINE && (lines == 0 || done < lines)) {
			size_t n = (size_t)due / CHILD_LINE;
			n = n < PIECE / CHILD_LINE ? n : PIECE / CHILD_LINE;
			n = lines && (long long)n > lines - done ? (size_t)(lines - done)
								 : n;
			write_all(STDOUT_FILENO, piece, fill(piece, n, done));
			done += (long long)n;
			due -= (double)(n * CHILD_LINE);
		}
		sleep_us(TICK_US);
	}
	return 0;
}

int
child_answer(void)
{
	char request[4096];
	int fd = accept(STDIN_FILENO, NULL, NULL);
	if (fd < 0 || read(fd, request, sizeof request) <= 0)
		return 1;
	write_all(fd, "x", 1);
	return 0;
}
