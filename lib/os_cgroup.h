/*
 * Control groups, version 2, for limits of a whole session: cgroups(7), the kernel's
 * "Control Group v2", and systemd's "Control Group APIs and Delegation".
 *
 * Only a tree that was given to us is ever touched:
 *
 *	TREE                   passes controllers on, and so may hold no process
 *	TREE/dispatch-servers  our servers and the shims: nothing limits them
 *	TREE/NAME              a session: its limits
 *	TREE/NAME/program      what runs in it
 *
 * Whoever makes a cgroup namespace (7) is at its root. Limits are above that, where they
 * cannot be changed from within, however the file system is mounted.
 */
#ifndef DISPATCH_LIB_OS_CGROUP_H
#define DISPATCH_LIB_OS_CGROUP_H

#include "lib/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

enum { OS_CGROUP_CPU = 1, OS_CGROUP_MEMORY = 2, OS_CGROUP_PIDS = 4 };

struct os_cgroup {
	char *tree;               /* absolute path, owned; NULL: none was given to us */
	unsigned int controllers; /* bits OS_CGROUP_*: what can be limited in it */
};

/* Of a session; 0: as the system. */
struct os_cgroup_limits {
	uint64_t memory;    /* bytes, none of them in swap space */
	uint64_t cpu;       /* hundredths of a processor */
	uint64_t processes; /* and threads */
};

/* The name of the group that this process was started in. */
#define OS_CGROUP_OWN "own"

/*
 * Looks for the tree that this process was given: the directory `named`; with
 * OS_CGROUP_OWN the group that it was started in, and when `named` is empty that one only
 * if systemd has marked it as delegated, which it does for system services alone. Nothing
 * is changed. Clear *cgroup in any case. Errors: 422 "session.limits_unavailable" with
 * the reason.
 */
int os_cgroup_find(struct os_cgroup *cgroup, const char *named, struct err *e);

/*
 * Moves this process into TREE/dispatch-servers and lets the tree pass controllers on, as
 * far as that was not done before; then `controllers` are those. To be called before
 * there are children. Errors: as above; when others are in the tree it stays as it is.
 */
int os_cgroup_settle(struct os_cgroup *cgroup, struct err *e);

/* The tree of another process that did so; false: it did not. Clear it in any case. */
bool os_cgroup_look(struct os_cgroup *cgroup, pid_t pid);

/* One runner for a tree: until we end, or the descriptor, close-on-exec, is closed. -1
 * with an error, as above, when another one has it. */
int os_cgroup_claim(const struct os_cgroup *cgroup, struct err *e);

void os_cgroup_clear(struct os_cgroup *cgroup);

/*
 * Makes the group of a session, or finds it, and sets its limits; one that was set before
 * and is 0 now is taken away. Errors: as above. What cannot be limited without is an
 * error: memory and processors; processes have setrlimit(2), too.
 */
int os_cgroup_limit(const struct os_cgroup *cgroup, const char *name,
	const struct os_cgroup_limits *limits, struct err *e);

/* Whether there is such a group. */
bool os_cgroup_exists(const struct os_cgroup *cgroup, const char *name);

/* The directory of what runs in it, for clone3(2); the caller frees. */
char *os_cgroup_program(const struct os_cgroup *cgroup, const char *name);

/* How many of its processes the kernel has killed for want of memory; 0 also when that
 * is not counted. */
int64_t os_cgroup_killed(const struct os_cgroup *cgroup, const char *name);

/* Removes a group in which nothing runs. False: something does, or it is not there. */
bool os_cgroup_remove(const struct os_cgroup *cgroup, const char *name);

/* Calls for the name of each group in the tree; it may be removed then. */
void os_cgroup_each(const struct os_cgroup *cgroup,
	void (*take)(void *arg, const char *name), void *arg);

/* ---- texts of the kernel ---- */

/* The path after "0::" in a proc/PID/cgroup; the caller frees. NULL: it is in none, or
 * that was removed. */
char *os_cgroup_own(const char *text);

/* Bits of the names in a cgroup.controllers. */
unsigned int os_cgroup_controllers(const char *text);

/* What is written for limits. */
struct os_cgroup_write {
	unsigned int controller; /* bit */
	const char *file;
	bool optional; /* not every kernel has it */
	char text[48];
};
enum { OS_CGROUP_WRITES = 4 };
void os_cgroup_writes(const struct os_cgroup_limits *limits,
	struct os_cgroup_write writes[OS_CGROUP_WRITES]);

#endif
