/*
 * Unix sockets of our own (unix(7)), the lock that makes a runner the only one, and which
 * boot of the machine this is.
 */
#ifndef DISPATCH_RUNNER_OS_SOCKET_H
#define DISPATCH_RUNNER_OS_SOCKET_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "lib/err.h"

/*
 * Binds a non-blocking socket at the path, in place of a stale one, with this mode.
 * Returns the descriptor; or -1 with 500 "socket.path" (too long) or "socket.bind". The
 * caller holds the lock of the directory, so that whatever is at the path is nobody's.
 */
int os_listen_stream(const char *path, mode_t mode, struct err *e);
int os_listen_datagram(const char *path, mode_t mode, struct err *e);

/*
 * Takes over the listening socket that we were started with as standard input, with
 * /dev/null in its place. Callers wait in its queue while a runner is started again.
 * Returns the descriptor, non-blocking; -1 when standard input is something else.
 */
int os_inherited_stream(void);

/*
 * Reads a datagram into `text`, with a NUL behind it; a longer one is cut. *passed is the
 * descriptor that came with it, close-on-exec and the caller's, or -1. Returns its bytes,
 * 0 or less when there is none.
 */
ssize_t os_receive(int fd, char *text, size_t size, int *passed);

/* Takes a lock that lasts until the process ends. Returns the descriptor; or -1 with 500
 * "lock.held" when another process has it, "lock.open" when the file cannot be had. */
int os_lock(const char *path, struct err *e);

/* Whether the path still leads to the file whose lock this descriptor is. */
bool os_lock_stands(int fd, const char *path);

/* A text that changes with every boot; the caller frees. "" where the system has none. */
char *os_boot_id(void);

#endif
