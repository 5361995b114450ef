/*
 * Processes held by something better than a number (Linux: pidfd_open(2), close_range(2),
 * prctl(2), proc(5)). Nothing here allocates, but for
 * os_find_command().
 */
#ifndef RUNNER_OS_PROCESS_H
#define RUNNER_OS_PROCESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* -1 with errno. Close-on-exec. Safe only for a child of ours that was not reaped. */
int os_pidfd_open(pid_t);

/* Every descriptor from `first` on: close it now, or at the next exec. */
void os_close_from(unsigned int first);
void os_close_from_on_exec(unsigned int first);

/* Every signal does again what it does by itself, and none is held back. */
void os_default_signals(void);

/* The process that was started as this program with this first argument, or 0. */
pid_t os_find_command(const char *program, const char *argument);

/*
 * As fork(2), with a child that is in the control group of this directory from its birth
 * (clone3(2), CLONE_INTO_CGROUP); NULL: in ours. To move a process later, the kernel
 * stops forks and ends on the whole machine for a while, mostly for more than ten
 * milliseconds.
 */
pid_t os_fork_into(const char *group);

/* When memory runs out, the kernel looks at us and at what we start before others. Needs
 * no rights; where it is refused, nothing changes. */
void os_offer_to_be_killed(void);

/* The kernel kills us when the thread that started us ends; who has to know whether it
 * had ended before looks at getppid(). */
void os_die_with_parent(void);

/* Orphaned descendants become our children, so that none can escape a sweep. 0 or -1. */
int os_become_subreaper(void);

/* No core, no ptrace, no /proc/<pid>/mem for others of the same user. 0 or -1. */
int os_hide_memory(void);

struct os_process {
	pid_t pid, parent, group, session;
	uint64_t started; /* ticks since boot: tells two owners of one pid apart */
	bool descendant;
};

/* Work space of a sweep, about 1 MB of which only what is used is touched.
 * Processes of the machine beyond the limit are not seen in this sweep; sweeps are
 * repeated. */
enum { OS_PROCESSES_MAX = 32768 };
struct os_processes {
	size_t count;
	struct os_process list[OS_PROCESSES_MAX];
};

/* Which descendants a signal is for: those in `group` or in `session` (0: no such),
 * or all. */
struct os_target {
	bool all;
	pid_t group, session;
};

/*
 * Signal our living descendants, each by a pidfd that was checked to be the process that
 * was listed. Returns how many were signalled; 0 also when /proc cannot be read.
 */
int os_signal_descendants(struct os_processes *, const struct os_target *, int number);

#endif
