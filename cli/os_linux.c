/* See os_linux.h; prctl(2), pidfd_open(2), signalfd(2), proc_pid_fd(5). */
#include "config.h"

#include "cli/os_linux.h"

#include <dirent.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
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

/* Reads /proc/PID/NAME, at most size - 1 bytes. Returns how many. */
static size_t
read_of(pid_t pid, const char *name, char *text, size_t size)
{
	char path[40];
	snprintf(path, sizeof path, "/proc/%d/%s", (int)pid, name);
	FILE *f = fopen(path, "re");
	size_t n = f ? fread(text, 1, size - 1, f) : 0;
	if (f)
		fclose(f);
	text[n] = '\0';
	return n;
}

static bool
has_word(pid_t pid, const char *word)
{
	char words[8192];
	size_t len = read_of(pid, "cmdline", words, sizeof words);
	for (size_t at = 0; at < len; at += strlen(words + at) + 1)
		if (strcmp(words + at, word) == 0)
			return true;
	return false;
}

/* 0: there is none. The name of a process, which is in parentheses, may have any byte. */
static pid_t
parent_of(pid_t pid)
{
	char text[512];
	int parent = 0;
	read_of(pid, "stat", text, sizeof text);
	const char *end = strrchr(text, ')');
	return end && sscanf(end, ") %*c %d", &parent) == 1 ? parent : 0;
}

bool
os_started_by(const char *word)
{
	for (pid_t pid = getppid(); pid > 0; pid = parent_of(pid))
		if (has_word(pid, word))
			return true;
	return false;
}

int
os_signals(const sigset_t *signals)
{
	sigprocmask(SIG_BLOCK, signals, NULL);
	return signalfd(-1, signals, SFD_NONBLOCK | SFD_CLOEXEC);
}

int
os_next_signal(int fd)
{
	struct signalfd_siginfo info;
	return read(fd, &info, sizeof info) == sizeof info ? (int)info.ssi_signo : 0;
}

struct held {
	int fd;
	struct stat file;
};

static bool
holds(pid_t pid, const struct held *held)
{
	char path[40];
	struct stat st;
	snprintf(path, sizeof path, "/proc/%d/fd/%d", (int)pid, held->fd);
	return stat(path, &st) == 0 && st.st_dev == held->file.st_dev &&
		st.st_ino == held->file.st_ino;
}

/* Looks again when it has the pidfd: from there on the pidfd is the process. */
static bool
kill_holder(pid_t pid, const struct held *held)
{
	int pidfd = holds(pid, held) ? pidfd_open(pid, 0) : -1;
	if (pidfd < 0)
		return false;
	struct pollfd ended = {.fd = pidfd, .events = POLLIN};
	bool killed = holds(pid, held) && pidfd_send_signal(pidfd, SIGKILL, NULL, 0) == 0;
	if (killed)
		poll(&ended, 1, END_MS);
	close(pidfd);
	return killed;
}

static int
kill_all_once(const struct held *held)
{
	DIR *proc = opendir("/proc");
	struct dirent *entry;
	int count = 0;
	while (proc && (entry = readdir(proc))) {
		long pid = strtol(entry->d_name, NULL, 10);
		if (pid > 0 && pid != getpid())
			count += kill_holder((pid_t)pid, held);
	}
	if (proc)
		closedir(proc);
	return count;
}

int
os_kill_holders(int file, int held)
{
	struct held what = {.fd = held};
	int count = 0, last = 1;
	if (fstat(file, &what.file) != 0)
		return 0;
	/* A master may have started another worker meanwhile. */
	for (int i = 0; i < ROUNDS && last; i++) {
		last = kill_all_once(&what);
		count += last;
	}
	return count;
}
