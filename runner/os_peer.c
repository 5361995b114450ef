/* Peer credentials, taken by the kernel when the connection was made. */
#include "config.h"

#include "runner/os_peer.h"

#include <sys/socket.h>
#include <unistd.h>

bool
os_peer_is_me(int socket)
{
	struct ucred cred;
	socklen_t len = sizeof(cred);

	if (getsockopt(socket, SOL_SOCKET, SO_PEERCRED, &cred, &len) == -1)
		return false;
	return len == sizeof(cred) && cred.uid == geteuid();
}
