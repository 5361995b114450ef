/* See child.h. */
#include "config.h"

#include "fcgi/child.h"

#include "lib/clock.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdbool.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static int
start(char *const *argv, char *const *env, int output, pid_t *pid)
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
	posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
	posix_spawn_file_actions_adddup2(&actions, output, 1);
	posix_spawn_file_actions_addopen(&actions, 2, "/dev/null", O_WRONLY, 0);
	int error = posix_spawn(pid, argv[0], &actions, &attr, argv, env);
	posix_spawn_file_actions_destroy(&actions);
	posix_spawnattr_destroy(&attr);
	return error;
}

/* Reads to the end of the output. False when that is not reached in time. */
static bool
read_all(int fd, int64_t end, struct buf *output)
{
	char piece[4096];
	size_t begin = output->len;
	for (;;) {
		struct pollfd p = {.fd = fd, .events = POLLIN};
		int64_t left = end - clock_monotonic();
		int ready = left > 0 ? poll(&p, 1, (int)left) : 0;
		if (ready == 0)
			return false;
		ssize_t n = ready > 0 ? read(fd, piece, sizeof piece) : -1;
		if (n == 0)
			return true;
		if (n < 0 && errno != EINTR)
			return false;
		if (n > 0 && output->len - begin + (size_t)n <= CHILD_OUTPUT_MAX)
			buf_add(output, piece, (size_t)n);
	}
}

int
child_run(char *const *argv, char *const *env, int ms, struct buf *output, struct err *e)
{
	int pipefd[2], status = 0;
	pid_t pid;
	if (pipe2(pipefd, O_CLOEXEC) != 0)
		return err_errno(e, errno, 500, "child.failed", "Cannot run %s", argv[0]);
	int error = start(argv, env, pipefd[1], &pid);
	close(pipefd[1]);
	if (error) {
		close(pipefd[0]);
		return err_errno(e, error, 500, "child.failed", "Cannot run %s", argv[0]);
	}
	bool whole = read_all(pipefd[0], clock_monotonic() + ms, output);
	close(pipefd[0]);
	if (!whole)
		kill(-pid, SIGKILL);
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	if (whole && WIFEXITED(status))
		return WEXITSTATUS(status);
	return err_set(e, 500, "child.failed", "%s %s.", argv[0],
		whole ? "was ended by a signal" : "took too long");
}
