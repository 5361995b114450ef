/* See shim_report.h, and SCM_RIGHTS in unix(7). */
#include "config.h"

#include "runner/shim_report.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { FDS_SIZE = SHIM_REPORT_FDS_MAX * sizeof(int) };

int
shim_report_open(int *ours, int *theirs)
{
	int ends[2], error;

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) == -1)
		return -1;
	if (fcntl(ends[0], F_SETFL, O_NONBLOCK) == -1) {
		error = errno;
		close(ends[0]);
		close(ends[1]);
		errno = error;
		return -1;
	}
	*ours = ends[0];
	*theirs = ends[1];
	return 0;
}

int
shim_report_send(int theirs, const struct shim_report *report, const int *fds,
	size_t count)
{
	_Alignas(struct cmsghdr) char control[CMSG_SPACE(FDS_SIZE)] = {0};
	struct iovec iov = {(void *)(uintptr_t)report, sizeof(*report)};
	struct msghdr message = {.msg_iov = &iov, .msg_iovlen = 1};

	if (count > 0) {
		struct cmsghdr *cmsg = (struct cmsghdr *)(void *)control;

		message.msg_control = control;
		message.msg_controllen = CMSG_SPACE(count * sizeof(int));
		cmsg->cmsg_level = SOL_SOCKET;
		cmsg->cmsg_type = SCM_RIGHTS;
		cmsg->cmsg_len = CMSG_LEN(count * sizeof(int));
		memcpy(CMSG_DATA(cmsg), fds, count * sizeof(int));
	}
	return sendmsg(theirs, &message, MSG_NOSIGNAL) == -1 ? -1 : 0;
}

/* There is room for no more than SHIM_REPORT_FDS_MAX: the kernel drops what is beyond. */
static size_t
collect(struct msghdr *message, int *fds)
{
	struct cmsghdr *cmsg = CMSG_FIRSTHDR(message);
	size_t count;

	if (cmsg == NULL || cmsg->cmsg_level != SOL_SOCKET ||
		cmsg->cmsg_type != SCM_RIGHTS)
		return 0;
	count = (cmsg->cmsg_len - CMSG_LEN(0)) / sizeof(int);
	memcpy(fds, CMSG_DATA(cmsg), count * sizeof(int));
	return count;
}

static size_t
expected(enum shim_news news)
{
	return news == SHIM_NEWS_TERMINAL ? 2 : news == SHIM_NEWS_GATE ? 1 : 0;
}

int
shim_report_receive(int ours, struct shim_report *report, int fds[SHIM_REPORT_FDS_MAX])
{
	_Alignas(struct cmsghdr) char control[CMSG_SPACE(FDS_SIZE)];
	struct iovec iov = {report, sizeof(*report)};
	struct msghdr message = {.msg_iov = &iov,
		.msg_iovlen = 1,
		.msg_control = control,
		.msg_controllen = sizeof(control)};
	size_t count;
	ssize_t n;

	for (size_t i = 0; i < SHIM_REPORT_FDS_MAX; i++)
		fds[i] = -1;
	n = recvmsg(ours, &message, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
	if (n <= 0)
		return n == -1 && (errno == EAGAIN || errno == EINTR) ? 0 : -1;
	count = collect(&message, fds);
	if (n == sizeof(*report) && !(message.msg_flags & (MSG_TRUNC | MSG_CTRUNC)) &&
		count == expected(report->news))
		return 1;
	for (size_t i = 0; i < count; i++) {
		close(fds[i]);
		fds[i] = -1;
	}
	*report = (struct shim_report){.news = SHIM_NEWS_FAILED,
		.step = SHIM_STEP_PTY,
		.error = EMFILE};
	return 1;
}
