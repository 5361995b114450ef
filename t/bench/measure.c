/* See measure.h. */
#include "config.h"

#include "t/bench/measure.h"

#include "lib/buf.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { DRAIN_MAX = 256, DRAIN_BYTES = 65536 };

void
fail(const char *format, ...)
{
	int saved_errno = errno;
	va_list args;
	va_start(args, format);
	fflush(stdout);
	fputs("bench: ", stderr);
	vfprintf(stderr, format, args);
	va_end(args);
	if (saved_errno)
		fprintf(stderr, " (%s)", strerror(saved_errno));
	fputc('\n', stderr);
	exit(1);
}

double
now_us(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec * 1e6 + (double)t.tv_nsec / 1e3;
}

void
sleep_us(double us)
{
	struct timespec t = {.tv_sec = (time_t)(us / 1e6)};
	t.tv_nsec = (long)((us - (double)t.tv_sec * 1e6) * 1e3);
	if (us > 0)
		nanosleep(&t, NULL);
}

/* ---- quantiles ---- */

void
samples_add(struct samples *s, double value)
{
	if (s->count == s->size) {
		s->size = s->size ? s->size * 2 : 256;
		s->values = xrealloc(s->values, (size_t)s->size * sizeof *s->values);
	}
	s->values[s->count++] = value;
}

void
samples_free(struct samples *s)
{
	free(s->values);
	*s = (struct samples){0};
}

static int
ascending(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;
	return (x > y) - (x < y);
}

double
samples_quantile(struct samples *s, double q)
{
	if (s->count == 0)
		return NAN;
	qsort(s->values, (size_t)s->count, sizeof *s->values, ascending);
	return s->values[(int)((s->count - 1) * q + 0.5)];
}

/* ---- descriptors ---- */

void
write_all(int fd, const void *bytes, size_t len)
{
	const char *p = bytes;
	while (len) {
		ssize_t n = write(fd, p, len);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			fail("cannot write");
		p += n;
		len -= (size_t)n;
	}
}

size_t
read_some(int fd, void *to, size_t len)
{
	ssize_t n;
	do
		n = read(fd, to, len);
	while (n < 0 && errno == EINTR);
	if (n == 0)
		errno = 0;
	if (n <= 0)
		fail("a connection ended");
	return (size_t)n;
}

static struct sockaddr_in
loopback(int port)
{
	return (struct sockaddr_in){
		.sin_family = AF_INET,
		.sin_port = htons((uint16_t)port),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	};
}

int
connect_tcp(int port)
{
	struct sockaddr_in to = loopback(port);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), one = 1;
	if (fd < 0 || connect(fd, (struct sockaddr *)&to, sizeof to) != 0)
		fail("cannot connect to port %d", port);
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
	return fd;
}

int
listen_tcp(int *port)
{
	struct sockaddr_in at = loopback(0);
	socklen_t len = sizeof at;
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0 || bind(fd, (struct sockaddr *)&at, sizeof at) != 0 ||
		listen(fd, SOMAXCONN) != 0 ||
		getsockname(fd, (struct sockaddr *)&at, &len) != 0)
		fail("cannot listen");
	*port = ntohs(at.sin_port);
	return fd;
}

/* ---- processes ---- */

pid_t
fork_bound(void)
{
	fflush(stdout);
	pid_t parent = getpid(), pid = fork();
	if (pid < 0)
		fail("cannot fork");
	if (pid > 0)
		return pid;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent)
		_exit(1);
	return 0;
}

static void
drain(const int *fds, int count)
{
	static char bytes[DRAIN_BYTES];
	static struct pollfd polled[DRAIN_MAX];
	for (int i = 0; i < count; i++)
		polled[i] = (struct pollfd){.fd = fds[i], .events = POLLIN};
	while (count == 1 || poll(polled, (nfds_t)count, -1) > 0)
		for (int i = 0; i < count; i++)
			if ((count == 1 || polled[i].revents) &&
				read(fds[i], bytes, sizeof bytes) <= 0)
				_exit(0);
}

pid_t
drain_start(const int *fds, int count)
{
	if (count > DRAIN_MAX)
		fail("too much to drain");
	pid_t pid = fork_bound();
	if (pid != 0)
		return pid;
	drain(fds, count);
	_exit(0);
}

void
end_process(pid_t pid)
{
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
}

pid_t
start_program(const char *const argv[], int in, int out, bool quiet)
{
	pid_t pid = fork_bound();
	if (pid != 0)
		return pid;
	prctl(PR_SET_PDEATHSIG, SIGINT); /* it may have something to tidy up */
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);
	dup2(in >= 0 ? in : null, STDIN_FILENO);
	dup2(out >= 0 ? out : null, STDOUT_FILENO);
	if (quiet)
		dup2(null, STDERR_FILENO);
	execvp(argv[0], (char *const *)argv);
	_exit(127);
}
