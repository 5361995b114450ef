/* What only Linux offers. */
#ifndef DISPATCH_FCGI_OS_LINUX_H
#define DISPATCH_FCGI_OS_LINUX_H

#include <sys/types.h>

/* Has this process get SIGTERM when its parent, which must be `parent`, ends; also when
 * it ended before this call. */
void os_die_with(pid_t parent);

/* Forbids core files and other processes of the same user looking into this one. */
void os_keep_private(void);

/* A descriptor (close-on-exec) that is readable when the child has ended; -1 and errno
 * when there is none to be had. */
int os_pidfd(pid_t pid);

#endif
