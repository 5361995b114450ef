/*
 * See wire.h. Two habits of libfcgi shape this file. A connection that the web server
 * keeps is only in step when the request's body was read to its end, so what a handler
 * did not want is read and thrown away, or the connection given up. And a kept connection
 * occupies its thread while it is idle, so there must be more threads than the web server
 * keeps connections.
 */
#include "config.h"

#include "fcgi/wire.h"

#include "lib/buf.h"

#include <fcgiapp.h>

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

enum { BACKLOG = 512, DRAIN_MAX = 4 * 1024 * 1024 };

struct wire {
	FCGX_Request request;
};

void
wire_init(void)
{
	signal(SIGPIPE, SIG_IGN);
	if (FCGX_Init() != 0)
		abort();
}

static int
bind_path(int fd, const struct sockaddr_un *to)
{
	unlink(to->sun_path);
	mode_t before = umask(0117);
	int rc = bind(fd, (const struct sockaddr *)to, sizeof *to);
	umask(before);
	return rc == 0 ? listen(fd, BACKLOG) : -1;
}

int
wire_listen(const char *path, struct err *e)
{
	struct sockaddr_un to = {.sun_family = AF_UNIX};
	if (strlen(path) >= sizeof to.sun_path)
		return err_set(e, 500, "socket.path", "The socket path %s is too long.",
			path);
	memcpy(to.sun_path, path, strlen(path) + 1);
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd >= 0 && bind_path(fd, &to) == 0)
		return fd;
	err_errno(e, errno, 500, "socket.failed", "Cannot listen on %s", path);
	if (fd >= 0)
		close(fd);
	return -1;
}

bool
wire_is_listening(int fd)
{
	int yes = 0;
	socklen_t size = sizeof yes;
	return getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &yes, &size) == 0 && yes;
}

struct wire *
wire_open(int fd)
{
	struct wire *w = xcalloc(1, sizeof *w);
	if (FCGX_InitRequest(&w->request, fd, FCGI_FAIL_ACCEPT_ON_INTR) != 0)
		abort();
	return w;
}

int
wire_accept(struct wire *w)
{
	return FCGX_Accept_r(&w->request) == 0 ? 0 : -1;
}

char *const *
wire_env(const struct wire *w)
{
	return w->request.envp;
}

size_t
wire_read(struct wire *w, char *to, size_t len)
{
	int n = FCGX_GetStr(to, (int)len, w->request.in);
	return n > 0 ? (size_t)n : 0;
}

/* Reads what is left of the body. */
static void
drain(struct wire *w)
{
	char waste[16384];
	size_t total = 0, n;
	while ((n = wire_read(w, waste, sizeof waste)) == sizeof waste &&
		total < DRAIN_MAX)
		total += n;
	if (n == sizeof waste)
		w->request.keepConnection = 0;
}

void
wire_finish(struct wire *w, const char *bytes, size_t len)
{
	/* Before the answer: nginx stops sending the body when it sees one, and waits. */
	drain(w);
	FCGX_PutStr(bytes, (int)len, w->request.out);
	FCGX_Finish_r(&w->request);
}
