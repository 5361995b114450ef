/*
 * Who is at the other end of a unix socket (Linux: SO_PEERCRED, unix(7)).
 */
#ifndef RUNNER_OS_PEER_H
#define RUNNER_OS_PEER_H

#include <stdbool.h>

/* Does the peer run (or listen) as the same effective user as we do? False when
 * unknown. */
bool os_peer_is_me(int socket);

#endif
