/*
 * The child: fork, output, death, and the close ladder. What it does until it runs is in
 * shim_birth.c.
 *
 * In a pid namespace of its own the program has an init beside it, our child, too. That
 * is ended when the program has ended, and with it whatever else is in there; so is the
 * gate.
 *
 * The end of output. The shim holds the pty's slave until it has reaped the child, so end
 * of file cannot come early. After that it comes when the last process lets go of the
 * pty; if one keeps it, SHIM_DRAIN_LIMIT_MS later whatever the child wrote itself has
 * long been readable, so a pause of SHIM_QUIET_MS, or more bytes than any pty or pipe can
 * hold, mean that it has all been read. A full ring stops this clock: those bytes are
 * still in the pty.
 */
#include "config.h"

#include "runner/shim_birth.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "runner/shim_frame.h"
#include "runner/shim_report.h"

enum {
	SHIM_QUIET_MS = 50,
	SHIM_HELD_MAX =
		1024 * 1024, /* more than a pty, or a pipe by default limits, holds */
	SHIM_SWEEP_MS = 20,
	SHIM_SWEEPS = 8,           /* in a row, while there is something to kill */
	SHIM_READ_MAX = 64 * 1024, /* per turn */
	SHIM_READ_LITTLE = 1024,   /* that was all; if not, poll(2) says so */
};

static void
close_fd(int *fd)
{
	if (*fd != -1)
		close(*fd);
	*fd = -1;
}

static void
close_all(struct shim_child *child)
{
	if (child->mode == SHIM_MODE_PTY) {
		child->in = child->out = -1;
		close_fd(&child->master);
	}
	close_fd(&child->slave);
	close_fd(&child->in);
	close_fd(&child->out);
	close_fd(&child->err);
	close_fd(&child->report);
}

static void
fail(struct shim *shim, enum shim_step step, int error)
{
	shim->child.failed_step = step;
	shim->child.failed_errno = error;
	close_all(&shim->child);
	shim_gate_close(shim);
	shim_enter(shim, SHIM_FAILED_TO_START);
}

static int
give_birth(struct shim_child *child, struct birth *birth)
{
	if (shim_report_open(&child->report, &birth->report) == -1)
		return -1;
	child->pid = os_fork_into(birth->group);
	if (child->pid == 0)
		birth_go_on(birth);
	close(birth->report);
	for (int fd = 0; fd < 3; fd++)
		if (child->mode == SHIM_MODE_PIPES)
			close(birth->stdio[fd]);
	return child->pid == -1 ? -1 : 0;
}

void
shim_child_start(struct shim *shim, const struct shim_view *start)
{
	static struct birth birth; /* 16 KB of pointers, used once */
	struct shim_child *child = &shim->child;

	if (birth_read(&birth, start) == -1 || shim_gate_read(&shim->gate, start) == -1) {
		fail(shim, SHIM_STEP_REQUEST, EINVAL);
		return;
	}
	birth.words = shim->words;
	birth.words_len = shim->words_len;
	child->mode = (enum shim_mode)birth.mode;
	shim_ring_begin(&shim->ring, birth.output_base);
	shim_input_begin(&shim->input, birth.input_base);
	if (birth_open(child, &birth) == -1) {
		fail(shim, SHIM_STEP_PTY, errno);
		return;
	}
	if (give_birth(child, &birth) == -1) {
		child->pid = 0;
		fail(shim, birth.group != NULL ? SHIM_STEP_GROUP : SHIM_STEP_FORK, errno);
		return;
	}
	shim_enter(shim, SHIM_STARTING);
}

/* Whom it was left to in a pid namespace. */
static void
adopt(struct shim_child *child, const struct shim_report *report)
{
	child->pid = report->program;
	child->init = report->init;
}

static void
take_terminal(struct shim_child *child, const int fds[2])
{
	child->in = child->out = child->master = fds[0];
	child->slave = fds[1];
}

/* Forks race with a sweep, so it is repeated at once while it finds anything. */
static void
sweep(struct shim *shim)
{
	const struct os_target everyone = {.all = true};

	for (int i = 0; i < SHIM_SWEEPS; i++)
		if (os_signal_descendants(&shim->processes, &everyone, SIGKILL) == 0)
			break;
}

static void
hear_birth(struct shim *shim)
{
	struct shim_child *child = &shim->child;
	int fds[SHIM_REPORT_FDS_MAX], heard;
	struct shim_report report;

	while (shim->state == SHIM_STARTING) {
		heard = shim_report_receive(child->report, &report, fds);
		if (heard == 0)
			return;
		if (heard == -1) {
			close_fd(&child->report);
			shim_enter(shim, SHIM_RUNNING);
		} else if (report.news == SHIM_NEWS_TERMINAL) {
			take_terminal(child, fds);
		} else if (report.news == SHIM_NEWS_GATE) {
			shim_gate_open(shim, fds[0]);
		} else if (report.news == SHIM_NEWS_ADOPT) {
			adopt(child, &report);
		} else {
			fail(shim, report.step, report.error);
			sweep(shim); /* who does not know of it, and an init */
		}
	}
}

/* One of the child's outputs; stream 0 is the pty. Returns the bytes read. */
static size_t
read_output(struct shim *shim, int *fd, int stream)
{
	struct shim_ring *ring = &shim->ring;
	size_t total = 0;

	while (*fd != -1 && total < SHIM_READ_MAX &&
		shim_ring_wants(ring, shim->child.mode)) {
		ssize_t n = stream == 0 ? shim_ring_read(ring, *fd)
					: shim_ring_read_record(ring, *fd, stream);

		if (n > 0) {
			total += (size_t)n;
			if (n < SHIM_READ_LITTLE)
				break;
		} else if (n == -1 && (errno == EAGAIN || errno == EINTR)) {
			break;
		} else { /* EIO is how a pty says end of file */
			if (stream == 0)
				*fd = -1;
			else
				close_fd(fd);
		}
	}
	return total;
}

void
shim_child_read(struct shim *shim)
{
	struct shim_child *child = &shim->child;
	bool pty = child->mode == SHIM_MODE_PTY;
	size_t total = read_output(shim, &child->out, pty ? 0 : SHIM_STREAM_STDOUT);

	total += read_output(shim, &child->err, SHIM_STREAM_STDERR);
	if (total > 0 || !shim_ring_wants(&shim->ring, child->mode))
		child->active_at = shim->now;
	if (total > 0)
		shim->talk.facts |= FACT_DATA;
	if (child->reaped)
		child->after_reaping += total;
}

void
shim_child_reap(struct shim *shim)
{
	struct shim_child *child = &shim->child;
	int status;
	pid_t pid;

	hear_birth(shim); /* who is ours, before who ended */
	if (shim->state == SHIM_STARTING)
		return;
	while ((pid = waitpid(-1, &status, WNOHANG)) > 0) {
		if (pid == child->init)
			child->init = 0;
		shim_gate_reap(shim, pid);
		if (pid != child->pid)
			continue;
		child->reaped = true;
		child->reaped_at = shim->now;
		child->code = WIFEXITED(status) ? WEXITSTATUS(status) : 0;
		child->signal = WIFSIGNALED(status) ? WTERMSIG(status) : 0;
		close_fd(&child->slave);
		shim_gate_close(shim);
	}
	if (child->reaped && child->init > 0)
		kill(child->init, SIGKILL);
	child->alone = pid == -1 && errno == ECHILD;
}

static struct os_target
foreground(const struct shim_child *child)
{
	struct os_target target = {.group = child->pid};
	pid_t group;

	if (child->master != -1) {
		group = tcgetpgrp(child->master);
		if (group > 0)
			target.group = group;
	}
	return target;
}

void
shim_child_signal(struct shim *shim, int number)
{
	struct os_target target = foreground(&shim->child);

	os_signal_descendants(&shim->processes, &target, number);
}

void
shim_child_close(struct shim *shim, uint64_t grace_ms)
{
	struct shim_child *child = &shim->child;
	int64_t at = shim->now +
		(int64_t)(grace_ms < SHIM_GRACE_MAX_MS ? grace_ms : SHIM_GRACE_MAX_MS);
	struct os_target target;

	if (shim->state == SHIM_IDLE)
		shim_leave(shim);
	if (shim->state != SHIM_STARTING && shim->state != SHIM_RUNNING)
		return;
	if (child->ladder == LADDER_HANGUP)
		child->ladder_at = shim_earlier(child->ladder_at, at);
	if (child->ladder != LADDER_NONE)
		return;
	target = foreground(child);
	target.session = child->pid;
	os_signal_descendants(&shim->processes, &target, SIGHUP);
	os_signal_descendants(&shim->processes, &target, SIGCONT);
	child->ladder = LADDER_HANGUP;
	child->ladder_at = at;
}

static void
kill_all(struct shim *shim)
{
	sweep(shim);
	shim_child_reap(shim);
}

static void
climb(struct shim *shim)
{
	const struct os_target everyone = {.all = true};
	struct shim_child *child = &shim->child;

	if (child->ladder == LADDER_HANGUP) {
		os_signal_descendants(&shim->processes, &everyone, SIGTERM);
		os_signal_descendants(&shim->processes, &everyone, SIGCONT);
		child->ladder = LADDER_TERM;
		child->ladder_at = shim->now + SHIM_TERM_MS;
		return;
	}
	if (child->ladder == LADDER_TERM) {
		child->ladder = LADDER_KILL;
		child->give_up_at = shim->now + SHIM_KILL_LIMIT_MS;
	}
	kill_all(shim);
	child->ladder_at = shim->now + SHIM_SWEEP_MS;
	if (!child->alone && shim->now >= child->give_up_at) {
		child->ladder = LADDER_GIVEN_UP;
		child->left = true;
	}
}

/* INT64_MAX: the output is complete. Otherwise when to look again. */
static int64_t
output_ends_at(const struct shim *shim)
{
	const struct shim_child *child = &shim->child;

	if (child->out == -1 && child->err == -1)
		return INT64_MAX;
	if (shim->now < child->reaped_at + SHIM_DRAIN_LIMIT_MS)
		return child->reaped_at + SHIM_DRAIN_LIMIT_MS;
	if (child->after_reaping >= SHIM_HELD_MAX)
		return INT64_MAX;
	if (shim_ring_wants(&shim->ring, child->mode) &&
		shim->now >= child->active_at + SHIM_QUIET_MS)
		return INT64_MAX;
	return shim->now + SHIM_QUIET_MS;
}

int64_t
shim_child_tick(struct shim *shim)
{
	struct shim_child *child = &shim->child;
	int64_t next = INT64_MAX, ends;
	bool climbing;

	if (shim->state != SHIM_STARTING && shim->state != SHIM_RUNNING)
		return INT64_MAX;
	climbing = child->ladder != LADDER_NONE && child->ladder != LADDER_GIVEN_UP;
	if (climbing && !child->alone) {
		if (shim->now >= child->ladder_at)
			climb(shim);
		next = child->ladder_at;
	}
	if (shim->state != SHIM_RUNNING || !(child->reaped || child->left))
		return next;
	if (climbing && !child->alone)
		return next;
	ends = child->left ? INT64_MAX : output_ends_at(shim);
	if (ends != INT64_MAX)
		return shim_earlier(next, ends);
	close_all(child);
	shim_enter(shim, SHIM_EXITED);
	return INT64_MAX;
}
