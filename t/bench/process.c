/* See process.h; the files are those of proc(5). */
#include "config.h"

#include "t/bench/process.h"

#include "t/bench/measure.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char *const names[ROLES] = {
	[SERVE] = "dispatch",
	[RUNNER] = "dispatch-runner",
	[HANDLERS] = "dispatch-fcgi",
	[WEB] = "nginx",
	[SHIM] = "dispatch-shim",
};

/* Reads a file of a process; zeros become spaces. Returns the length; 0: there is none.
 */
static size_t
read_file(pid_t pid, const char *name, char *to, size_t size)
{
	char path[64];
	snprintf(path, sizeof path, "/proc/%d/%s", (int)pid, name);
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n = fd >= 0 ? read(fd, to, size - 1) : 0;
	if (fd >= 0)
		close(fd);
	n = n > 0 ? n : 0;
	for (ssize_t i = 0; i < n; i++)
		if (!to[i])
			to[i] = ' ';
	to[n] = '\0';
	return (size_t)n;
}

/* The name in brackets, and what follows it. */
static char *
split_stat(char *stat, char **name)
{
	char *end = strrchr(stat, ')');
	*name = strchr(stat, '(');
	if (!end || !*name)
		return NULL;
	++*name;
	*end = '\0';
	return end + 1;
}

static int
role_of(const char *name)
{
	for (int i = 0; i < ROLES; i++)
		if (strncmp(name, names[i], 15) == 0 && strlen(name) <= strlen(names[i]))
			return strcmp(name, "dispatch") == 0 ? SERVE : i;
	return -1;
}

static void
look_at(struct processes *p, pid_t pid, const char *dir)
{
	char stat[1024], words[4096], *name, *rest;
	if (!read_file(pid, "stat", stat, sizeof stat) ||
		!(rest = split_stat(stat, &name)))
		return;
	int role = role_of(name);
	pid_t parent = (pid_t)strtol(rest + 2, NULL, 10);
	if (role < 0 || *(rest + 1) == 'Z' ||
		!read_file(pid, "cmdline", words, sizeof words))
		return;
	bool ours = strstr(words, dir) != NULL;
	/* The worker of nginx names no file. */
	for (int i = 0; i < p->count && role == WEB && !ours; i++)
		ours = p->list[i].pid == parent && p->list[i].role == WEB;
	if (ours && p->count < PROCESSES_MAX)
		p->list[p->count++] = (struct process){pid, parent, (enum role)role};
}

void
processes_find(struct processes *p, const char *dir)
{
	DIR *proc = opendir("/proc");
	struct dirent *entry;
	if (!proc)
		fail("cannot read /proc");
	p->count = 0;
	while ((entry = readdir(proc))) /* in the order of pids: parents first */
		if (*entry->d_name >= '1' && *entry->d_name <= '9')
			look_at(p, (pid_t)strtol(entry->d_name, NULL, 10), dir);
	closedir(proc);
}

pid_t
processes_pid(const struct processes *p, enum role role)
{
	for (int i = 0; i < p->count; i++)
		if (p->list[i].role == role)
			return p->list[i].pid;
	errno = 0;
	fail("there is no %s", names[role]);
}

/* ---- CPU ---- */

/* With those of children that it has waited for, or without. */
static double
cpu_of(pid_t pid, bool with_children)
{
	char stat[1024], *name, *rest;
	unsigned long u = 0, s = 0, cu = 0, cs = 0;
	if (!read_file(pid, "stat", stat, sizeof stat) ||
		!(rest = split_stat(stat, &name)) ||
		sscanf(rest,
			" %*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %lu %lu %lu %lu",
			&u, &s, &cu, &cs) != 4)
		return 0;
	unsigned long ticks = u + s + (with_children ? cu + cs : 0);
	return (double)ticks / (double)sysconf(_SC_CLK_TCK);
}

double
process_own_cpu(pid_t pid)
{
	return cpu_of(pid, false);
}

double
processes_cpu(const struct processes *p)
{
	double sum = 0;
	for (int i = 0; i < p->count; i++) {
		enum role role = p->list[i].role;
		sum += cpu_of(p->list[i].pid, role != RUNNER && role != SHIM);
	}
	return sum;
}

/* ---- memory ---- */

/* The number behind a key at the start of a line, or 0. */
static double
read_field(pid_t pid, const char *file, const char *key)
{
	char text[4096];
	if (!read_file(pid, file, text, sizeof text))
		return 0;
	for (char *line = text; line; line = strchr(line, '\n')) {
		line += *line == '\n';
		if (strncmp(line, key, strlen(key)) == 0)
			return strtod(line + strlen(key), NULL);
	}
	return 0;
}

double
processes_memory(const struct processes *p, enum role role)
{
	double sum = 0;
	for (int i = 0; i < p->count; i++) {
		if (role != ROLES && p->list[i].role != role)
			continue;
		double kb = read_field(p->list[i].pid, "smaps_rollup", "Pss:");
		sum += kb > 0 ? kb : read_field(p->list[i].pid, "status", "VmRSS:");
	}
	return sum;
}

double
process_peak(pid_t pid)
{
	return read_field(pid, "status", "VmHWM:");
}

double
processes_peak(const struct processes *p)
{
	double sum = 0;
	for (int i = 0; i < p->count; i++)
		sum += process_peak(p->list[i].pid);
	return sum;
}

void
processes_reset_peak(const struct processes *p)
{
	char path[64];
	for (int i = 0; i < p->count; i++) {
		snprintf(path, sizeof path, "/proc/%d/clear_refs", (int)p->list[i].pid);
		int fd = open(path, O_WRONLY | O_CLOEXEC);
		if (fd < 0)
			continue;
		(void)!write(fd, "5", 1);
		close(fd);
	}
}
