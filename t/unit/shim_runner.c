/* See shim_runner.h. */
#include "config.h"

#include "t/unit/shim_runner.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum { TURN = 32 * 1024 };

const unsigned char runner_cookie[SHIM_COOKIE_SIZE] = "0123456789abcde";

void
runner_commit(struct runner *r, const unsigned char *bytes, size_t len)
{
	if (r->flood) {
		for (size_t i = 0; i < len; i++)
			r->wrong += bytes[i] != shim_child_flood(r->committed + i);
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
		runner_commit(r, bytes, len);
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

int64_t
runner_clock(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

void
runner_turn(struct runner *r)
{
	struct event *tick = event_new(r->base, -1, 0, on_tick, NULL);
	struct timeval tv = {.tv_usec = 5000};

	event_add(tick, &tv);
	event_base_loop(r->base, EVLOOP_ONCE);
	event_free(tick);
}

void
runner_turn_for(struct runner *r, int ms)
{
	int64_t end = runner_clock() + ms;

	while (runner_clock() < end)
		runner_turn(r);
}

void
runner_forget(struct runner *r)
{
	r->welcomed = r->started = r->failed = r->exited = r->errored = r->stated = false;
	r->lost = false;
}

void
runner_spawn(struct runner *r)
{
	struct err e = {0};

	runner_forget(r);
	r->link = shim_link_spawn(r->base, &r->conf, &r->handlers, r, &e);
	if (r->link == NULL)
		fail_msg("spawn: %s %s", e.code, e.text);
	until(r, r->welcomed || r->lost);
	assert_true(r->welcomed);
	assert_int_equal(r->welcome.state, SHIM_IDLE);
}

void
runner_drop(struct runner *r)
{
	shim_link_free(r->link);
	r->link = NULL;
}

void
runner_adopt(struct runner *r)
{
	struct err e = {0};

	runner_drop(r);
	runner_forget(r);
	r->link = shim_link_adopt(r->base, &r->conf, &r->handlers, r, &e);
	if (r->link == NULL)
		fail_msg("adopt: %s %s", e.code, e.text);
	until(r, r->welcomed || r->lost);
}

struct shim_start
runner_command(struct runner *r, const char **argv)
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

void
runner_start(struct runner *r, const struct shim_start *shim_start)
{
	struct err e = {0};

	if (shim_link_start(r->link, shim_start, &e) == -1)
		fail_msg("start: %s %s", e.code, e.text);
	until(r, r->started || r->failed || r->lost);
}

bool
is_gone(pid_t pid)
{
	return kill(pid, 0) == -1 && errno == ESRCH;
}

bool
runner_has_acknowledged(struct runner *r, uint64_t offset)
{
	const void *bytes;
	return shim_link_peek(r->link, offset - 1, &bytes) == 0;
}

bool
runner_is_complete(struct runner *r)
{
	return r->exited && r->committed == r->exit.head;
}

void
runner_finish(struct runner *r)
{
	struct err e = {0};

	assert_int_equal(shim_link_exit_ack(r->link, &e), 0);
	until(r, r->lost);
	assert_int_equal(r->why, SHIM_LOST_LEFT);
	assert_int_equal(access(r->path, F_OK), -1);
	runner_drop(r);
}

int
runner_set_up(void **state)
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
	memcpy(r->conf.cookie, runner_cookie, sizeof(runner_cookie));
	r->handlers = (struct shim_link_handlers){on_welcome, on_started, on_failed,
		on_data, on_input_done, on_exited, on_error, on_stat, on_lost};
	*state = r;
	return 0;
}

static int
isolate_all(void **state, unsigned int flags)
{
	struct runner *r;

	if (runner_set_up(state) == -1)
		return -1;
	r = *state;
	r->isolate.flags = flags;
	r->isolated = os_isolate_try(flags) == 0;
	return 0;
}

int
runner_set_up_terminals(void **state)
{
	return isolate_all(state, OS_ISOLATE_FILES | OS_ISOLATE_TERMINALS);
}

int
runner_set_up_closed(void **state)
{
	return isolate_all(state,
		OS_ISOLATE_FILES | OS_ISOLATE_TERMINALS | OS_ISOLATE_READ_ONLY |
			OS_ISOLATE_PROCESSES | OS_ISOLATE_NO_SETUID);
}

int
runner_tear_down(void **state)
{
	struct runner *r = *state;
	struct err e = {0};

	r->stop_at = 0;
	if (access(r->path, F_OK) == 0) {
		r->conf.generation = UINT64_MAX;
		memcpy(r->conf.cookie, runner_cookie, sizeof(runner_cookie));
		runner_adopt(r);
		if (r->welcomed && !r->lost) {
			shim_link_close(r->link, 0, &e);
			until(r, runner_is_complete(r) || r->failed || r->lost);
			if (!r->lost)
				runner_finish(r);
		}
	}
	runner_drop(r);
	event_base_free(r->base);
	close(r->program);
	unlink(r->path);
	rmdir(r->dir);
	free(r->kept);
	free(r);
	return 0;
}

int
open_descriptors(void)
{
	int count = 0;

	for (int fd = 0; fd < 1024; fd++)
		count += fcntl(fd, F_GETFD) != -1;
	return count;
}
