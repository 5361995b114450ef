/*
 * The mounts that this process sees (proc_pid_mountinfo(5)).
 */
#ifndef DISPATCH_LIB_OS_MOUNTS_H
#define DISPATCH_LIB_OS_MOUNTS_H

#include <stdbool.h>

/* Calls for the place of each mount of a type, and what of its file system lies there,
 * both for the call alone, until `take` answers false. */
void os_mounts_each(const char *type,
	bool (*take)(void *arg, const char *path, const char *root), void *arg);

/* The same of one line, where it is of that type; the caller frees. False: it is of
 * another. */
bool os_mount_read(const char *line, const char *type, char **path, char **root);

#endif
