/* See shim_child.h. */
#include "config.h"

#include "t/unit/shim_child.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

unsigned char
shim_child_flood(uint64_t offset)
{
	uint64_t x = (offset >> 3) * UINT64_C(0x9e3779b97f4a7c15);

	x ^= x >> 29;
	return (unsigned char)(x >> (8 * (offset & 7)));
}

static void
write_all(int fd, const void *bytes, size_t len)
{
	const char *at = bytes;

	while (len > 0) {
		ssize_t n = write(fd, at, len);

		if (n <= 0)
			_exit(99);
		at += n;
		len -= (size_t)n;
	}
}

static void
make_raw(void)
{
	struct termios termios;

	if (tcgetattr(0, &termios) == -1)
		return;
	cfmakeraw(&termios);
	tcsetattr(0, TCSANOW, &termios);
}

static int
child_flood(char **argv)
{
	uint64_t total = strtoull(argv[0], NULL, 10);
	static unsigned char bytes[8192];

	make_raw();
	for (uint64_t offset = 0; offset < total;) {
		size_t n = 0;

		for (; n < sizeof(bytes) && offset + n < total; n++)
			bytes[n] = shim_child_flood(offset + n);
		write_all(1, bytes, n);
		offset += n;
	}
	return 0;
}

static int
child_all_bytes(char **argv)
{
	unsigned char bytes[256];

	(void)argv;
	make_raw();
	for (int i = 0; i < 256; i++)
		bytes[i] = (unsigned char)i;
	write_all(1, bytes, sizeof(bytes));
	return 0;
}

static int
child_echo(char **argv)
{
	char bytes[4096];
	ssize_t n;

	(void)argv;
	make_raw();
	write_all(1, "!", 1);
	while ((n = read(0, bytes, sizeof(bytes))) > 0)
		write_all(1, bytes, (size_t)n);
	return 0;
}

/* The names of its terminal, which controls it, and of one that it opens. */
static int
child_terminal(char **argv)
{
	int master = posix_openpt(O_RDWR | O_NOCTTY), tty = open("/dev/tty", O_RDWR);
	char text[200];

	(void)argv;
	if (master == -1 || tty == -1 || unlockpt(master) == -1)
		return 1;
	snprintf(text, sizeof(text), "%s %s", ttyname(0), ptsname(master));
	write_all(1, text, strlen(text));
	return 0;
}

static int
child_quick(char **argv)
{
	write_all(1, argv[1], strlen(argv[1]));
	return (int)strtol(argv[0], NULL, 10);
}

static int
child_wait(char **argv)
{
	make_raw(); /* cooked, the kernel would swallow what nobody reads */
	write_all(1, argv[0], strlen(argv[0]));
	return pause();
}

static void
ignore_signals(void)
{
	signal(SIGHUP, SIG_IGN);
	signal(SIGTERM, SIG_IGN);
	signal(SIGINT, SIG_IGN);
}

/* Leaves a process in a session of its own that nothing but SIGKILL ends; says its pid.
 */
static int
child_stubborn(char **argv)
{
	bool stay = strcmp(argv[0], "stay") == 0;
	char line[32];

	ignore_signals();
	if (fork() == 0) {
		setsid();
		if (fork() != 0)
			_exit(0);
		snprintf(line, sizeof(line), "%d.", (int)getpid());
		write_all(1, line, strlen(line));
		for (;;)
			pause();
	}
	wait(NULL);
	while (stay)
		pause();
	return 7;
}

/* Never the same process for long: each forks the next and ends. */
static int
child_fleeing(char **argv)
{
	(void)argv;
	ignore_signals();
	write_all(1, "!", 1);
	for (;;) {
		pid_t pid = fork();

		if (pid > 0)
			_exit(0);
		if (pid == 0)
			setsid();
	}
}

static int
child_surroundings(char **argv)
{
	extern char **environ;
	char line[64], cwd[16];

	(void)argv;
	for (int fd = 0; fd < 1024; fd++) {
		if (fcntl(fd, F_GETFD) == -1)
			continue;
		snprintf(line, sizeof(line), "fd %d;", fd);
		write_all(1, line, strlen(line));
	}
	for (int i = 0; environ[i] != NULL; i++) {
		snprintf(line, sizeof(line), "env %s;", environ[i]);
		write_all(1, line, strlen(line));
	}
	snprintf(line, sizeof(line), "cwd %s;tty %d;leader %d;", getcwd(cwd, sizeof(cwd)),
		isatty(0), getsid(0) == getpid());
	write_all(1, line, strlen(line));
	return 0;
}

static int
child_sizes(char **argv)
{
	struct winsize size;
	sigset_t set;
	int number;

	(void)argv;
	sigemptyset(&set);
	sigaddset(&set, SIGWINCH);
	sigaddset(&set, SIGUSR1);
	sigprocmask(SIG_BLOCK, &set, NULL);
	do {
		char line[32];

		ioctl(0, TIOCGWINSZ, &size);
		snprintf(line, sizeof(line), "%dx%d.", size.ws_col, size.ws_row);
		write_all(1, line, strlen(line));
		sigwait(&set, &number);
	} while (number == SIGWINCH);
	return number;
}

static int
child_both(char **argv)
{
	char bytes[64];
	ssize_t n;

	(void)argv;
	write_all(1, "out1", 4);
	usleep(20000);
	write_all(2, "err1", 4);
	usleep(20000);
	do {
		n = read(0, bytes, sizeof(bytes));
		write_all(1, bytes, n > 0 ? (size_t)n : 0);
	} while (n > 0 && bytes[n - 1] != '\n');
	write_all(2, "end", 3);
	return 3;
}

static const struct {
	const char *name;
	int (*run)(char **argv);
} children[] = {
	{"flood", child_flood},
	{"all-bytes", child_all_bytes},
	{"echo", child_echo},
	{"quick", child_quick},
	{"terminal", child_terminal},
	{"wait", child_wait},
	{"stubborn", child_stubborn},
	{"fleeing", child_fleeing},
	{"surroundings", child_surroundings},
	{"sizes", child_sizes},
	{"both", child_both},
};

bool
shim_child(int argc, char **argv, int *result)
{
	*result = 98;
	if (argc < 3 || strcmp(argv[1], "--child") != 0)
		return false;
	for (size_t i = 0; i < sizeof(children) / sizeof(children[0]); i++)
		if (strcmp(children[i].name, argv[2]) == 0)
			*result = children[i].run(argv + 3);
	return true;
}
