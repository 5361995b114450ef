/*
 * See child.h. The end of the program is what ends the talk, not the end of its output: a
 * daemon that it started may hold that open for ever. What is to be ended gets SIGTERM
 * first, because a program may have to take away what it has half made.
 */
#include "config.h"

#include "fcgi/child.h"

#include "fcgi/child_start.h"
#include "fcgi/os_linux.h"
#include "lib/clock.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { GRACE_MS = 2000, PIECE = 64 * 1024 };

struct talk {
	const struct child *child;
	pid_t pid;
	int fds[CHILD_STREAMS]; /* our ends; -1: closed */
	int end;                /* readable when the program has ended */
	size_t said;            /* bytes of the input */
	bool enough;
};

static void
close_fd(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

/* ---- start ---- */

/* A pipe of which our end does not block. */
static int
make_pipe(bool in, int *ours, int *theirs)
{
	int ends[2];
	if (pipe2(ends, O_CLOEXEC) != 0)
		return errno;
	*ours = ends[in];
	*theirs = ends[!in];
	fcntl(*ours, F_SETFL, O_NONBLOCK);
	return 0;
}

static int
begin(struct talk *talk, struct err *e)
{
	int theirs[CHILD_STREAMS] = {-1, -1, -1}, error = 0, rc = -1;
	for (int i = 0; i < CHILD_STREAMS && !error; i++)
		error = make_pipe(i == CHILD_IN, &talk->fds[i], &theirs[i]);
	if (!error)
		rc = child_start(talk->child, theirs, &talk->pid, e);
	for (int i = 0; i < CHILD_STREAMS; i++)
		close_fd(&theirs[i]);
	if (rc == 0 && (talk->end = os_pidfd(talk->pid)) < 0) {
		error = errno;
		kill(-talk->pid, SIGKILL);
		waitpid(talk->pid, NULL, 0);
	}
	return error ? err_errno(e, error, 500, "child.failed", "Cannot run %s",
			       talk->child->argv[0])
		     : rc;
}

/* ---- talk ---- */

static void
say(struct talk *talk)
{
	const struct child *child = talk->child;
	size_t left = child->input_len - talk->said;
	ssize_t n =
		left ? write(talk->fds[CHILD_IN], child->input + talk->said, left) : 0;
	if (n > 0)
		talk->said += (size_t)n;
	if (talk->said == child->input_len || (n < 0 && errno != EAGAIN))
		close_fd(&talk->fds[CHILD_IN]);
}

static void
take_output(struct talk *talk, const char *bytes, size_t len)
{
	if (talk->child->take && !talk->enough)
		talk->enough = !talk->child->take(talk->child->arg, bytes, len);
}

static void
take_errors(struct talk *talk, const char *bytes, size_t len)
{
	struct buf *errors = talk->child->errors;
	size_t room = errors && errors->len < CHILD_ERRORS_MAX
		? CHILD_ERRORS_MAX - errors->len
		: 0;
	if (room)
		buf_add(errors, bytes, len < room ? len : room);
}

/* Reads what is there, one piece; true when there may be more. */
static bool
hear(struct talk *talk, int stream)
{
	char piece[PIECE];
	ssize_t n = read(talk->fds[stream], piece, sizeof piece);
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return false;
	if (n <= 0)
		close_fd(&talk->fds[stream]);
	else if (stream == CHILD_OUT)
		take_output(talk, piece, (size_t)n);
	else
		take_errors(talk, piece, (size_t)n);
	return n > 0;
}

/* Until the program ends, or `until` (monotonic); true when it has ended. */
static bool
go_on(struct talk *talk, int64_t until, bool stop_at_enough)
{
	for (;;) {
		int64_t left = until - clock_monotonic();
		struct pollfd p[] = {
			[CHILD_IN] = {.fd = talk->fds[CHILD_IN], .events = POLLOUT},
			[CHILD_OUT] = {.fd = talk->fds[CHILD_OUT], .events = POLLIN},
			[CHILD_ERRORS] = {.fd = talk->fds[CHILD_ERRORS],
				.events = POLLIN},
			[CHILD_STREAMS] = {.fd = talk->end, .events = POLLIN},
		};
		if (left <= 0 || (stop_at_enough && talk->enough))
			return false;
		if (poll(p, CHILD_STREAMS + 1, (int)left) <= 0)
			continue;
		if (p[CHILD_IN].revents)
			say(talk);
		for (int i = CHILD_OUT; i < CHILD_STREAMS; i++)
			if (p[i].revents)
				hear(talk, i);
		if (p[CHILD_STREAMS].revents)
			return true;
	}
}

/* What it wrote before it ended. */
static void
hear_rest(struct talk *talk)
{
	for (int i = CHILD_OUT; i < CHILD_STREAMS; i++)
		while (talk->fds[i] >= 0 && !talk->enough && hear(talk, i))
			;
}

static int
finish(struct talk *talk)
{
	int status = 0;
	while (waitpid(talk->pid, &status, 0) < 0 && errno == EINTR)
		;
	for (int i = 0; i < CHILD_STREAMS; i++)
		close_fd(&talk->fds[i]);
	close_fd(&talk->end);
	return status;
}

/* Returns the wait status. */
static int
end_it(struct talk *talk)
{
	kill(-talk->pid, SIGTERM);
	if (!go_on(talk, clock_monotonic() + GRACE_MS, false))
		kill(-talk->pid, SIGKILL);
	return finish(talk);
}

int
child_talk(const struct child *child, struct err *e)
{
	struct talk talk = {.child = child, .fds = {-1, -1, -1}, .end = -1};
	const char *name = child->argv[0];
	if (begin(&talk, e) != 0) {
		for (int i = 0; i < CHILD_STREAMS; i++)
			close_fd(&talk.fds[i]);
		return -1;
	}
	bool ended = go_on(&talk, clock_monotonic() + child->ms, true);
	if (!ended) {
		end_it(&talk);
		if (talk.enough)
			return CHILD_ENOUGH;
		return err_set(e, 504, "child.timeout", "%s took too long.", name);
	}
	hear_rest(&talk);
	int status = finish(&talk);
	if (talk.enough)
		return CHILD_ENOUGH;
	if (WIFEXITED(status))
		return WEXITSTATUS(status);
	return err_set(e, 500, "child.failed", "%s was ended by a signal.", name);
}

/* ---- for what says little ---- */

static bool
take_little(void *arg, const char *bytes, size_t len)
{
	struct buf *output = arg;
	size_t room = output->len < CHILD_OUTPUT_MAX ? CHILD_OUTPUT_MAX - output->len : 0;
	buf_add(output, bytes, len < room ? len : room);
	return true;
}

int
child_run(char *const *argv, char *const *env, const struct os_isolate *isolate, int ms,
	struct buf *output, struct err *e)
{
	const struct child child = {.argv = argv,
		.env = env,
		.isolate = isolate,
		.dir = -1,
		.path = "/",
		.ms = ms,
		.take = take_little,
		.arg = output};
	return child_talk(&child, e);
}
