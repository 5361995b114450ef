/* What /proc tells about the processes of one Dispatch. */
#ifndef DISPATCH_BENCH_PROCESS_H
#define DISPATCH_BENCH_PROCESS_H

#include <sys/types.h>

enum role { SERVE, RUNNER, HANDLERS, WEB, SHIM, ROLES };

struct process {
	pid_t pid, parent;
	enum role role;
};

enum { PROCESSES_MAX = 1024 };

struct processes {
	struct process list[PROCESSES_MAX];
	int count;
};

/* Those that belong to the state directory: the programs of Dispatch and its web server,
 * not what runs in sessions. */
void processes_find(struct processes *p, const char *dir);

/* The one of that role; fails when there is none. */
pid_t processes_pid(const struct processes *p, enum role role);

/* CPU seconds of a process so far, without its children. */
double process_own_cpu(pid_t pid);

/* CPU seconds of all of them; of shims and runner alone, since their children are what
 * runs in sessions. */
double processes_cpu(const struct processes *p);

/* Kilobytes: proportional share of memory (PSS) of the role (ROLES: of all). Where we may
 * not see it, as of a process that is not dumpable when we are not root, the resident
 * set. */
double processes_memory(const struct processes *p, enum role role);

/* Kilobytes: the largest resident set (VmHWM) since the last reset. */
double process_peak(pid_t pid);
double processes_peak(const struct processes *p);
void processes_reset_peak(const struct processes *p);

#endif
