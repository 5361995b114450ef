/* See shim_birth.h. */
#include "config.h"

#include "runner/shim_birth.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "runner/os_process.h"
#include "runner/os_pty.h"
#include "runner/shim_frame.h"
#include "runner/shim_report.h"

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
collect_step(struct os_isolate *isolate, const struct shim_cursor *cursor)
{
	const char *text = shim_cursor_text(cursor);

	if (text == NULL || isolate->count == OS_ISOLATE_STEPS_MAX)
		return -1;
	isolate->steps[isolate->count++] = text;
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
		if (cursor.field == SHIM_F_ISOLATE_STEP &&
			collect_step(&birth->isolate, &cursor) == -1)
			return -1;
		if (cursor.field == SHIM_F_ENV &&
			strncmp(birth->env[envc - 1], "PATH=", 5) == 0)
			birth->path = birth->env[envc - 1] + 5;
	}
	return argc > 0 ? 0 : -1;
}

static void
read_isolation(struct os_isolate *isolate, const struct shim_view *start)
{
	struct os_limits *limits = &isolate->limits;

	isolate->flags = (unsigned int)shim_view_number(start, SHIM_F_ISOLATE, 0);
	limits->processes = shim_view_number(start, SHIM_F_LIMIT_PROCESSES, 0);
	limits->files = shim_view_number(start, SHIM_F_LIMIT_FILES, 0);
	limits->memory = shim_view_number(start, SHIM_F_LIMIT_MEMORY, 0);
	limits->cpu = shim_view_number(start, SHIM_F_LIMIT_CPU, 0);
	os_isolate_prepare(isolate);
}

static bool
is_size(uint64_t cells)
{
	return cells >= 1 && cells <= UINT16_MAX;
}

int
birth_read(struct birth *birth, const struct shim_view *start)
{
	birth->path = "/usr/local/bin:/usr/bin:/bin";
	if (collect_all(birth, start) == -1)
		return -1;
	birth->file = shim_view_text(start, SHIM_F_FILE);
	if (birth->file == NULL)
		birth->file = birth->argv[0];
	birth->cwd = shim_view_text(start, SHIM_F_CWD);
	birth->group = shim_view_text(start, SHIM_F_GROUP);
	read_isolation(&birth->isolate, start);
	birth->gate_port = shim_view_number(start, SHIM_F_GATE_PORT, 0);
	birth->mode = shim_view_number(start, SHIM_F_MODE, SHIM_MODE_PTY);
	birth->cols = shim_view_number(start, SHIM_F_COLS, 80);
	birth->rows = shim_view_number(start, SHIM_F_ROWS, 24);
	birth->input_base = shim_view_number(start, SHIM_F_INPUT_DONE, 0);
	birth->output_base = shim_view_number(start, SHIM_F_HEAD, 0);
	if (birth->cwd == NULL || birth->cwd[0] != '/' || birth->mode > SHIM_MODE_PIPES ||
		!is_size(birth->cols) || !is_size(birth->rows) ||
		birth->gate_port > UINT16_MAX)
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

/* A socket for what it reads: another process of the session could open the end of a pipe
 * for writing, in /proc, and say what only the runner may say. */
static int
open_stdin(int in[2])
{
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, in) == -1)
		return -1;
	return shutdown(in[0], SHUT_WR);
}

static int
open_pipes(struct shim_child *child, struct birth *birth)
{
	int in[2] = {-1, -1}, out[2] = {-1, -1}, err[2] = {-1, -1};

	if (open_stdin(in) == -1 || pipe2(out, O_CLOEXEC) == -1 ||
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

int
birth_open(struct shim_child *child, struct birth *birth)
{
	if (child->mode == SHIM_MODE_PIPES)
		return open_pipes(child, birth);
	return birth->isolate.flags & OS_ISOLATE_TERMINALS ? 0 : open_pty(child, birth);
}

static _Noreturn void
report_failure(const struct birth *birth, enum shim_step step)
{
	struct shim_report report = {.news = SHIM_NEWS_FAILED,
		.step = step,
		.error = errno};

	_exit(shim_report_send(birth->report, &report, NULL, 0) == -1 ? 126 : 127);
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

/* Another child of our parent, in our namespaces. As fork(2). */
static pid_t
fork_sibling(void)
{
	return (pid_t)syscall(SYS_clone, CLONE_PARENT | SIGCHLD, NULL, NULL, NULL, NULL);
}

/* It must not be taken for the shim. */
static _Noreturn void
be_init(const struct birth *birth)
{
	memset(birth->words, 0, birth->words_len);
	os_isolate_be_init();
}

/* Who made the namespace is outside of it and leaves; returns in the program's process
 * alone. */
static void
enter_processes(const struct birth *birth)
{
	struct shim_report report = {.news = SHIM_NEWS_ADOPT};

	report.init = fork_sibling();
	if (report.init == 0)
		be_init(birth);
	if (report.init > 0)
		report.program = fork_sibling();
	if (report.init > 0 && report.program == 0)
		return;
	if (report.init == -1 || report.program == -1)
		report_failure(birth, SHIM_STEP_ISOLATION);
	_exit(shim_report_send(birth->report, &report, NULL, 0) == -1 ? 126 : 0);
}

/* In the devpts of the namespace, before there is anybody in there. */
static void
open_own_terminal(struct birth *birth)
{
	const struct shim_report report = {.news = SHIM_NEWS_TERMINAL};
	int fds[2];

	if (os_pty_open(&fds[0], &fds[1], (unsigned int)birth->cols,
		    (unsigned int)birth->rows) == -1 ||
		shim_report_send(birth->report, &report, fds, 2) == -1)
		report_failure(birth, SHIM_STEP_ISOLATION);
	close(fds[0]);
	for (int i = 0; i < 3; i++)
		birth->stdio[i] = fds[1];
}

static void
open_gate(const struct birth *birth)
{
	const struct shim_report report = {.news = SHIM_NEWS_GATE};
	int listener = shim_gate_listen((unsigned int)birth->gate_port);

	if (listener == -1 ||
		shim_report_send(birth->report, &report, &listener, 1) == -1)
		report_failure(birth, SHIM_STEP_ISOLATION);
	close(listener);
}

static void
isolate(struct birth *birth)
{
	unsigned int flags = birth->isolate.flags;

	if (os_isolate_enter(&birth->isolate) == -1)
		report_failure(birth, SHIM_STEP_ISOLATION);
	if (flags & OS_ISOLATE_TERMINALS && birth->mode == SHIM_MODE_PTY)
		open_own_terminal(birth);
	if (flags & OS_ISOLATE_OFFLINE && birth->gate_port != 0)
		open_gate(birth);
	if (flags & OS_ISOLATE_PROCESSES)
		enter_processes(birth);
}

static void
take_stdio(const struct birth *birth)
{
	if (setsid() == -1)
		report_failure(birth, SHIM_STEP_SESSION);
	if (birth->mode == SHIM_MODE_PTY && ioctl(birth->stdio[0], TIOCSCTTY, 0) == -1)
		report_failure(birth, SHIM_STEP_SESSION);
	for (int fd = 0; fd < 3; fd++)
		if (dup2(birth->stdio[fd], fd) == -1)
			report_failure(birth, SHIM_STEP_SESSION);
}

_Noreturn void
birth_go_on(struct birth *birth)
{
	os_offer_to_be_killed();
	isolate(birth);
	take_stdio(birth);
	os_close_from_on_exec(3);
	os_default_signals();
	umask(022);
	if (os_isolate_leave(&birth->isolate) == -1)
		report_failure(birth, SHIM_STEP_ISOLATION);
	if (chdir(birth->cwd) == -1)
		report_failure(birth, SHIM_STEP_CWD);
	execute(birth);
	report_failure(birth, SHIM_STEP_EXEC);
}
