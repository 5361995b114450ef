/*
 * See child_start.h. What reaches all that we reach is spawned, which costs least. What
 * is isolated is forked, and between fork and exec are only system calls, because other
 * threads of ours may hold any lock at that moment. What fails there comes back through a
 * pipe that the exec closes.
 *
 * A descriptor of a directory leads into the mounts as they are outside, where nothing is
 * hidden, and so does `..` from there. An isolated program therefore starts in what its
 * path leads to on the inside, when that is the same directory.
 */
#include "config.h"

#include "fcgi/child_start.h"

#include "lib/isolation.h"
#include "lib/path.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

enum step { PROGRAM, DIRECTORY, ISOLATION };

struct failure {
	enum step step;
	int error;
};

static int
tell(const struct child *child, const struct failure *failure, struct err *e)
{
	const char *name = child->argv[0];
	if (failure->step == ISOLATION)
		return isolation_unavailable(e, failure->error);
	if (failure->step == DIRECTORY)
		return err_errno(e, failure->error, 409, "child.directory",
			"Cannot run %s in %s", name, child->path);
	return err_errno(e, failure->error, 500,
		failure->error == ENOENT ? "child.missing" : "child.failed",
		"Cannot run %s", name);
}

/* ---- as it is ---- */

static int
spawn(const struct child *child, const char *program, const int streams[CHILD_STREAMS],
	pid_t *pid)
{
	posix_spawn_file_actions_t actions;
	posix_spawnattr_t attr;
	sigset_t none, all;
	sigemptyset(&none);
	sigfillset(&all);
	posix_spawn_file_actions_init(&actions);
	posix_spawnattr_init(&attr);
	posix_spawnattr_setflags(&attr,
		POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETPGROUP);
	posix_spawnattr_setsigmask(&attr, &none);
	posix_spawnattr_setsigdefault(&attr, &all);
	for (int i = 0; i < CHILD_STREAMS; i++)
		posix_spawn_file_actions_adddup2(&actions, streams[i], i);
	if (child->dir >= 0)
		posix_spawn_file_actions_addfchdir_np(&actions, child->dir);
	int error = posix_spawn(pid, program, &actions, &attr, child->argv, child->env);
	posix_spawn_file_actions_destroy(&actions);
	posix_spawnattr_destroy(&attr);
	return error;
}

/* ---- isolated ---- */

static _Noreturn void
fail(int report, enum step step)
{
	const struct failure failure = {step, errno};
	_exit(write(report, &failure, sizeof failure) < 0 ? 126 : 127);
}

static bool
enter_directory(const struct child *child)
{
	struct stat meant, found;
	if (chdir(child->path) != 0)
		return false;
	if (child->dir < 0)
		return true;
	if (fstat(child->dir, &meant) != 0 || stat(".", &found) != 0)
		return false;
	errno = ENOENT;
	return meant.st_dev == found.st_dev && meant.st_ino == found.st_ino;
}

static bool
take_streams(const int streams[CHILD_STREAMS])
{
	for (int i = 0; i < CHILD_STREAMS; i++)
		if (dup2(streams[i], i) < 0)
			return false;
	return close_range(CHILD_STREAMS, ~0U, CLOSE_RANGE_CLOEXEC) == 0;
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

static _Noreturn void
be_child(const struct child *child, const char *program, const int streams[CHILD_STREAMS],
	int report)
{
	if (os_isolate_enter(child->isolate) != 0)
		fail(report, ISOLATION);
	if (!enter_directory(child))
		fail(report, DIRECTORY);
	if (setpgid(0, 0) != 0 || !take_streams(streams))
		fail(report, PROGRAM);
	default_signals();
	if (os_isolate_leave(child->isolate) != 0)
		fail(report, ISOLATION);
	execve(program, child->argv, child->env);
	fail(report, PROGRAM);
}

/* Nothing comes when all went well. */
static void
hear(int report, struct failure *failure)
{
	ssize_t n;
	do
		n = read(report, failure, sizeof *failure);
	while (n < 0 && errno == EINTR);
	if (n != sizeof *failure)
		*failure = (struct failure){PROGRAM, 0};
}

/* No handler of ours may run in the child. */
static pid_t
fork_quietly(void)
{
	sigset_t all, before;
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	pid_t pid = fork();
	if (pid != 0)
		pthread_sigmask(SIG_SETMASK, &before, NULL);
	return pid;
}

static void
fork_isolated(const struct child *child, const char *program,
	const int streams[CHILD_STREAMS], pid_t *pid, struct failure *failure)
{
	int report[2];
	if (pipe2(report, O_CLOEXEC) != 0) {
		failure->error = errno;
		return;
	}
	*pid = fork_quietly();
	if (*pid == 0)
		be_child(child, program, streams, report[1]);
	failure->error = *pid < 0 ? errno : 0;
	close(report[1]);
	if (*pid > 0)
		hear(report[0], failure);
	close(report[0]);
	if (*pid > 0 && failure->error)
		while (waitpid(*pid, NULL, 0) < 0 && errno == EINTR)
			;
}

/* ---- both ---- */

/* Where a name leads to; the directory that it runs in is no place to look, whatever PATH
 * says. The caller frees; NULL: there is none. */
static char *
find_program(const char *name)
{
	char *found = NULL;
	if (strchr(name, '/'))
		return xstrdup(name);
	for (const char *at = getenv("PATH"); at && *at && !found;) {
		size_t len = strcspn(at, ":");
		char *dir = xstrndup(at, len), *path = path_join(dir, name);
		struct stat st;
		if (*dir == '/' && stat(path, &st) == 0 && S_ISREG(st.st_mode) &&
			access(path, X_OK) == 0)
			found = xstrdup(path);
		free(path);
		free(dir);
		at += len + (at[len] == ':');
	}
	return found;
}

int
child_start(const struct child *child, const int streams[CHILD_STREAMS], pid_t *pid,
	struct err *e)
{
	struct failure failure = {PROGRAM, ENOENT};
	char *program = find_program(child->argv[0]);
	bool isolated = child->isolate && child->isolate->flags;
	if (program && isolated)
		fork_isolated(child, program, streams, pid, &failure);
	else if (program)
		failure.error = spawn(child, program, streams, pid);
	free(program);
	return failure.error ? tell(child, &failure, e) : 0;
}
