/*
 * pidfds and the sweep. A pid in a list may be someone else's a moment later, so the
 * sweep opens a pidfd first and then looks again whether start time and pid still agree;
 * from there on the pidfd is the process.
 */
#include "config.h"

#include "runner/os_process.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#ifndef CLOSE_RANGE_CLOEXEC
#define CLOSE_RANGE_CLOEXEC 4U
#endif

int
os_pidfd_open(pid_t pid)
{
	return pidfd_open(pid, 0);
}

void
os_close_from(unsigned int first)
{
	if (close_range(first, ~0U, 0) == 0)
		return;
	for (int fd = (int)first; fd < sysconf(_SC_OPEN_MAX); fd++)
		close(fd);
}

void
os_close_from_on_exec(unsigned int first)
{
	if (close_range(first, ~0U, CLOSE_RANGE_CLOEXEC) == 0)
		return;
	for (int fd = (int)first; fd < sysconf(_SC_OPEN_MAX); fd++)
		fcntl(fd, F_SETFD, FD_CLOEXEC);
}

void
os_die_with_parent(void)
{
	prctl(PR_SET_PDEATHSIG, SIGKILL);
}

int
os_become_subreaper(void)
{
	return prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);
}

int
os_hide_memory(void)
{
	return prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
}

/* proc_pid_stat(5): pid (name) state parent group session … started; the name may
 * hold anything, so fields are counted from the last parenthesis. Zombies count as
 * gone. */
static bool
read_process(pid_t pid, struct os_process *process)
{
	char path[40], line[1024], *at, state;
	int parent, group, session;
	unsigned long long started;
	ssize_t n;
	int fd;

	snprintf(path, sizeof(path), "/proc/%d/stat", (int)pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd == -1)
		return false;
	n = read(fd, line, sizeof(line) - 1);
	close(fd);
	if (n <= 0)
		return false;
	line[n] = '\0';
	at = strrchr(line, ')');
	if (at == NULL ||
		sscanf(at + 1,
			" %c %d %d %d %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s "
			"%*s %*s "
			"%llu",
			&state, &parent, &group, &session, &started) != 5)
		return false;
	*process = (struct os_process){pid, parent, group, session, started, false};
	return state != 'Z' && state != 'X';
}

static void
add_process(struct os_processes *processes, const char *name)
{
	char *end;
	long pid = strtol(name, &end, 10);

	if (*end != '\0' || pid <= 0 || processes->count == OS_PROCESSES_MAX)
		return;
	if (read_process((pid_t)pid, &processes->list[processes->count]))
		processes->count++;
}

/* readdir(3) would allocate. */
static void
list_processes(struct os_processes *processes)
{
	_Alignas(struct dirent64) char buffer[8192];
	long n;
	int fd;

	processes->count = 0;
	fd = open("/proc", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd == -1)
		return;
	while ((n = syscall(SYS_getdents64, fd, buffer, sizeof(buffer))) > 0) {
		for (long at = 0; at < n;) {
			struct dirent64 *entry = (struct dirent64 *)(void *)(buffer + at);

			add_process(processes, entry->d_name);
			at += entry->d_reclen;
		}
	}
	close(fd);
}

void
os_default_signals(void)
{
	sigset_t none;

	for (int number = 1; number < NSIG; number++)
		signal(number, SIG_DFL);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
}

pid_t
os_fork_into(const char *group)
{
	struct clone_args args = {.flags = CLONE_INTO_CGROUP, .exit_signal = SIGCHLD};
	int dir, error;
	pid_t pid;

	if (group == NULL)
		return fork();
	dir = open(group, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (dir == -1)
		return -1;
	args.cgroup = (uint64_t)dir;
	pid = (pid_t)syscall(SYS_clone3, &args, sizeof(args));
	error = errno;
	close(dir);
	errno = error;
	return pid;
}

/* The files in /proc of a process that hides its memory belong to root. */
void
os_offer_to_be_killed(void)
{
	static const char more[] = "500";
	int hidden = prctl(PR_GET_DUMPABLE, 0, 0, 0, 0) == 0, fd;

	if (hidden)
		prctl(PR_SET_DUMPABLE, 1, 0, 0, 0);
	fd = open("/proc/self/oom_score_adj", O_WRONLY | O_CLOEXEC);
	if (fd != -1) {
		(void)!write(fd, more, sizeof(more) - 1);
		close(fd);
	}
	if (hidden)
		os_hide_memory();
}

static bool
is_command(const char *name, const char *program, const char *argument)
{
	char path[40], words[512], *first;
	ssize_t n;
	int fd;

	if (strspn(name, "0123456789") != strlen(name) ||
		snprintf(path, sizeof(path), "/proc/%s/cmdline", name) >=
			(int)sizeof(path))
		return false;
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd == -1)
		return false;
	n = read(fd, words, sizeof(words) - 1);
	close(fd);
	if (n <= 0)
		return false;
	words[n] = '\0';
	first = words + strlen(words) + 1;
	return strcmp(words, program) == 0 && first < words + n &&
		strcmp(first, argument) == 0;
}

pid_t
os_find_command(const char *program, const char *argument)
{
	struct dirent *entry;
	pid_t found = 0;
	DIR *proc = opendir("/proc");

	while (proc != NULL && found == 0 && (entry = readdir(proc)) != NULL)
		if (is_command(entry->d_name, program, argument))
			found = (pid_t)strtol(entry->d_name, NULL, 10);
	if (proc != NULL)
		closedir(proc);
	return found;
}

static int
compare_pid(const void *a, const void *b)
{
	pid_t left = ((const struct os_process *)a)->pid;
	pid_t right = ((const struct os_process *)b)->pid;

	return (left > right) - (left < right);
}

/* /proc lists processes in the order of their pids. */
static bool
is_listed_descendant(const struct os_processes *processes, pid_t pid)
{
	struct os_process key = {.pid = pid};
	const struct os_process *found = bsearch(&key, processes->list, processes->count,
		sizeof(key), compare_pid);

	return found != NULL && found->descendant;
}

static void
mark_descendants(struct os_processes *processes)
{
	pid_t self = getpid();
	bool found = true;

	while (found) {
		found = false;
		for (size_t i = 0; i < processes->count; i++) {
			struct os_process *p = &processes->list[i];

			if (p->descendant ||
				(p->parent != self &&
					!is_listed_descendant(processes, p->parent)))
				continue;
			p->descendant = true;
			found = true;
		}
	}
}

static bool
is_target(const struct os_process *process, const struct os_target *target)
{
	if (!process->descendant)
		return false;
	return target->all || (target->group > 0 && process->group == target->group) ||
		(target->session > 0 && process->session == target->session);
}

static bool
signal_process(const struct os_process *process, int number)
{
	struct os_process now;
	int pidfd = pidfd_open(process->pid, 0);
	bool sent = false;

	if (pidfd == -1)
		return false;
	if (read_process(process->pid, &now) && now.started == process->started)
		sent = pidfd_send_signal(pidfd, number, NULL, 0) == 0;
	close(pidfd);
	return sent;
}

int
os_signal_descendants(struct os_processes *processes, const struct os_target *target,
	int number)
{
	int sent = 0;

	list_processes(processes);
	mark_descendants(processes);
	for (size_t i = 0; i < processes->count; i++)
		if (is_target(&processes->list[i], target) &&
			signal_process(&processes->list[i], number))
			sent++;
	return sent;
}
