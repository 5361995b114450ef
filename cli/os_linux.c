/* See os_linux.h; prctl(2), pidfd_open(2), proc_pid_fd(5). */
#include "config.h"

#include "cli/os_linux.h"

#include <dirent.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/pidfd.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
	END_MS = 1000, /* longest wait for a killed process */
	ROUNDS = 5,
};

int
os_end_with_parent(pid_t parent, int signal_number)
{
	prctl(PR_SET_PDEATHSIG, signal_number);
	return getppid() == parent ? 0 : -1;
}

static bool
reads(pid_t pid, const struct stat *file)
{
	char path[40];
	struct stat input;
	snprintf(path, sizeof path, "/proc/%d/fd/0", (int)pid);
	return stat(path, &input) == 0 && input.st_dev == file->st_dev &&
		input.st_ino == file->st_ino;
}

/* Looks again when it has the pidfd: from there on the pidfd is the process. */
static bool
kill_reader(pid_t pid, const struct stat *file)
{
	int pidfd = reads(pid, file) ? pidfd_open(pid, 0) : -1;
	if (pidfd < 0)
		return false;
	struct pollfd ended = {.fd = pidfd, .events = POLLIN};
	bool killed = reads(pid, file) && pidfd_send_signal(pidfd, SIGKILL, NULL, 0) == 0;
	if (killed)
		poll(&ended, 1, END_MS);
	close(pidfd);
	return killed;
}

static int
kill_all_once(const struct stat *file)
{
	DIR *proc = opendir("/proc");
	struct dirent *entry;
	int count = 0;
	while (proc && (entry = readdir(proc))) {
		long pid = strtol(entry->d_name, NULL, 10);
		if (pid > 0 && pid != getpid())
			count += kill_reader((pid_t)pid, file);
	}
	if (proc)
		closedir(proc);
	return count;
}

int
os_kill_readers(int file)
{
	struct stat st;
	int count = 0, last = 1;
	if (fstat(file, &st) != 0)
		return 0;
	/* A master may have started another worker meanwhile. */
	for (int i = 0; i < ROUNDS && last; i++) {
		last = kill_all_once(&st);
		count += last;
	}
	return count;
}
