/*
 * Frames to and from a socket. Descriptors are sent, never received: recv() without room
 * for them makes the kernel drop them.
 */
#include "config.h"

#include "runner/shim_socket.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "runner/shim.h"
#include "runner/shim_frame.h"

int
shim_socket_send(int conn, struct shim_frame *frame, const int *fds, size_t nfds)
{
	_Alignas(struct cmsghdr) char control[CMSG_SPACE(SHIM_FDS_MAX * sizeof(int))] = {
		0};
	struct iovec iov = {.iov_base = frame->bytes, .iov_len = shim_frame_end(frame)};
	struct msghdr message = {.msg_iov = &iov, .msg_iovlen = 1};

	if (nfds > 0) {
		struct cmsghdr *cmsg = (struct cmsghdr *)control;

		message.msg_control = control;
		message.msg_controllen = CMSG_SPACE(nfds * sizeof(int));
		cmsg->cmsg_level = SOL_SOCKET;
		cmsg->cmsg_type = SCM_RIGHTS;
		cmsg->cmsg_len = CMSG_LEN(nfds * sizeof(int));
		memcpy(CMSG_DATA(cmsg), fds, nfds * sizeof(int));
	}
	if (sendmsg(conn, &message, MSG_DONTWAIT | MSG_NOSIGNAL) >= 0)
		return 0;
	return errno == EAGAIN || errno == ENOBUFS || errno == EINTR ? 1 : -1;
}

void
shim_socket_begin(struct shim *shim, struct shim_frame *frame, enum shim_frame_type type)
{
	shim_frame_begin(frame, shim->talk.out, sizeof(shim->talk.out), type, 0);
}

int
shim_socket_receive(struct shim_talk *talk, int conn, struct shim_view *frame)
{
	ssize_t n = recv(conn, talk->in, sizeof(talk->in), MSG_DONTWAIT | MSG_TRUNC);

	if (n == -1 && (errno == EAGAIN || errno == EINTR))
		return 0;
	if (n <= 0 || (size_t)n > sizeof(talk->in))
		return -1;
	return shim_view_parse(frame, talk->in, (size_t)n) == -1 ? -1 : 1;
}

void
shim_socket_hang_up(struct shim_talk *talk)
{
	if (talk->conn != -1)
		close(talk->conn);
	talk->conn = -1;
	talk->blocked = false;
	talk->facts = 0;
}
