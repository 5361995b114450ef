/*
 * Namespaces for a program that is to reach less than who starts it: user_namespaces(7),
 * mount_namespaces(7), pid_namespaces(7), network_namespaces(7). Linux 5.12 or later.
 *
 * For use between fork and exec: everything is prepared by the caller, and here are only
 * system calls. All of it is for good; where one step fails the process must end.
 *
 *	os_isolate_prepare   before the fork
 *	os_isolate_enter     after it: the namespaces, and what is seen of the files
 *	(fork)               with OS_ISOLATE_PROCESSES: the first process of the new
 *	                     namespace is its init, the program comes after it
 *	os_isolate_leave     in the program's process: its limits, and no power is left
 */
#ifndef DISPATCH_LIB_OS_ISOLATE_H
#define DISPATCH_LIB_OS_ISOLATE_H

#include <stddef.h>
#include <stdint.h>

enum {
	OS_ISOLATE_FILES = 1,      /* a mount namespace; all others need it */
	OS_ISOLATE_READ_ONLY = 2,  /* every file system, but for what is kept */
	OS_ISOLATE_PROCESSES = 4,  /* a pid namespace with a /proc of its own */
	OS_ISOLATE_OFFLINE = 8,    /* a network namespace with nothing but loopback */
	OS_ISOLATE_NO_SETUID = 16, /* no_new_privs */
	OS_ISOLATE_TERMINALS = 32, /* a devpts of its own; a terminal is opened in it */
};

/*
 * A step is a text, one of these letters and an absolute path. They are taken in their
 * order, but for the kept ones, which come first. A path that does not exist is no error.
 */
enum {
	OS_ISOLATE_ANCHOR = 'a', /* a directory that cannot be renamed or removed */
	OS_ISOLATE_HIDE = 'h',   /* an empty directory, or a file without content */
	OS_ISOLATE_KEEP = 'k',   /* stays writable where all else is read-only */
	OS_ISOLATE_LINK = 'l',   /* a symbolic link that cannot be renamed or removed */
	OS_ISOLATE_OWN = 'o',    /* a directory of its own in memory, for small files */
	OS_ISOLATE_PIN = 'r',    /* is read-only, with all beneath */
};

enum { OS_ISOLATE_STEPS_MAX = 512, OS_ISOLATE_KEPT_MAX = 64 };

/* 0: as it is. */
struct os_limits {
	uint64_t processes; /* of the user namespace; without one this is not set */
	uint64_t files;     /* open ones of a process */
	uint64_t memory;    /* bytes of data of a process, see RLIMIT_DATA */
	uint64_t cpu;       /* seconds of a process */
};

struct os_isolate {
	unsigned int flags;                      /* 0: nothing but the limits */
	const char *steps[OS_ISOLATE_STEPS_MAX]; /* lent */
	size_t count;
	struct os_limits limits;
	char uid_map[40], gid_map[40];
};

/* Fills the maps: everybody is in the namespace who they are outside of it. */
void os_isolate_prepare(struct os_isolate *);

/* 0, or -1 with errno: what the kernel refuses. */
int os_isolate_enter(const struct os_isolate *);
int os_isolate_leave(const struct os_isolate *);

/* In the first process of a pid namespace: lets go of everything and reaps what is left
 * to it, until it is killed. It is when its parent ends, and everybody in the namespace
 * with it. */
_Noreturn void os_isolate_be_init(void);

/* What an errno of these means, as a part of a sentence. */
const char *os_isolate_reason(int error);

/* Tries in a child whether the kernel allows `flags`. 0, or the errno. */
int os_isolate_try(unsigned int flags);

#endif
