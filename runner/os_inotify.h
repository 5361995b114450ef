/* What changes in directories; see inotify(7). */
#ifndef DISPATCH_RUNNER_OS_INOTIFY_H
#define DISPATCH_RUNNER_OS_INOTIFY_H

#include <stdbool.h>

/* What happened. */
struct notice {
	int watch;        /* as os_inotify_add() gave it; -1: some notices were lost */
	const char *name; /* of the entry; "" for the directory itself */
	bool gone;        /* the watch has ended: the directory is not there any more */
};

/* A descriptor that is readable when something happened, close-on-exec; -1 with errno. */
int os_inotify_open(void);

/* Watches what a descriptor, of O_PATH too, is of: entries that come, go, and are closed
 * after they were written. Returns the watch, the same for the same directory; -1 with
 * errno: ENOSPC when there are too many. */
int os_inotify_add(int inotify, int directory);

void os_inotify_remove(int inotify, int watch);

/* Reads what has happened, one bufferful, and calls take(arg, notice) for each. True when
 * there may be more. */
bool os_inotify_read(int inotify, void (*take)(void *arg, const struct notice *notice),
	void *arg);

#endif
