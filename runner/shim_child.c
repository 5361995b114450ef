/*
 * The child: fork, exec, output, death, and the close ladder.
 *
 * Between fork and exec nothing but system calls. What fails there comes back as step and
 * errno over a close-on-exec pipe; end of file on it means that the program runs.
 *
 * The end of output. The shim holds the pty's slave until it has reaped the child, so end
 * of file cannot come early. After that it comes when the last process lets go of the
 * pty; if one keeps it, SHIM_DRAIN_LIMIT_MS later whatever the child wrote itself has
 * long been readable, so a pause of SHIM_QUIET_MS, or more bytes than any pty or pipe can
 * hold, mean that it has all been read. A full ring stops this clock: those bytes are
 * still in the pty.
 */
#include "config.h"

#include "runner/shim.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "runner/os_pty.h"
#include "runner/shim_frame.h"

enum {
	SHIM_QUIET_MS = 50,
	SHIM_HELD_MAX =
		1024 * 1024, /* more than a pty, or a pipe by default limits, holds */
	SHIM_SWEEP_MS = 20,
	SHIM_SWEEPS = 8,           /* in a row, while there is something to kill */
	SHIM_READ_MAX = 64 * 1024, /* per turn */
};

/* Why exec did not happen, as written into the pipe. */
struct birth_report {
	enum shim_step step;
	int error;
};

/* A START, pointing into the received frame. */
struct birth {
	const char *file, *cwd, *path;
	uint64_t mode, cols, rows, input_base, output_base;
	char *argv[SHIM_ARGS_MAX + 1];
	char *env[SHIM_ARGS_MAX + 1];
	int stdio[3]; /* the child's ends */
	int report;   /* write end */
};

static void
close_fd(int *fd)
{
	if (*fd != -1)
		close(*fd);
	*fd = -1;
}

static int
collect(char **list, size_t *count, const struct shim_cursor *cursor)
{
	const char *text = shim_cursor_text(cursor);

	if (text == NULL || *count == SHIM_ARGS_MAX)
		return -1;
	list[(*count)++] = (char *)(uintptr_t)text;
	list[*count] = NULL;
	return 0;
}

static int
collect_all(struct birth *birth, const struct shim_view *start)
{
	struct shim_cursor cursor = {0};
	size_t argc = 0, envc = 0;

	birth->env[0] = NULL;
	while (shim_view_next(start, &cursor)) {
		if (cursor.field == SHIM_F_ARG &&
			collect(birth->argv, &argc, &cursor) == -1)
			return -1;
		if (cursor.field == SHIM_F_ENV &&
			collect(birth->env, &envc, &cursor) == -1)
			return -1;
		if (cursor.field == SHIM_F_ENV &&
			strncmp(birth->env[envc - 1], "PATH=", 5) == 0)
			birth->path = birth->env[envc - 1] + 5;
	}
	return argc > 0 ? 0 : -1;
}

static bool
is_size(uint64_t cells)
{
	return cells >= 1 && cells <= UINT16_MAX;
}

static int
read_start(struct birth *birth, const struct shim_view *start)
{
	birth->path = "/usr/local/bin:/usr/bin:/bin";
	if (collect_all(birth, start) == -1)
		return -1;
	birth->file = shim_view_text(start, SHIM_F_FILE);
	if (birth->file == NULL)
		birth->file = birth->argv[0];
	birth->cwd = shim_view_text(start, SHIM_F_CWD);
	birth->mode = shim_view_number(start, SHIM_F_MODE, SHIM_MODE_PTY);
	birth->cols = shim_view_number(start, SHIM_F_COLS, 80);
	birth->rows = shim_view_number(start, SHIM_F_ROWS, 24);
	birth->input_base = shim_view_number(start, SHIM_F_INPUT_DONE, 0);
	birth->output_base = shim_view_number(start, SHIM_F_HEAD, 0);
	if (birth->cwd == NULL || birth->cwd[0] != '/' || birth->mode > SHIM_MODE_PIPES ||
		!is_size(birth->cols) || !is_size(birth->rows))
		return -1;
	return birth->mode == SHIM_MODE_PIPES && birth->output_base % 8 != 0 ? -1 : 0;
}

static int
open_pty(struct shim_child *child, struct birth *birth)
{
	if (os_pty_open(&child->master, &child->slave, (unsigned int)birth->cols,
		    (unsigned int)birth->rows) == -1)
		return -1;
	child->in = child->out = child->master;
	for (int i = 0; i < 3; i++)
		birth->stdio[i] = child->slave;
	return 0;
}

static int
open_pipes(struct shim_child *child, struct birth *birth)
{
	int in[2] = {-1, -1}, out[2] = {-1, -1}, err[2] = {-1, -1};

	if (pipe2(in, O_CLOEXEC) == -1 || pipe2(out, O_CLOEXEC) == -1 ||
		pipe2(err, O_CLOEXEC) == -1)
		goto out;
	if (fcntl(in[1], F_SETFL, O_NONBLOCK) == -1 ||
		fcntl(out[0], F_SETFL, O_NONBLOCK) == -1 ||
		fcntl(err[0], F_SETFL, O_NONBLOCK) == -1)
		goto out;
	child->in = in[1];
	child->out = out[0];
	child->err = err[0];
	birth->stdio[0] = in[0];
	birth->stdio[1] = out[1];
	birth->stdio[2] = err[1];
	return 0;
out:
	for (int i = 0; i < 2; i++) {
		close_fd(&in[i]);
		close_fd(&out[i]);
		close_fd(&err[i]);
	}
	return -1;
}

static _Noreturn void
report_failure(const struct birth *birth, enum shim_step step)
{
	struct birth_report report = {.step = step, .error = errno};

	if (write(birth->report, &report, sizeof(report)) == -1)
		_exit(126);
	_exit(127);
}

static void
default_signals(void)
{
	sigset_t none;

	for (int number = 1; number < NSIG; number++)
		signal(number, SIG_DFL);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
}

/* As execvp(3), but by the PATH that the child will see, and without ever calling a
 * shell. */
static void
execute(const struct birth *birth)
{
	char full[4096];
	size_t name = strlen(birth->file);
	int error = ENOENT;

	if (strchr(birth->file, '/') != NULL) {
		execve(birth->file, birth->argv, birth->env);
		return;
	}
	for (const char *at = birth->path; *at != '\0';) {
		size_t len = strcspn(at, ":");

		if (len > 0 && len + 1 + name < sizeof(full)) {
			memcpy(full, at, len);
			full[len] = '/';
			memcpy(full + len + 1, birth->file, name + 1);
			execve(full, birth->argv, birth->env);
			if (errno != ENOENT && errno != ENOTDIR)
				error = errno;
		}
		at += len + (at[len] == ':');
	}
	errno = error;
}

static _Noreturn void
be_born(const struct birth *birth)
{
	if (setsid() == -1)
		report_failure(birth, SHIM_STEP_SESSION);
	if (birth->mode == SHIM_MODE_PTY && ioctl(birth->stdio[0], TIOCSCTTY, 0) == -1)
		report_failure(birth, SHIM_STEP_SESSION);
	for (int fd = 0; fd < 3; fd++)
		if (dup2(birth->stdio[fd], fd) == -1)
			report_failure(birth, SHIM_STEP_SESSION);
	os_close_from_on_exec(3);
	default_signals();
	umask(022);
	if (chdir(birth->cwd) == -1)
		report_failure(birth, SHIM_STEP_CWD);
	execute(birth);
	report_failure(birth, SHIM_STEP_EXEC);
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
	close_fd(&child->exec_pipe);
}

static void
fail(struct shim *shim, enum shim_step step, int error)
{
	shim->child.failed_step = step;
	shim->child.failed_errno = error;
	close_all(&shim->child);
	shim_enter(shim, SHIM_FAILED_TO_START);
}

static int
give_birth(struct shim_child *child, struct birth *birth)
{
	int pipefd[2];

	if (pipe2(pipefd, O_CLOEXEC | O_NONBLOCK) == -1)
		return -1;
	child->exec_pipe = pipefd[0];
	birth->report = pipefd[1];
	child->pid = fork();
	if (child->pid == 0)
		be_born(birth);
	if (child->pid > 0)
		child->pidfd = os_pidfd_open(child->pid);
	close(pipefd[1]);
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
	int opened;

	if (read_start(&birth, start) == -1) {
		fail(shim, SHIM_STEP_REQUEST, EINVAL);
		return;
	}
	child->mode = (enum shim_mode)birth.mode;
	shim_ring_begin(&shim->ring, birth.output_base);
	shim_input_begin(&shim->input, birth.input_base);
	opened = child->mode == SHIM_MODE_PTY ? open_pty(child, &birth)
					      : open_pipes(child, &birth);
	if (opened == -1) {
		fail(shim, SHIM_STEP_PTY, errno);
		return;
	}
	if (give_birth(child, &birth) == -1) {
		child->pid = 0;
		fail(shim, SHIM_STEP_FORK, errno);
		return;
	}
	shim_enter(shim, SHIM_STARTING);
}

void
shim_child_poll_exec(struct shim *shim)
{
	struct birth_report report;
	ssize_t n;

	if (shim->state != SHIM_STARTING)
		return;
	n = read(shim->child.exec_pipe, &report, sizeof(report));
	if (n == -1 && (errno == EAGAIN || errno == EINTR))
		return;
	close_fd(&shim->child.exec_pipe);
	if (n == sizeof(report))
		fail(shim, report.step, report.error);
	else
		shim_enter(shim, SHIM_RUNNING);
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

	while ((pid = waitpid(-1, &status, WNOHANG)) > 0) {
		if (pid != child->pid)
			continue;
		child->reaped = true;
		child->reaped_at = shim->now;
		child->code = WIFEXITED(status) ? WEXITSTATUS(status) : 0;
		child->signal = WIFSIGNALED(status) ? WTERMSIG(status) : 0;
		close_fd(&child->slave);
		shim_child_poll_exec(shim);
	}
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

/* Forks race with a sweep, so it is repeated at once while it finds anything. */
static void
kill_all(struct shim *shim)
{
	const struct os_target everyone = {.all = true};

	for (int i = 0; i < SHIM_SWEEPS; i++)
		if (os_signal_descendants(&shim->processes, &everyone, SIGKILL) == 0)
			break;
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
