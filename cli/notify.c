/* See notify.h. The address is a path, or, with '@' before it, an abstract name. */
#include "config.h"

#include "cli/notify.h"

#include "lib/buf.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

static const char variable[] = "NOTIFY_SOCKET";

void
notify_open(struct notify *notify)
{
	notify->address = xstrdup(getenv(variable));
	unsetenv(variable);
}

void
notify_close(struct notify *notify)
{
	free(notify->address);
	notify->address = NULL;
}

bool
notify_send(const struct notify *notify, const char *line)
{
	struct sockaddr_un to = {.sun_family = AF_UNIX};
	size_t n = notify->address ? strlen(notify->address) : 0;
	if (n < 2 || n >= sizeof to.sun_path)
		return false;
	memcpy(to.sun_path, notify->address, n);
	if (to.sun_path[0] == '@')
		to.sun_path[0] = '\0';
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	bool sent = fd >= 0 &&
		sendto(fd, line, strlen(line), MSG_NOSIGNAL, (struct sockaddr *)&to,
			(socklen_t)(offsetof(struct sockaddr_un, sun_path) + n)) >= 0;
	if (fd >= 0)
		close(fd);
	return sent;
}
