/*
 * The real shim and the runner's end of it. This program is also every child that the
 * tests need: `test-shim --child NAME …`. Output is checked by position: byte `offset`
 * of the flood has one right value, so whatever is lost, doubled or moved shows.
 */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>
#include <event2/event.h>

#include "lib/err.h"
#include "lib/os_isolate.h"
#include "runner/os_memfd.h"
#include "runner/shim_frame.h"
#include "runner/shim_link.h"
#include "runner/shim_report.c" /* the runner has none of it */

enum { TURN = 32 * 1024, PATIENCE_MS = 8000 };

static const unsigned char cookie[SHIM_COOKIE_SIZE] = "0123456789abcde";

/* ---- the children ---------------------------------------------------------------------
 */

static unsigned char
flood_byte(uint64_t offset)
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
			bytes[n] = flood_byte(offset + n);
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

static int
be_child(char **argv)
{
	for (size_t i = 0; i < sizeof(children) / sizeof(children[0]); i++)
		if (strcmp(children[i].name, argv[0]) == 0)
			return children[i].run(argv + 1);
	return 98;
}

/* ---- a runner -------------------------------------------------------------------------
 */

struct runner {
	char dir[64];
	char path[107];
	char self[512];
	int program;
	struct event_base *base;
	struct shim_link *link;
	struct shim_link_conf conf;
	struct shim_link_handlers handlers;
	bool isolated;
	struct os_isolate isolate;

	bool welcomed, started, failed, exited, errored, stated, lost;
	struct shim_welcome welcome;
	struct shim_failure failure;
	struct shim_exit exit;
	struct shim_error error;
	enum shim_lost why;
	pid_t pid;
	uint64_t input_done;

	uint64_t committed; /* offset: all below was read, checked and kept */
	uint64_t stop_at;   /* commit no further; 0: all */
	bool flood;         /* check against flood_byte(), keep nothing */
	bool lazy;          /* acknowledge only now and then */
	uint64_t wrong;     /* bytes that were not what they should be */
	unsigned int turns;
	char *kept;
	size_t nkept;
};

static void
commit(struct runner *r, const unsigned char *bytes, size_t len)
{
	if (r->flood) {
		for (size_t i = 0; i < len; i++)
			r->wrong += bytes[i] != flood_byte(r->committed + i);
	} else {
		r->kept = realloc(r->kept, r->nkept + len + 1);
		memcpy(r->kept + r->nkept, bytes, len);
		r->nkept += len;
		r->kept[r->nkept] = '\0';
	}
	r->committed += len;
}

static void
on_data(void *ctx)
{
	struct runner *r = ctx;
	const void *bytes;
	size_t len = shim_link_peek(r->link, r->committed, &bytes);

	if (len > TURN)
		len = TURN;
	if (r->stop_at != 0 && len > r->stop_at - r->committed)
		len = r->stop_at - r->committed;
	if (len > 0)
		commit(r, bytes, len);
	if (!r->lazy || ++r->turns % 5 == 0 || r->committed == shim_link_head(r->link))
		shim_link_ack(r->link, r->committed);
	else
		shim_link_ack(r->link, 0); /* nothing new, but call again */
}

static void
on_welcome(void *ctx, const struct shim_welcome *welcome)
{
	struct runner *r = ctx;

	r->welcomed = true;
	r->welcome = *welcome;
}

static void
on_started(void *ctx, pid_t pid)
{
	struct runner *r = ctx;

	r->started = true;
	r->pid = pid;
}

static void
on_failed(void *ctx, const struct shim_failure *failure)
{
	struct runner *r = ctx;

	r->failed = true;
	r->failure = *failure;
}

static void
on_input_done(void *ctx, uint64_t k)
{
	struct runner *r = ctx;

	r->input_done = k;
}

static void
on_exited(void *ctx, const struct shim_exit *shim_exit)
{
	struct runner *r = ctx;

	r->exited = true;
	r->exit = *shim_exit;
}

static void
on_error(void *ctx, const struct shim_error *error)
{
	struct runner *r = ctx;

	r->errored = true;
	r->error = *error;
}

static void
on_stat(void *ctx, const struct shim_welcome *stat)
{
	struct runner *r = ctx;

	r->stated = true;
	r->welcome = *stat;
}

static void
on_lost(void *ctx, enum shim_lost why, const char *text)
{
	struct runner *r = ctx;

	assert_non_null(text);
	r->lost = true;
	r->why = why;
}

static void
on_tick(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	(void)arg;
}

static int64_t
now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* Turns the loop until `condition` holds; fails after PATIENCE_MS. */
#define until(r, condition) \
	do { \
		int64_t until_end_ = now_ms() + PATIENCE_MS; \
		while (!(condition)) { \
			if (now_ms() > until_end_) \
				fail_msg("waited in vain for: %s", #condition); \
			turn_once(r); \
		} \
	} while (0)

static void
turn_once(struct runner *r)
{
	struct event *tick = event_new(r->base, -1, 0, on_tick, NULL);
	struct timeval tv = {.tv_usec = 5000};

	event_add(tick, &tv);
	event_base_loop(r->base, EVLOOP_ONCE);
	event_free(tick);
}

static void
turn_for(struct runner *r, int ms)
{
	int64_t end = now_ms() + ms;

	while (now_ms() < end)
		turn_once(r);
}

static void
forget_answers(struct runner *r)
{
	r->welcomed = r->started = r->failed = r->exited = r->errored = r->stated = false;
	r->lost = false;
}

static void
spawn(struct runner *r)
{
	struct err e = {0};

	forget_answers(r);
	r->link = shim_link_spawn(r->base, &r->conf, &r->handlers, r, &e);
	if (r->link == NULL)
		fail_msg("spawn: %s %s", e.code, e.text);
	until(r, r->welcomed || r->lost);
	assert_true(r->welcomed);
	assert_int_equal(r->welcome.state, SHIM_IDLE);
}

static void
drop(struct runner *r)
{
	shim_link_free(r->link);
	r->link = NULL;
}

static void
adopt(struct runner *r)
{
	struct err e = {0};

	drop(r);
	forget_answers(r);
	r->link = shim_link_adopt(r->base, &r->conf, &r->handlers, r, &e);
	if (r->link == NULL)
		fail_msg("adopt: %s %s", e.code, e.text);
	until(r, r->welcomed || r->lost);
}

static struct shim_start
command(struct runner *r, const char **argv)
{
	static const char *const env[] = {"A=1", "PATH=/usr/bin:/bin", NULL};

	argv[0] = r->self;
	argv[1] = "--child";
	return (struct shim_start){
		.nonce = "nonce",
		.argv = argv,
		.env = env,
		.cwd = "/",
		.cols = 80,
		.rows = 24,
		.isolate = r->isolated ? &r->isolate : NULL,
	};
}

static void
start(struct runner *r, const struct shim_start *shim_start)
{
	struct err e = {0};

	if (shim_link_start(r->link, shim_start, &e) == -1)
		fail_msg("start: %s %s", e.code, e.text);
	until(r, r->started || r->failed || r->lost);
}

#define start_child(r, ...) \
	do { \
		const char *start_argv_[] = {NULL, NULL, __VA_ARGS__, NULL}; \
		struct shim_start start_ = command(r, start_argv_); \
		spawn(r); \
		start(r, &start_); \
		assert_true((r)->started); \
	} while (0)

static bool
is_gone(pid_t pid)
{
	return kill(pid, 0) == -1 && errno == ESRCH;
}

/* What is acknowledged up to there cannot be read any more. */
static bool
is_acknowledged(struct runner *r, uint64_t offset)
{
	const void *bytes;
	return shim_link_peek(r->link, offset - 1, &bytes) == 0;
}

static bool
is_complete(struct runner *r)
{
	return r->exited && r->committed == r->exit.head;
}

/* The good end: everything read, exit acknowledged, socket gone. */
static void
finish(struct runner *r)
{
	struct err e = {0};

	assert_int_equal(shim_link_exit_ack(r->link, &e), 0);
	until(r, r->lost);
	assert_int_equal(r->why, SHIM_LOST_LEFT);
	assert_int_equal(access(r->path, F_OK), -1);
	drop(r);
}

static int
set_up(void **state)
{
	struct runner *r = calloc(1, sizeof(*r));
	const char *program = getenv("DISPATCH_SHIM");
	char path[600];
	ssize_t n;

	snprintf(r->dir, sizeof(r->dir), "/tmp/test-shim-XXXXXX");
	if (mkdtemp(r->dir) == NULL)
		return -1;
	snprintf(r->path, sizeof(r->path), "%s/s.sock", r->dir);
	n = readlink("/proc/self/exe", r->self, sizeof(r->self) - 1);
	if (n <= 0)
		return -1;
	if (program == NULL) { /* t/unit/test-shim → dispatch-shim */
		char *build = strdup(r->self);

		for (int i = 0; i < 3; i++)
			*strrchr(build, '/') = '\0';
		snprintf(path, sizeof(path), "%s/dispatch-shim", build);
		free(build);
		program = path;
	}
	r->program = open(program, O_PATH | O_CLOEXEC);
	if (r->program == -1) {
		fprintf(stderr, "%s: %s\n", program, strerror(errno));
		return -1;
	}
	r->base = event_base_new();
	r->conf = (struct shim_link_conf){
		.path = r->path,
		.program_fd = r->program,
		.ring_size = 0,
		.generation = 5,
	};
	memcpy(r->conf.cookie, cookie, sizeof(cookie));
	r->handlers = (struct shim_link_handlers){on_welcome, on_started, on_failed,
		on_data, on_input_done, on_exited, on_error, on_stat, on_lost};
	*state = r;
	return 0;
}

/* Where the kernel allows no namespaces, what is tested is the same as without. */
static int
isolate_all(void **state, unsigned int flags)
{
	struct runner *r;

	if (set_up(state) == -1)
		return -1;
	r = *state;
	r->isolate.flags = flags;
	r->isolated = os_isolate_try(flags) == 0;
	return 0;
}

static int
set_up_terminals(void **state)
{
	return isolate_all(state, OS_ISOLATE_FILES | OS_ISOLATE_TERMINALS);
}

static int
set_up_closed(void **state)
{
	return isolate_all(state,
		OS_ISOLATE_FILES | OS_ISOLATE_TERMINALS | OS_ISOLATE_READ_ONLY |
			OS_ISOLATE_PROCESSES | OS_ISOLATE_NO_SETUID);
}

/* A test that left a shim behind ends it here. */
static int
tear_down(void **state)
{
	struct runner *r = *state;
	struct err e = {0};

	r->stop_at = 0;
	if (access(r->path, F_OK) == 0) {
		r->conf.generation = UINT64_MAX;
		memcpy(r->conf.cookie, cookie, sizeof(cookie));
		adopt(r);
		if (r->welcomed && !r->lost) {
			shim_link_close(r->link, 0, &e);
			until(r, is_complete(r) || r->failed || r->lost);
			if (!r->lost)
				finish(r);
		}
	}
	drop(r);
	event_base_free(r->base);
	close(r->program);
	unlink(r->path);
	rmdir(r->dir);
	free(r->kept);
	free(r);
	return 0;
}

/* ---- output ---------------------------------------------------------------------------
 */

static void
every_byte_value_arrives_unchanged(void **state)
{
	struct runner *r = *state;

	start_child(r, "all-bytes");
	until(r, is_complete(r));
	assert_int_equal(r->nkept, 256);
	for (int i = 0; i < 256; i++)
		assert_int_equal((unsigned char)r->kept[i], i);
	assert_int_equal(r->exit.code, 0);
	finish(r);
}

static void
nothing_is_lost_or_doubled_over_twenty_adoptions(void **state)
{
	struct runner *r = *state;
	const uint64_t total = 20000000;

	r->flood = r->lazy = true;
	srandom(4711);
	start_child(r, "flood", "20000000");
	for (int i = 0; i < 20; i++) {
		r->stop_at = r->committed + (uint64_t)random() % (total / 21) + 1;
		until(r, r->committed == r->stop_at);
		r->conf.generation++;
		adopt(r);
		assert_true(r->welcomed);
		assert_true(r->welcome.acked <= r->committed);
		assert_true(r->committed <= r->welcome.head);
	}
	r->stop_at = 0;
	until(r, is_complete(r));
	assert_int_equal(r->wrong, 0);
	assert_int_equal(r->committed, total);
	finish(r);
}

static void
a_full_ring_blocks_the_program_and_loses_nothing(void **state)
{
	struct runner *r = *state;
	struct err e = {0};
	uint64_t head;

	r->flood = true;
	r->stop_at = 1000;
	r->conf.ring_size = SHIM_RING_MIN;
	start_child(r, "flood", "1000000");
	until(r, shim_link_head(r->link) == 1000 + SHIM_RING_MIN);
	head = shim_link_head(r->link);
	turn_for(r, 100);
	assert_int_equal(shim_link_head(r->link), head);
	assert_int_equal(shim_link_stat(r->link, &e), 0);
	until(r, r->stated);
	assert_int_equal(r->welcome.state, SHIM_RUNNING);
	r->stop_at = 0;
	until(r, is_complete(r));
	assert_int_equal(r->wrong, 0);
	assert_int_equal(r->committed, 1000000);
	finish(r);
}

static void
offsets_and_input_numbers_go_on_in_the_next_run(void **state)
{
	struct runner *r = *state;
	const char *argv[] = {NULL, NULL, "echo", NULL};
	struct shim_start shim_start = command(r, argv);
	struct err e = {0};

	shim_start.output_base = r->committed = (UINT64_C(5) << 32) + 12345;
	shim_start.input_base = 41;
	spawn(r);
	start(r, &shim_start);
	until(r, r->nkept == 1);
	assert_int_equal(shim_link_input(r->link, 43, "x", 1, &e), -1);
	assert_string_equal(e.code, "shim.range");
	assert_int_equal(shim_link_input(r->link, 42, "hello", 5, &e), 0);
	until(r, r->nkept == 6);
	assert_string_equal(r->kept, "!hello");
	assert_int_equal(r->input_done, 42);
	assert_int_equal(shim_link_head(r->link), (UINT64_C(5) << 32) + 12351);
	assert_true(is_acknowledged(r, (UINT64_C(5) << 32) + 12351));
}

/* ---- input ----------------------------------------------------------------------------
 */

static void
repeated_input_reaches_the_program_once(void **state)
{
	struct runner *r = *state;
	struct err e = {0};

	start_child(r, "echo");
	until(r, r->nkept == 1);
	assert_int_equal(shim_link_input(r->link, 1, "one,", 4, &e), 0);
	assert_int_equal(shim_link_input(r->link, 1, "one,", 4, &e), 0);
	assert_int_equal(shim_link_input(r->link, 2, "", 0, &e), 0);
	assert_int_equal(shim_link_input(r->link, 0, "free,", 5, &e), 0);
	assert_int_equal(shim_link_input(r->link, 3, "three", 5, &e), 0);
	until(r, r->input_done == 3);
	adopt(r);
	assert_int_equal(r->welcome.input_done, 3);
	r->input_done = 0;
	assert_int_equal(shim_link_input(r->link, 3, "three", 5, &e), 0);
	until(r, r->input_done == 3);
	assert_int_equal(shim_link_input(r->link, 4, ".", 1, &e), 0);
	until(r, r->input_done == 4 && r->nkept == 16);
	assert_string_equal(r->kept, "!one,free,three.");
}

static void
a_program_that_does_not_read_fills_a_bounded_queue(void **state)
{
	struct runner *r = *state;
	static char bytes[SHIM_INPUT_MAX];
	struct err e = {0};
	uint64_t k = 1;

	start_child(r, "wait", "w");
	until(r, r->nkept == 1);
	memset(bytes, 'x', sizeof(bytes));
	for (int i = 0; i < 3; i++) { /* an adoption tells how much the pty took */
		while (k < 20 &&
			shim_link_input(r->link, k, bytes, sizeof(bytes), &e) == 0)
			k++;
		turn_for(r, 20);
		assert_string_equal(e.code, "shim.full");
		adopt(r);
		assert_int_equal(r->welcome.input_done, 0);
		assert_int_equal(r->welcome.input_next, k);
	}
	assert_int_equal(k, 3);
	assert_false(r->errored);
	assert_int_equal(shim_link_input(r->link, k, bytes, sizeof(bytes) + 1, &e), -1);
	assert_string_equal(e.code, "shim.range");
	assert_int_equal(shim_link_signal(r->link, SIGKILL, &e), 0);
	until(r, is_complete(r));
	assert_int_equal(r->exit.signal, SIGKILL);
	assert_int_equal(r->exit.input_done, 0);
	finish(r);
}

static void
a_megabyte_pasted_comes_back_unchanged(void **state)
{
	struct runner *r = *state;
	static unsigned char bytes[16384];
	const uint64_t inputs = 64;
	struct err e = {0};

	start_child(r, "echo");
	until(r, r->nkept == 1);
	for (uint64_t k = 1; k <= inputs; k++) {
		for (size_t i = 0; i < sizeof(bytes); i++)
			bytes[i] = flood_byte((k - 1) * sizeof(bytes) + i);
		until(r, shim_link_input(r->link, k, bytes, sizeof(bytes), &e) == 0);
	}
	until(r, r->input_done == inputs && r->nkept == 1 + inputs * sizeof(bytes));
	for (uint64_t i = 0; i < inputs * sizeof(bytes); i++)
		assert_int_equal((unsigned char)r->kept[1 + i], flood_byte(i));
}

/* ---- beginnings and ends
 * --------------------------------------------------------------- */

static void
a_child_that_ends_at_once_tells_its_last_byte_and_code(void **state)
{
	struct runner *r = *state;

	for (int code = 0; code < 30; code += 3) {
		char text[16];

		snprintf(text, sizeof(text), "%d", code);
		r->committed = r->nkept = 0;
		start_child(r, "quick", text, "last");
		until(r, is_complete(r));
		assert_string_equal(r->kept, "last");
		assert_int_equal(r->exit.code, code);
		assert_int_equal(r->exit.signal, 0);
		assert_true(is_gone(r->pid));
		finish(r);
	}
}

static void
a_killed_child_tells_its_signal(void **state)
{
	struct runner *r = *state;

	start_child(r, "wait", "up");
	until(r, r->nkept == 2);
	assert_false(is_gone(r->pid));
	assert_int_equal(kill(r->pid, SIGKILL), 0);
	until(r, is_complete(r));
	assert_int_equal(r->exit.code, 0);
	assert_int_equal(r->exit.signal, SIGKILL);
	finish(r);
}

static void
an_exit_without_a_runner_is_told_until_it_is_acknowledged(void **state)
{
	struct runner *r = *state;

	start_child(r, "quick", "9", "bye");
	drop(r);
	while (kill(r->pid, 0) == 0)
		usleep(1000);
	for (int i = 0; i < 3; i++) {
		adopt(r);
		until(r, is_complete(r));
		assert_int_equal(r->exit.code, 9);
		assert_int_equal(r->exit.head, 3);
		assert_string_equal(r->kept, "bye");
	}
	finish(r);
}

static void
a_program_that_cannot_be_executed_is_reported_with_its_errno(void **state)
{
	struct runner *r = *state;
	static const char *const argv[] = {"no-such-program", NULL};
	const char *ignored[] = {NULL, NULL, NULL};
	struct shim_start shim_start = command(r, ignored);

	shim_start.argv = argv;
	spawn(r);
	start(r, &shim_start);
	assert_true(r->failed);
	assert_int_equal(r->failure.step, SHIM_STEP_EXEC);
	assert_int_equal(r->failure.error, ENOENT);
	adopt(r);
	until(r, r->failed);
	finish(r);
	shim_start.file = "/etc/passwd";
	spawn(r);
	start(r, &shim_start);
	assert_int_equal(r->failure.error, EACCES);
	finish(r);
}

static void
a_program_is_found_in_the_path_of_its_own_environment(void **state)
{
	struct runner *r = *state;
	static const char *const argv[] = {"-name", "-c", "echo $0", NULL};
	const char *ignored[] = {NULL, NULL, NULL};
	struct shim_start shim_start = command(r, ignored);

	shim_start.argv = argv;
	shim_start.file = "sh";
	spawn(r);
	start(r, &shim_start);
	until(r, is_complete(r));
	assert_string_equal(r->kept, "-name\r\n");
	finish(r);
}

static void
a_missing_directory_is_reported(void **state)
{
	struct runner *r = *state;
	const char *argv[] = {NULL, NULL, "all-bytes", NULL};
	struct shim_start shim_start = command(r, argv);

	shim_start.cwd = "/no/such/directory";
	spawn(r);
	start(r, &shim_start);
	assert_true(r->failed);
	assert_int_equal(r->failure.step, SHIM_STEP_CWD);
	assert_int_equal(r->failure.error, ENOENT);
	finish(r);
}

static void
a_shim_without_start_leaves(void **state)
{
	struct runner *r = *state;

	r->conf.start_limit_ms = 100;
	spawn(r);
	until(r, r->lost);
	assert_int_equal(r->why, SHIM_LOST_PEER_GONE);
	assert_int_equal(access(r->path, F_OK), -1);
	adopt(r);
	assert_true(r->lost);
	assert_int_equal(r->why, SHIM_LOST_NO_SOCKET);
}

static void
a_second_start_never_runs_a_second_child(void **state)
{
	struct runner *r = *state;
	const char *argv[] = {NULL, NULL, "wait", "x", NULL};
	struct shim_start shim_start = command(r, argv);
	struct err e = {0};
	pid_t pid;

	spawn(r);
	start(r, &shim_start);
	pid = r->pid;
	assert_int_equal(shim_link_start(r->link, &shim_start, &e), -1);
	assert_string_equal(e.code, "shim.state");
	drop(r);
	assert_null(shim_link_spawn(r->base, &r->conf, &r->handlers, r, &e));
	assert_string_equal(e.code, "shim.busy");
	adopt(r);
	until(r, r->started);
	assert_int_equal(r->welcome.state, SHIM_RUNNING);
	assert_memory_equal(r->welcome.nonce, shim_start.nonce, SHIM_NONCE_SIZE);
	assert_int_equal(r->pid, pid);
}

static void
a_dead_socket_is_replaced(void **state)
{
	struct runner *r = *state;
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_SEQPACKET, 0);

	memcpy(address.sun_path, r->path, strlen(r->path) + 1);
	assert_int_equal(bind(fd, (struct sockaddr *)&address, sizeof(address)), 0);
	close(fd);
	adopt(r);
	assert_true(r->lost);
	assert_int_equal(r->why, SHIM_LOST_DEAD);
	drop(r);
	spawn(r);
}

static void
a_directory_that_others_may_enter_is_refused(void **state)
{
	struct runner *r = *state;
	struct err e = {0};

	chmod(r->dir, 0755);
	assert_null(shim_link_spawn(r->base, &r->conf, &r->handlers, r, &e));
	assert_string_equal(e.code, "shim.path");
	assert_null(shim_link_adopt(r->base, &r->conf, &r->handlers, r, &e));
	chmod(r->dir, 0700);
}

static pid_t
parent_of(pid_t pid)
{
	char path[32], line[256] = "";
	int parent = 0;
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%d/stat", (int)pid);
	file = fopen(path, "re");
	assert_non_null(file);
	assert_non_null(fgets(line, sizeof(line), file));
	fclose(file);
	assert_int_equal(sscanf(strrchr(line, ')') + 1, " %*c %d", &parent), 1);
	return (pid_t)parent;
}

static void
a_killed_shim_leaves_its_output_to_be_read(void **state)
{
	struct runner *r = *state;
	const void *bytes;

	r->stop_at = 2;
	start_child(r, "wait", "unread");
	until(r, shim_link_head(r->link) == 6 && is_acknowledged(r, 2));
	assert_int_equal(kill(parent_of(r->pid), SIGKILL), 0);
	until(r, r->lost);
	assert_int_equal(r->why, SHIM_LOST_PEER_GONE);
	assert_int_equal(shim_link_peek(r->link, 2, &bytes), 4);
	assert_memory_equal(bytes, "read", 4);
	assert_false(is_gone(r->pid)); /* we hold its pty */
	adopt(r);                      /* and now nobody does: it is hung up */
	assert_int_equal(r->why, SHIM_LOST_DEAD);
	unlink(r->path);
}

/* ---- who may speak
 * --------------------------------------------------------------------- */

static void
a_lower_generation_is_refused_and_a_higher_one_takes_over(void **state)
{
	struct runner *r = *state;
	struct runner other = *r;
	struct err e = {0};

	start_child(r, "wait", "x");
	until(r, r->committed > 0); /* else the other one has it, and we wait for it */
	other.conf.generation = 4;
	adopt(&other);
	until(&other, other.lost);
	assert_false(other.welcomed);
	assert_int_equal(other.why, SHIM_LOST_FENCED);
	assert_false(r->lost);
	other.conf.generation = 6;
	adopt(&other);
	assert_true(other.welcomed);
	until(r, r->lost);
	assert_int_equal(r->why, SHIM_LOST_FENCED);
	assert_int_equal(shim_link_input(r->link, 1, "x", 1, &e), -1);
	assert_string_equal(e.code, "shim.state");
	drop(&other);
	free(other.kept);
}

static void
a_wrong_cookie_is_refused(void **state)
{
	struct runner *r = *state;

	start_child(r, "wait", "x");
	r->conf.cookie[15] ^= 1;
	adopt(r);
	until(r, r->lost);
	assert_false(r->welcomed);
	assert_int_equal(r->why, SHIM_LOST_REFUSED);
}

/* ---- the child's world
 * ----------------------------------------------------------------- */

static void
a_child_has_three_descriptors_and_the_given_environment(void **state)
{
	struct runner *r = *state;
	int leak = open("/dev/null", O_RDONLY);

	start_child(r, "surroundings");
	until(r, is_complete(r));
	assert_string_equal(r->kept,
		"fd 0;fd 1;fd 2;env A=1;env PATH=/usr/bin:/bin;cwd /;tty 1;leader 1;");
	close(leak);
	finish(r);
}

static void
size_and_signals_reach_the_program(void **state)
{
	struct runner *r = *state;
	struct err e = {0};

	start_child(r, "sizes");
	until(r, r->nkept == 6);
	assert_int_equal(shim_link_resize(r->link, 132, 43, &e), 0);
	until(r, r->nkept == 13);
	assert_string_equal(r->kept, "80x24.132x43.");
	assert_int_equal(shim_link_resize(r->link, 0, 43, &e), -1);
	assert_int_equal(shim_link_signal(r->link, SIGUSR1, &e), 0);
	until(r, is_complete(r));
	assert_int_equal(r->exit.code, SIGUSR1);
	finish(r);
}

static void
close_ends_even_what_hides_and_ignores_signals(void **state)
{
	struct runner *r = *state;
	struct err e = {0};
	pid_t hidden;

	start_child(r, "stubborn", "stay");
	until(r, r->nkept > 0 && strchr(r->kept, '.') != NULL);
	hidden = (pid_t)strtol(r->kept, NULL, 10);
	assert_false(is_gone(hidden));
	assert_int_equal(shim_link_close(r->link, 100, &e), 0);
	adopt(r); /* it goes on by itself */
	until(r, is_complete(r));
	assert_true(is_gone(hidden));
	assert_true(is_gone(r->pid));
	assert_int_equal(r->exit.signal, SIGKILL);
	assert_int_equal(r->exit.left, 0);
	finish(r);
}

static void
close_ends_even_what_keeps_forking_away(void **state)
{
	struct runner *r = *state;
	struct err e = {0};

	start_child(r, "fleeing");
	until(r, r->nkept == 1);
	assert_int_equal(shim_link_close(r->link, 0, &e), 0);
	until(r, is_complete(r));
	assert_int_equal(r->exit.code, 0);
	assert_int_equal(r->exit.left, 0);
	finish(r);
}

static void
an_exit_is_told_although_a_background_process_keeps_the_pty(void **state)
{
	struct runner *r = *state;
	int64_t begin = now_ms();
	pid_t hidden;

	start_child(r, "stubborn", "leave");
	until(r, is_complete(r));
	assert_int_equal(r->exit.code, 7);
	assert_in_range(now_ms() - begin, SHIM_DRAIN_LIMIT_MS - 50, PATIENCE_MS);
	hidden = (pid_t)strtol(r->kept, NULL, 10);
	assert_false(is_gone(hidden));
	kill(hidden, SIGKILL);
	finish(r);
}

static void
with_pipes_stdout_and_stderr_can_be_told_apart(void **state)
{
	struct runner *r = *state;
	const char *argv[] = {NULL, NULL, "both", NULL};
	struct shim_start shim_start = command(r, argv);
	unsigned char bytes[SHIM_RECORD_MAX];
	char out[64] = "", err[64] = "";
	struct err e = {0};
	uint64_t at = 8, next;
	size_t len;
	int stream;

	r->handlers.data = NULL;
	shim_start.mode = SHIM_MODE_PIPES;
	shim_start.output_base = 8;
	spawn(r);
	start(r, &shim_start);
	assert_int_equal(shim_link_input(r->link, 1, "typed\n", 6, &e), 0);
	until(r, r->exited);
	assert_int_equal(r->exit.code, 3);
	while ((len = shim_link_record(r->link, at, &stream, bytes, &next)) > 0) {
		strncat(stream == SHIM_STREAM_STDOUT ? out : err, (char *)bytes, len);
		shim_link_ack(r->link, next);
		at = next;
	}
	assert_int_equal(at, r->exit.head);
	assert_string_equal(out, "out1typed\n");
	assert_string_equal(err, "err1end");
	finish(r);
}

static void
records_survive_the_end_of_the_ring(void **state)
{
	struct runner *r = *state;
	const char *argv[] = {NULL, NULL, "flood", "1000003", NULL};
	struct shim_start shim_start = command(r, argv);
	unsigned char bytes[SHIM_RECORD_MAX];
	uint64_t at = 0, next;
	size_t len;
	int stream;

	r->handlers.data = NULL;
	r->flood = true;
	shim_start.mode = SHIM_MODE_PIPES;
	r->conf.ring_size = SHIM_RING_MIN;
	spawn(r);
	start(r, &shim_start);
	while (!r->exited || at < r->exit.head) {
		len = shim_link_record(r->link, at, &stream, bytes, &next);
		if (len == 0) {
			turn_once(r);
			assert_false(r->lost);
			continue;
		}
		commit(r, bytes, len);
		shim_link_ack(r->link, next);
		at = next;
	}
	assert_int_equal(r->committed, 1000003);
	assert_int_equal(r->wrong, 0);
	finish(r);
}

/* ---- a shim that is not one
 * -------------------------------------------------------------- */

struct impostor {
	int listener, conn, ring_fd;
	struct shim_ring_header *header;
	_Alignas(8) unsigned char bytes[4096];
};

static void
impostor_say(struct impostor *i, struct shim_frame *frame, const int *fds, size_t nfds)
{
	_Alignas(struct cmsghdr) char control[CMSG_SPACE(16 * sizeof(int))] = {0};
	struct iovec iov = {frame->bytes, shim_frame_end(frame)};
	struct msghdr message = {.msg_iov = &iov, .msg_iovlen = 1};

	if (nfds > 0) {
		struct cmsghdr *cmsg;

		message.msg_control = control;
		message.msg_controllen = CMSG_SPACE(nfds * sizeof(int));
		cmsg = (struct cmsghdr *)(void *)control;
		cmsg->cmsg_level = SOL_SOCKET;
		cmsg->cmsg_type = SCM_RIGHTS;
		cmsg->cmsg_len = CMSG_LEN(nfds * sizeof(int));
		memcpy(CMSG_DATA(cmsg), fds, nfds * sizeof(int));
	}
	assert_true(sendmsg(i->conn, &message, MSG_NOSIGNAL) > 0);
}

static void
impostor_number(struct impostor *i, enum shim_frame_type type, enum shim_field field,
	uint64_t number)
{
	struct shim_frame frame;

	shim_frame_begin(&frame, i->bytes, sizeof(i->bytes), type, 0);
	shim_frame_number(&frame, field, number);
	impostor_say(i, &frame, NULL, 0);
}

static void
impostor_welcome(struct impostor *i, int ring_fd, size_t nfds)
{
	struct shim_frame frame;
	int fds[16];

	for (size_t n = 0; n < nfds; n++)
		fds[n] = ring_fd;
	shim_frame_begin(&frame, i->bytes, sizeof(i->bytes), SHIM_WELCOME, 0);
	shim_frame_number(&frame, SHIM_F_STATE, SHIM_RUNNING);
	shim_frame_number(&frame, SHIM_F_HEAD, 100);
	shim_frame_number(&frame, SHIM_F_ACKED, 50);
	shim_frame_number(&frame, 999, 1); /* from the future */
	shim_frame_number(&frame, SHIM_F_FDS, SHIM_FD_RING);
	impostor_say(i, &frame, fds, nfds);
}

/* An adopted link whose other end is ours; its ring shows acked 50, head 100. */
static void
impostor_begin(struct runner *r, struct impostor *i, size_t size)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	struct err e = {0};
	void *memory;

	i->listener = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
	memcpy(address.sun_path, r->path, strlen(r->path) + 1);
	unlink(r->path);
	assert_int_equal(bind(i->listener, (struct sockaddr *)&address, sizeof(address)),
		0);
	assert_int_equal(listen(i->listener, 4), 0);
	drop(r);
	forget_answers(r);
	r->committed = 50;
	r->link = shim_link_adopt(r->base, &r->conf, &r->handlers, r, &e);
	assert_non_null(r->link);
	i->conn = accept(i->listener, NULL, NULL);
	i->ring_fd = os_memfd_create("impostor", SHIM_RING_HEADER + size, &memory);
	i->header = memory;
	i->header->magic = SHIM_RING_MAGIC;
	i->header->header_size = SHIM_RING_HEADER;
	i->header->head = 100;
	i->header->acked = 50;
}

static void
impostor_end(struct runner *r, struct impostor *i, size_t size)
{
	until(r, r->lost);
	assert_int_equal(r->why, SHIM_LOST_BROKEN);
	drop(r);
	close(i->conn);
	close(i->listener);
	close(i->ring_fd);
	munmap(i->header, SHIM_RING_HEADER + size);
	unlink(r->path);
}

static void
a_ring_with_an_impossible_length_breaks_only_its_link(void **state)
{
	static const uint64_t heads[] = {49, 0, 50 + SHIM_RING_MIN + 1, UINT64_MAX,
		UINT64_C(1) << 63, 99};
	struct runner *r = *state;
	struct impostor i;
	const void *bytes;

	for (size_t n = 0; n < sizeof(heads) / sizeof(heads[0]); n++) {
		r->handlers.data = NULL;
		impostor_begin(r, &i, SHIM_RING_MIN);
		impostor_welcome(&i, i.ring_fd, 1);
		until(r, r->welcomed);
		assert_int_equal(shim_link_peek(r->link, 50, &bytes), 50);
		assert_int_equal(shim_link_peek(r->link, 49, &bytes), 0);
		assert_int_equal(shim_link_peek(r->link, 100, &bytes), 0);
		assert_int_equal(shim_link_peek(r->link, UINT64_MAX, &bytes), 0);
		i.header->head = heads[n];
		assert_int_equal(shim_link_peek(r->link, 50, &bytes), 0);
		assert_int_equal(shim_link_head(r->link), 50);
		impostor_end(r, &i, SHIM_RING_MIN);
	}
}

static void
a_ring_that_could_change_its_size_is_refused(void **state)
{
	struct runner *r = *state;
	struct impostor i;
	int fd;

	for (int n = 0; n < 4; n++) {
		size_t size = n == 3 ? SHIM_RING_MIN + 4096 : SHIM_RING_MIN;

		impostor_begin(r, &i, size);
		fd = memfd_create("open", MFD_CLOEXEC | MFD_ALLOW_SEALING);
		assert_int_equal(ftruncate(fd, SHIM_RING_HEADER + SHIM_RING_MIN), 0);
		if (n == 0)
			impostor_welcome(&i, fd, 1);
		if (n == 1)
			i.header->magic++;
		if (n == 1 || n == 3)
			impostor_welcome(&i, i.ring_fd, 1);
		if (n == 2)
			impostor_welcome(&i, i.ring_fd, 0);
		close(fd);
		impostor_end(r, &i, size);
		assert_false(r->welcomed);
	}
}

static int
count_fds(void)
{
	int count = 0;

	for (int fd = 0; fd < 1024; fd++)
		count += fcntl(fd, F_GETFD) != -1;
	return count;
}

static void
a_flood_of_descriptors_leaks_none(void **state)
{
	struct runner *r = *state;
	int before = count_fds();
	struct shim_frame frame;
	struct impostor i;
	int fds[16];

	impostor_begin(r, &i, SHIM_RING_MIN);
	impostor_welcome(&i, i.ring_fd, 1);
	until(r, r->welcomed);
	for (int n = 0; n < 100; n++) {
		fds[0] = fds[1] = fds[2] = i.ring_fd;
		shim_frame_begin(&frame, i.bytes, sizeof(i.bytes), 200, 0);
		impostor_say(&i, &frame, fds, 3);
	}
	turn_for(r, 30);
	assert_false(r->lost);
	impostor_welcome(&i, i.ring_fd, 16);
	impostor_end(r, &i, SHIM_RING_MIN);
	assert_int_equal(count_fds(), before);
}

static void
facts_that_cannot_be_break_the_link(void **state)
{
	struct runner *r = *state;
	struct impostor i;

	for (int n = 0; n < 3; n++) {
		impostor_begin(r, &i, SHIM_RING_MIN);
		impostor_welcome(&i, i.ring_fd, 1);
		until(r, r->welcomed);
		if (n == 0)
			impostor_number(&i, SHIM_EXIT, SHIM_F_HEAD, 99);
		if (n == 1)
			impostor_number(&i, SHIM_INPUT_DONE, SHIM_F_TAKEN, 1);
		if (n == 2)
			assert_int_equal(send(i.conn, "no frame at all", 15, 0), 15);
		impostor_end(r, &i, SHIM_RING_MIN);
	}
}

/* ---- a runner that is not one
 * ------------------------------------------------------------ */

static int
raw_connect(struct runner *r)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
	struct timeval tv = {.tv_sec = 5};

	memcpy(address.sun_path, r->path, strlen(r->path) + 1);
	assert_int_equal(connect(fd, (struct sockaddr *)&address, sizeof(address)), 0);
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &tv, sizeof(tv));
	return fd;
}

static struct shim_view
raw_await(int fd, enum shim_frame_type type, unsigned char bytes[4096])
{
	struct shim_view view;

	do {
		ssize_t n = recv(fd, bytes, 4096, 0);

		assert_true(n > 0);
		assert_int_equal(shim_view_parse(&view, bytes, (size_t)n), 0);
	} while (view.type != type);
	return view;
}

static void
raw_input(int fd, uint64_t k)
{
	_Alignas(8) unsigned char bytes[256];
	struct shim_frame frame;

	shim_frame_begin(&frame, bytes, sizeof(bytes), SHIM_INPUT, 0);
	shim_frame_number(&frame, 777, 1);
	shim_frame_number(&frame, SHIM_F_K, k);
	shim_frame_bytes(&frame, SHIM_F_BYTES, "z", 1);
	assert_true(send(fd, bytes, shim_frame_end(&frame), 0) > 0);
}

static void
raw_number(int fd, enum shim_frame_type type, enum shim_field field, uint64_t number)
{
	_Alignas(8) unsigned char bytes[256];
	struct shim_frame frame;

	shim_frame_begin(&frame, bytes, sizeof(bytes), type, 0);
	shim_frame_number(&frame, field, number);
	assert_true(send(fd, bytes, shim_frame_end(&frame), 0) > 0);
}

static void
raw_hello(int fd)
{
	_Alignas(8) unsigned char bytes[256];
	struct shim_frame frame;

	shim_frame_begin(&frame, bytes, sizeof(bytes), SHIM_HELLO, 0);
	shim_frame_number(&frame, SHIM_F_VERSION_MIN, 1);
	shim_frame_number(&frame, SHIM_F_VERSION_MAX, 9);
	shim_frame_number(&frame, SHIM_F_GENERATION, 50);
	shim_frame_bytes(&frame, SHIM_F_COOKIE, cookie, sizeof(cookie));
	assert_true(send(fd, bytes, shim_frame_end(&frame), 0) > 0);
}

static void
orders_out_of_bounds_are_answered_and_do_nothing(void **state)
{
	struct runner *r = *state;
	_Alignas(8) unsigned char bytes[4096];
	struct shim_view view;
	int fd;

	start_child(r, "echo");
	until(r, r->nkept == 1);
	drop(r);
	fd = raw_connect(r);
	raw_hello(fd);
	raw_await(fd, SHIM_WELCOME, bytes);
	raw_number(fd, 222, 333, 1); /* a frame from the future */
	raw_input(fd, 3);
	view = raw_await(fd, SHIM_ERROR, bytes);
	assert_int_equal(shim_view_number(&view, SHIM_F_REASON, 0), SHIM_REASON_GAP);
	assert_int_equal(shim_view_number(&view, SHIM_F_K, 0), 3);
	assert_int_equal(shim_view_number(&view, SHIM_F_EXPECT, 0), 1);
	raw_input(fd, 1);
	view = raw_await(fd, SHIM_INPUT_DONE, bytes);
	assert_int_equal(shim_view_number(&view, SHIM_F_K, 0), 1);
	raw_number(fd, SHIM_ACK, SHIM_F_OFFSET, 1000);
	view = raw_await(fd, SHIM_ERROR, bytes);
	assert_int_equal(shim_view_number(&view, SHIM_F_REASON, 0), SHIM_REASON_RANGE);
	raw_number(fd, SHIM_EXIT_ACK, 0, 0);
	view = raw_await(fd, SHIM_ERROR, bytes);
	assert_int_equal(shim_view_number(&view, SHIM_F_REASON, 0), SHIM_REASON_STATE);
	close(fd);
}

static void
guests_that_say_nothing_or_nonsense_do_no_harm(void **state)
{
	struct runner *r = *state;
	int fds[8];
	struct err e = {0};

	start_child(r, "echo");
	until(r, r->nkept == 1);
	for (int i = 0; i < 8; i++)
		fds[i] = raw_connect(r);
	assert_int_equal(send(fds[0], "nonsense", 8, 0), 8);
	raw_number(fds[1], SHIM_CLOSE, SHIM_F_GRACE, 0);
	assert_int_equal(shim_link_input(r->link, 1, "still here", 10, &e), 0);
	until(r, r->nkept == 11);
	for (int i = 0; i < 8; i++)
		close(fds[i]);
	adopt(r);
	assert_true(r->welcomed);
	assert_int_equal(r->welcome.state, SHIM_RUNNING);
}

/* ---- a terminal of the program's own namespace ----------------------------------------
 */

/* From now on we can have so many descriptors more. */
static int
leave_room(int more)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) == -1)
		return -1;
	for (limit.rlim_cur = 0; more > 0; limit.rlim_cur++)
		more -= fcntl((int)limit.rlim_cur, F_GETFD) == -1;
	return setrlimit(RLIMIT_NOFILE, &limit);
}

static void
a_terminal_that_does_not_arrive_whole_leaks_nothing(void **state)
{
	const struct shim_report terminal = {.news = SHIM_NEWS_TERMINAL};
	int ours, theirs, fds[SHIM_REPORT_FDS_MAX], before = count_fds();
	const int lent[] = {0, 1};
	struct shim_report report;
	struct rlimit limit;

	(void)state;
	assert_int_equal(shim_report_open(&ours, &theirs), 0);
	assert_int_equal(shim_report_receive(ours, &report, fds), 0);
	for (int room = 0; room < 3; room++) {
		assert_int_equal(shim_report_send(theirs, &terminal, lent, 2), 0);
		assert_int_equal(getrlimit(RLIMIT_NOFILE, &limit), 0);
		assert_int_equal(leave_room(room), 0);
		assert_int_equal(shim_report_receive(ours, &report, fds), 1);
		assert_int_equal(setrlimit(RLIMIT_NOFILE, &limit), 0);
		assert_int_equal(report.news,
			room < 2 ? SHIM_NEWS_FAILED : SHIM_NEWS_TERMINAL);
		assert_int_equal(fds[0] != -1, room == 2);
		assert_int_equal(fds[1] != -1, room == 2);
	}
	close(fds[0]);
	close(fds[1]);
	/* Neither is one that came with what needs none. */
	assert_int_equal(shim_report_send(theirs, &(struct shim_report){0}, lent, 1), 0);
	assert_int_equal(shim_report_receive(ours, &report, fds), 1);
	assert_int_equal(report.error, EMFILE);
	assert_int_equal(fds[0], -1);
	close(theirs);
	assert_int_equal(shim_report_receive(ours, &report, fds), -1);
	close(ours);
	assert_int_equal(count_fds(), before);
}

static void
each_program_has_the_first_terminal_of_its_own(void **state)
{
	struct runner *r = *state;

	if (!r->isolated)
		skip();
	start_child(r, "terminal");
	until(r, is_complete(r));
	assert_string_equal(r->kept, "/dev/pts/0 /dev/pts/1");
	finish(r);
}

int
main(int argc, char **argv)
{
#define IN(set_up, name) \
	{ \
#name ", " #set_up, name, set_up, tear_down, NULL \
	}
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		TEST(every_byte_value_arrives_unchanged),
		TEST(nothing_is_lost_or_doubled_over_twenty_adoptions),
		TEST(a_full_ring_blocks_the_program_and_loses_nothing),
		TEST(offsets_and_input_numbers_go_on_in_the_next_run),
		TEST(repeated_input_reaches_the_program_once),
		TEST(a_program_that_does_not_read_fills_a_bounded_queue),
		TEST(a_megabyte_pasted_comes_back_unchanged),
		TEST(a_child_that_ends_at_once_tells_its_last_byte_and_code),
		TEST(a_killed_child_tells_its_signal),
		TEST(an_exit_without_a_runner_is_told_until_it_is_acknowledged),
		TEST(a_program_that_cannot_be_executed_is_reported_with_its_errno),
		TEST(a_program_is_found_in_the_path_of_its_own_environment),
		TEST(a_missing_directory_is_reported),
		TEST(a_shim_without_start_leaves),
		TEST(a_second_start_never_runs_a_second_child),
		TEST(a_dead_socket_is_replaced),
		TEST(a_killed_shim_leaves_its_output_to_be_read),
		TEST(a_directory_that_others_may_enter_is_refused),
		TEST(a_lower_generation_is_refused_and_a_higher_one_takes_over),
		TEST(a_wrong_cookie_is_refused),
		TEST(a_child_has_three_descriptors_and_the_given_environment),
		TEST(size_and_signals_reach_the_program),
		TEST(close_ends_even_what_hides_and_ignores_signals),
		TEST(close_ends_even_what_keeps_forking_away),
		TEST(an_exit_is_told_although_a_background_process_keeps_the_pty),
		TEST(with_pipes_stdout_and_stderr_can_be_told_apart),
		TEST(records_survive_the_end_of_the_ring),
		TEST(a_ring_with_an_impossible_length_breaks_only_its_link),
		TEST(a_ring_that_could_change_its_size_is_refused),
		TEST(a_flood_of_descriptors_leaks_none),
		TEST(facts_that_cannot_be_break_the_link),
		TEST(orders_out_of_bounds_are_answered_and_do_nothing),
		TEST(guests_that_say_nothing_or_nonsense_do_no_harm),
		cmocka_unit_test(a_terminal_that_does_not_arrive_whole_leaks_nothing),
		IN(set_up_closed, every_byte_value_arrives_unchanged),
		IN(set_up_closed, nothing_is_lost_or_doubled_over_twenty_adoptions),
		IN(set_up_closed, repeated_input_reaches_the_program_once),
		IN(set_up_closed, a_megabyte_pasted_comes_back_unchanged),
		IN(set_up_closed, a_child_that_ends_at_once_tells_its_last_byte_and_code),
		IN(set_up_closed, a_killed_child_tells_its_signal),
		IN(set_up_closed,
			a_program_that_cannot_be_executed_is_reported_with_its_errno),
		IN(set_up_closed, a_missing_directory_is_reported),
		IN(set_up_closed,
			a_child_has_three_descriptors_and_the_given_environment),
		IN(set_up_closed, size_and_signals_reach_the_program),
		IN(set_up_closed, each_program_has_the_first_terminal_of_its_own),
		IN(set_up_terminals, close_ends_even_what_hides_and_ignores_signals),
		IN(set_up_terminals, close_ends_even_what_keeps_forking_away),
		IN(set_up_terminals,
			an_exit_is_told_although_a_background_process_keeps_the_pty),
	};

	if (argc > 2 && strcmp(argv[1], "--child") == 0)
		return be_child(argv + 2);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
