/* Ways into processes of Dispatch and of other sessions. */
#include "config.h"

#include "t/red-team/intruder.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <sys/pidfd.h>
#include <sys/ptrace.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

static bool
traces(pid_t pid)
{
	if (ptrace(PTRACE_SEIZE, pid, NULL, NULL) != 0)
		return false;
	ptrace(PTRACE_DETACH, pid, NULL, NULL);
	return true;
}

bool
trace_runner(const struct target *t)
{
	return traces(t->runner);
}

bool
trace_shim(const struct target *t)
{
	return traces(t->shim);
}

bool
trace_handler(const struct target *t)
{
	return traces(t->handler);
}

bool
trace_other(const struct target *t)
{
	return traces(t->other);
}

static bool
opens(pid_t pid, const char *name)
{
	char path[64], byte;
	snprintf(path, sizeof path, "/proc/%d/%s", (int)pid, name);
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return false;
	/* Of mem the first page is nobody's: that it was opened is enough. */
	bool got = read(fd, &byte, 1) >= 0 || errno == EIO || errno == EISDIR;
	close(fd);
	return got;
}

bool
memory_of_runner(const struct target *t)
{
	return opens(t->runner, "mem");
}

bool
memory_of_other(const struct target *t)
{
	return opens(t->other, "mem");
}

bool
copy_memory(const struct target *t)
{
	char byte;
	struct iovec here = {&byte, 1}, there = {(void *)&intruder_path, 1};
	/* EFAULT: it may, and there is nothing at this address. */
	return process_vm_readv(t->other, &here, 1, &there, 1, 0) >= 0 || errno == EFAULT;
}

bool
environment_of_other(const struct target *t)
{
	return opens(t->other, "environ");
}

bool
descriptors_of_runner(const struct target *t)
{
	char path[64], to[256];
	for (int fd = 0; fd < 16; fd++) {
		snprintf(path, sizeof path, "/proc/%d/fd/%d", (int)t->runner, fd);
		if (readlink(path, to, sizeof to) > 0)
			return true;
	}
	return false;
}

bool
take_descriptor(const struct target *t)
{
	int pidfd = pidfd_open(t->runner, 0);
	int fd = pidfd < 0 ? -1 : pidfd_getfd(pidfd, 0, 0);
	return fd >= 0;
}

bool
root_of_runner(const struct target *t)
{
	return opens(t->runner, "root/.") || opens(t->runner, "cwd/.");
}

bool
maps_of_shim(const struct target *t)
{
	return opens(t->shim, "maps");
}

bool
enter_namespace(const struct target *t)
{
	char path[64];
	snprintf(path, sizeof path, "/proc/%d/ns/mnt", (int)t->other);
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	return fd >= 0 && setns(fd, 0) == 0;
}

bool
signal_runner(const struct target *t)
{
	return kill(t->runner, 0) == 0;
}

bool
signal_other(const struct target *t)
{
	return kill(t->other, 0) == 0;
}

/* A session may have one of its own by the same name. */
bool
open_terminal(const struct target *t)
{
	struct stat st;
	int fd = open(t->terminal, O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
	if (fd < 0)
		return false;
	bool others = fstat(fd, &st) == 0 && st.st_dev == t->terminal_system;
	close(fd);
	errno = others ? 0 : ENXIO;
	return others;
}
