/*
 * See wire.h. Three habits of libfcgi shape this file. A connection that the web server
 * keeps is only in step when the request's body was read to its end, so what a handler
 * did not want is read and thrown away, or the connection given up. A kept connection
 * occupies its thread while it is idle, so there must be more threads than the web server
 * keeps connections. And it writes in pieces of 8 KiB, each of which wakes the web
 * server; so an answer's records are written here, all but the largest with one call.
 */
#include "config.h"

#include "fcgi/wire.h"

#include "lib/buf.h"
#include "lib/clock.h"

#include <fastcgi.h>
#include <fcgiapp.h>

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <unistd.h>

enum {
	BACKLOG = 512,
	DRAIN_MAX = 64 * 1024 * 1024,
	DRAIN_MS = 1000,           /* that we wait for what nobody wants, */
	DRAIN_BYTES_PER_MS = 4096, /* and longer while it comes as quickly as this */
};

struct wire {
	FCGX_Request request;
	int64_t left; /* bytes of the body that nobody has read yet */
	bool drained;
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
	if (FCGX_Accept_r(&w->request) != 0)
		return -1;
	const char *length = FCGX_GetParam("CONTENT_LENGTH", w->request.envp);
	w->left = length ? strtoll(length, NULL, 10) : 0;
	w->drained = false;
	return 0;
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
	w->left -= n > 0 ? n : 0;
	return n > 0 ? (size_t)n : 0;
}

static void
set_patience(const struct wire *w, int ms)
{
	const struct timeval wait = {ms / 1000, ms % 1000 * 1000};
	setsockopt(w->request.ipcFd, SOL_SOCKET, SO_RCVTIMEO, &wait, sizeof wait);
}

/* Reads what is left of the body, as long as it comes quickly: whoever was refused must
 * not be able to hold a thread with it. */
static void
drain(struct wire *w)
{
	char waste[16384];
	int64_t end = clock_monotonic() + DRAIN_MS;
	size_t total = 0, n;
	if (w->drained)
		return;
	w->drained = true;
	bool wait = w->left > 0;
	if (wait)
		set_patience(w, DRAIN_MS);
	while ((n = wire_read(w, waste, sizeof waste)) == sizeof waste &&
		total < DRAIN_MAX && clock_monotonic() < end) {
		total += n;
		end += (int64_t)(n / DRAIN_BYTES_PER_MS);
	}
	if (wait)
		set_patience(w, 0);
	if (n == sizeof waste || FCGX_GetError(w->request.in) != 0)
		w->request.keepConnection = 0;
}

/* Returns 0, or -1 when the web server does not listen any more. */
static int
write_all(int fd, struct iovec *part, int count)
{
	while (count) {
		ssize_t n = writev(fd, part, count);
		if (n < 0 && errno != EINTR)
			return -1;
		for (; count && n >= (ssize_t)part->iov_len; part++, count--)
			n -= (ssize_t)part->iov_len;
		if (count && n > 0) {
			part->iov_base = (char *)part->iov_base + n;
			part->iov_len -= (size_t)n;
		}
	}
	return 0;
}

static FCGI_Header
header_of(const struct wire *w, int type, size_t len)
{
	return (FCGI_Header){
		.version = FCGI_VERSION_1,
		.type = (unsigned char)type,
		.requestIdB1 = (unsigned char)(w->request.requestId >> 8),
		.requestIdB0 = (unsigned char)w->request.requestId,
		.contentLengthB1 = (unsigned char)(len >> 8),
		.contentLengthB0 = (unsigned char)len,
	};
}

int
wire_write(struct wire *w, const char *bytes, size_t len)
{
	/* Before the answer: nginx stops sending the body when it sees one, and waits. */
	drain(w);
	while (len) {
		size_t n = len < FCGI_MAX_LENGTH ? len : FCGI_MAX_LENGTH;
		FCGI_Header head = header_of(w, FCGI_STDOUT, n);
		struct iovec parts[] = {{&head, sizeof head}, {(char *)bytes, n}};
		if (write_all(w->request.ipcFd, parts, 2) != 0)
			return -1;
		bytes += n;
		len -= n;
	}
	return 0;
}

/* The rest of the answer in records, the last one together with what ends the request. */
static int
write_answer(struct wire *w, const char *bytes, size_t len)
{
	struct {
		FCGI_Header output;
		FCGI_EndRequestRecord request;
	} end = {
		header_of(w, FCGI_STDOUT, 0),
		{.header = header_of(w, FCGI_END_REQUEST, sizeof(FCGI_EndRequestBody))},
	};
	size_t last = len < FCGI_MAX_LENGTH ? len : FCGI_MAX_LENGTH;
	FCGI_Header head = header_of(w, FCGI_STDOUT, last);
	struct iovec parts[] = {
		{&head, sizeof head},
		{(char *)bytes + len - last, last},
		{&end, sizeof end},
	};
	if (wire_write(w, bytes, len - last) != 0)
		return -1;
	/* An empty record would end the output before its end. */
	return last ? write_all(w->request.ipcFd, parts, 3)
		    : write_all(w->request.ipcFd, parts + 2, 1);
}

void
wire_finish(struct wire *w, const char *bytes, size_t len)
{
	int rc = write_answer(w, bytes, len);
	FCGX_Free(&w->request, rc != 0 || !w->request.keepConnection);
}

void
wire_break(struct wire *w)
{
	FCGX_Free(&w->request, 1);
}
