/* See keeper.h. */
#include "config.h"

#include "t/bench/keeper.h"

#include "lib/buf.h"
#include "t/bench/measure.h"

#include <errno.h>
#include <ftw.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

enum { PATIENCE_US = 20000000, LOOK_US = 5000, DEPTH = 16 };

static int
remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st, (void)type, (void)ftw;
	remove(path);
	return 0;
}

void
remove_folder(const char *path)
{
	nftw(path, remove_one, DEPTH, FTW_DEPTH | FTW_PHYS);
}

static void
kill_children(void)
{
	char *path = xasprintf("/proc/self/task/%d/children", (int)getpid());
	FILE *f = fopen(path, "re");
	int pid;
	while (f && fscanf(f, "%d", &pid) == 1)
		kill(pid, SIGKILL);
	if (f)
		fclose(f);
	free(path);
}

/* All of them were sent a signal when their parent ended. `serve` then ends its sessions;
 * what is there after that gets no more time. */
static void
end_children(void)
{
	double deadline = now_us() + PATIENCE_US;
	for (;;) {
		pid_t pid = waitpid(-1, NULL, WNOHANG);
		if (pid < 0 && errno == ECHILD)
			return;
		if (pid != 0)
			continue;
		if (now_us() > deadline)
			kill_children();
		sleep_us(LOOK_US);
	}
}

/* Until the child has ended, to which SIGTERM is passed on. */
static void
keep(pid_t child, const sigset_t *signals, int *status)
{
	for (;;) {
		pid_t pid;
		while ((pid = waitpid(-1, status, WNOHANG)) > 0)
			if (pid == child) /* else a shim, which is ours to bury */
				return;
		if (sigwaitinfo(signals, NULL) == SIGTERM)
			kill(child, SIGTERM);
	}
}

char *
keeper_start(int *status)
{
	sigset_t signals, before;
	const char *tmp = getenv("TMPDIR");
	char *folder = xasprintf("%s/dispatch-bench-XXXXXX", tmp && *tmp ? tmp : "/tmp");
	if (!mkdtemp(folder))
		fail("cannot make a folder like %s", folder);
	prctl(PR_SET_CHILD_SUBREAPER, 1);
	fflush(stdout);
	sigemptyset(&signals);
	sigaddset(&signals, SIGCHLD);
	sigaddset(&signals, SIGTERM);
	sigprocmask(SIG_BLOCK, &signals, &before);
	pid_t keeper = getpid(), child = fork();
	if (child < 0)
		fail("cannot fork");
	if (child == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		if (getppid() != keeper)
			_exit(1);
		sigprocmask(SIG_SETMASK, &before, NULL);
		return folder;
	}
	signal(SIGINT, SIG_IGN); /* the child gets it from the terminal too */
	keep(child, &signals, status);
	end_children();
	remove_folder(folder);
	free(folder);
	return NULL;
}
