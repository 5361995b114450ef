/* See wake.h. */
#include "config.h"

#include "lib/wake.h"

#include "lib/buf.h"
#include "lib/path.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

static bool
address(const struct wake *wake, struct sockaddr_un *to)
{
	*to = (struct sockaddr_un){.sun_family = AF_UNIX};
	int n = snprintf(to->sun_path, sizeof to->sun_path, "%s", wake->path);
	return n > 0 && (size_t)n < sizeof to->sun_path;
}

/* False when the runner is there and has no room for it now. */
static bool
send_text(const struct wake *wake, const char *text, size_t len)
{
	struct sockaddr_un to;
	return wake->fd < 0 || !address(wake, &to) ||
		sendto(wake->fd, text, len, MSG_DONTWAIT | MSG_NOSIGNAL,
			(struct sockaddr *)&to, sizeof to) >= 0 ||
		(errno != EAGAIN && errno != ENOBUFS);
}

static int
open_socket(void)
{
	return socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
}

void
wake_open(struct wake *wake, const char *dir)
{
	*wake = (struct wake){.fd = open_socket(),
		.path = path_join(dir, "run/wake.sock")};
}

void
wake_close(struct wake *wake)
{
	if (wake->fd >= 0)
		close(wake->fd);
	free(wake->path);
	*wake = (struct wake){.fd = -1};
}

void
wake_commands(const struct wake *wake)
{
	send_text(wake, "W", 1);
}

void
wake_tunnels(const struct wake *wake)
{
	send_text(wake, "T", 1);
}

bool
wake_ack(const struct wake *wake, const char *stream, const char *user, int64_t n)
{
	char text[96];
	int len = snprintf(text, sizeof text, "A %s %s %lld", stream, user, (long long)n);
	return send_text(wake, text, (size_t)len);
}

void
wake_workspace(const struct wake *wake, const char *user, const char *workspace,
	const char *type)
{
	char text[96];
	int len = snprintf(text, sizeof text, "S %s %s %s", user, workspace, type);
	send_text(wake, text, (size_t)len);
}

/* As a message with a descriptor in it; unix(7). */
static ssize_t
send_with(int fd, const struct sockaddr_un *to, const char *text, int passed)
{
	_Alignas(struct cmsghdr) char control[CMSG_SPACE(sizeof passed)] = {0};
	struct iovec part = {(char *)text, strlen(text)};
	struct msghdr message = {
		.msg_name = (void *)to,
		.msg_namelen = sizeof *to,
		.msg_iov = &part,
		.msg_iovlen = 1,
	};
	if (passed >= 0) {
		message.msg_control = control;
		message.msg_controllen = sizeof control;
		struct cmsghdr *head = CMSG_FIRSTHDR(&message);
		head->cmsg_level = SOL_SOCKET;
		head->cmsg_type = SCM_RIGHTS;
		head->cmsg_len = CMSG_LEN(sizeof passed);
		memcpy(CMSG_DATA(head), &passed, sizeof passed);
	}
	return sendmsg(fd, &message, MSG_NOSIGNAL);
}

int
wake_watch(const struct wake *wake, const struct wake_watch *w)
{
	static const struct timeval patience = {.tv_sec = 2};
	struct sockaddr_un to;
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	char *text = xasprintf("F %s %s %s %s %d %d %s", w->stream, w->user, w->workspace,
		w->set, w->index, w->count, w->path);
	bool sent = fd >= 0 && address(wake, &to) &&
		setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience) ==
			0 &&
		send_with(fd, &to, text, w->directory) > 0;
	if (fd >= 0)
		close(fd);
	free(text);
	return sent ? 0 : -1;
}

bool
wake_alive(const struct wake *wake)
{
	struct sockaddr_un to;
	int fd = open_socket();
	bool alive = fd >= 0 && address(wake, &to) &&
		connect(fd, (struct sockaddr *)&to, sizeof to) == 0;
	if (fd >= 0)
		close(fd);
	return alive;
}
