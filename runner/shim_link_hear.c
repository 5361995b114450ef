/*
 * What the shim says. A frame is checked in shim_view_parse() before it is read; a fact
 * that cannot be breaks the link. Descriptors come only with WELCOME and STARTED; any
 * others are closed.
 */
#include "config.h"

#include "runner/shim_link_parts.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>

#include <event2/event.h>

enum { FRAME_FROM_SHIM_MAX = 4096 };

/* Descriptors of one message, owned until taken. */
struct received {
	int fds[SHIM_FDS_MAX];
	size_t count, used;
};

static int
take_fd(struct received *received)
{
	int fd;

	if (received->used == received->count)
		return -1;
	fd = received->fds[received->used];
	received->fds[received->used++] = -1;
	return fd;
}

static void
close_received(struct received *received)
{
	for (size_t i = 0; i < received->count; i++)
		link_close_fd(&received->fds[i]);
}

static void
read_state(const struct shim_view *frame, struct shim_welcome *welcome)
{
	size_t len = 0;
	const unsigned char *nonce = shim_view_bytes(frame, SHIM_F_NONCE, &len);

	*welcome = (struct shim_welcome){
		.state = (enum shim_state)shim_view_number(frame, SHIM_F_STATE, 99),
		.head = shim_view_number(frame, SHIM_F_HEAD, 0),
		.acked = shim_view_number(frame, SHIM_F_ACKED, 0),
		.input_done = shim_view_number(frame, SHIM_F_INPUT_DONE, 0),
		.input_next = shim_view_number(frame, SHIM_F_INPUT_NEXT, 0),
		.pid = (pid_t)shim_view_number(frame, SHIM_F_PID, 0),
		.mode = (enum shim_mode)shim_view_number(frame, SHIM_F_MODE, 0),
	};
	if (nonce != NULL && len == SHIM_NONCE_SIZE)
		memcpy(welcome->nonce, nonce, len);
}

static void
hear_welcome(struct shim_link *link, const struct shim_view *frame,
	struct received *received)
{
	struct shim_welcome welcome;

	read_state(frame, &welcome);
	if (link->welcomed || shim_view_number(frame, SHIM_F_FDS, 0) != SHIM_FD_RING ||
		welcome.state > SHIM_EXITED || welcome.mode > SHIM_MODE_PIPES)
		goto broken;
	link->ring_fd = take_fd(received);
	if (link->ring_fd == -1 || link_map_ring(link) == -1)
		goto broken;
	link->welcomed = true;
	event_del(link->timer);
	link->version = shim_view_number(frame, SHIM_F_VERSION, 0);
	link->state = welcome.state;
	link->pid = welcome.pid;
	link->input_next = welcome.input_next;
	link->queued = shim_view_number(frame, SHIM_F_QUEUED, 0);
	link->taken = shim_view_number(frame, SHIM_F_TAKEN, 0);
	if (link->taken > link->queued)
		goto broken;
	if (welcome.state != SHIM_IDLE)
		link_begin_ring(link, welcome.acked);
	if (link->handlers.welcome != NULL && !link->lost_due)
		link->handlers.welcome(link->ctx, &welcome);
	return;
broken:
	link_lose(link, SHIM_LOST_BROKEN,
		"What listens at %s does not behave like a shim.", link->conf.path);
}

static void
hear_started(struct shim_link *link, const struct shim_view *frame,
	struct received *received)
{
	uint64_t which = shim_view_number(frame, SHIM_F_FDS, 0);

	if (link->state ==
		SHIM_IDLE) /* our own START; else the ring began with WELCOME */
		link_begin_ring(link, link->start_base);
	link->state = SHIM_RUNNING;
	link->pid = (pid_t)shim_view_number(frame, SHIM_F_PID, 0);
	if ((which & SHIM_FD_MASTER) && link->master == -1)
		link->master = take_fd(received);
	if (link->handlers.started != NULL && !link->lost_due)
		link->handlers.started(link->ctx, link->pid);
}

static void
hear_failed(struct shim_link *link, const struct shim_view *frame)
{
	struct shim_failure failure = {
		.step = (enum shim_step)shim_view_number(frame, SHIM_F_STEP, 0),
		.error = (int)shim_view_number(frame, SHIM_F_ERRNO, 0),
	};

	link->state = SHIM_FAILED_TO_START;
	if (link->handlers.failed != NULL)
		link->handlers.failed(link->ctx, &failure);
}

static void
hear_input_done(struct shim_link *link, const struct shim_view *frame)
{
	uint64_t taken = shim_view_number(frame, SHIM_F_TAKEN, 0);

	if (taken < link->taken || taken > link->queued) {
		link_lose(link, SHIM_LOST_BROKEN,
			"The shim at %s took input that it was not given.",
			link->conf.path);
		return;
	}
	link->taken = taken;
	if (link->handlers.input_done != NULL)
		link->handlers.input_done(link->ctx,
			shim_view_number(frame, SHIM_F_K, 0));
}

static void
hear_exit(struct shim_link *link, const struct shim_view *frame)
{
	struct shim_exit exit = {
		.code = (int)shim_view_number(frame, SHIM_F_CODE, UINT64_MAX),
		.signal = (int)shim_view_number(frame, SHIM_F_SIGNAL, 0),
		.head = shim_view_number(frame, SHIM_F_HEAD, 0),
		.input_done = shim_view_number(frame, SHIM_F_INPUT_DONE, 0),
		.left = shim_view_number(frame, SHIM_F_LEFT, 0) != 0,
	};

	link_look_at_head(link);
	if (exit.head != link->head) {
		link_lose(link, SHIM_LOST_BROKEN,
			"The shim at %s told two ends of one output.", link->conf.path);
		return;
	}
	link->state = SHIM_EXITED;
	if (link->handlers.exited != NULL)
		link->handlers.exited(link->ctx, &exit);
}

static void
hear_error(struct shim_link *link, const struct shim_view *frame)
{
	struct shim_error error = {
		.reason = (enum shim_reason)shim_view_number(frame, SHIM_F_REASON, 0),
		.k = shim_view_number(frame, SHIM_F_K, 0),
		.expect = shim_view_number(frame, SHIM_F_EXPECT, 0),
	};

	if (link->handlers.error != NULL)
		link->handlers.error(link->ctx, &error);
}

static void
hear_stat(struct shim_link *link, const struct shim_view *frame)
{
	struct shim_welcome stat;

	read_state(frame, &stat);
	if (link->handlers.stat != NULL)
		link->handlers.stat(link->ctx, &stat);
}

static void
hear_refusal(struct shim_link *link, const struct shim_view *frame)
{
	switch (shim_view_number(frame, SHIM_F_REASON, 0)) {
	case SHIM_REASON_GENERATION:
		link_lose(link, SHIM_LOST_FENCED,
			"The shim at %s belongs to a newer runner.", link->conf.path);
		break;
	case SHIM_REASON_VERSION:
		link_lose(link, SHIM_LOST_REFUSED,
			"The shim at %s speaks another version.", link->conf.path);
		break;
	default:
		link_lose(link, SHIM_LOST_REFUSED,
			"The shim at %s does not know our cookie.", link->conf.path);
	}
}

static void
hear(struct shim_link *link, const struct shim_view *frame, struct received *received)
{
	switch (frame->type) {
	case SHIM_WELCOME:
		hear_welcome(link, frame, received);
		return;
	case SHIM_REFUSED:
		hear_refusal(link, frame);
		return;
	case SHIM_FENCED:
		link_lose(link, SHIM_LOST_FENCED,
			"A newer connection took over the shim at %s.", link->conf.path);
		return;
	default:
		break;
	}
	if (!link->welcomed)
		return;
	switch (frame->type) {
	case SHIM_STARTED:
		hear_started(link, frame, received);
		break;
	case SHIM_FAILED:
		hear_failed(link, frame);
		break;
	case SHIM_DATA:
		link_announce_data(link);
		break;
	case SHIM_INPUT_DONE:
		hear_input_done(link, frame);
		break;
	case SHIM_EXIT:
		hear_exit(link, frame);
		break;
	case SHIM_STAT:
		hear_stat(link, frame);
		break;
	case SHIM_ERROR:
		hear_error(link, frame);
		break;
	default:
		break; /* from a newer shim */
	}
}

/* Received descriptors beyond SHIM_FDS_MAX are cut off by the kernel, which closes them.
 */
static void
collect_fds(struct msghdr *message, struct received *received)
{
	struct cmsghdr *cmsg = CMSG_FIRSTHDR(message);

	for (; cmsg != NULL; cmsg = CMSG_NXTHDR(message, cmsg)) {
		if (cmsg->cmsg_level != SOL_SOCKET || cmsg->cmsg_type != SCM_RIGHTS)
			continue;
		received->count = (cmsg->cmsg_len - CMSG_LEN(0)) / sizeof(int);
		memcpy(received->fds, CMSG_DATA(cmsg), received->count * sizeof(int));
	}
}

/* 1: a message was handled; 0: nothing there, or lost. */
int
link_receive(struct shim_link *link)
{
	_Alignas(8) unsigned char bytes[FRAME_FROM_SHIM_MAX];
	_Alignas(struct cmsghdr) char control[CMSG_SPACE(SHIM_FDS_MAX * sizeof(int))];
	struct iovec iov = {.iov_base = bytes, .iov_len = sizeof(bytes)};
	struct msghdr message = {.msg_iov = &iov,
		.msg_iovlen = 1,
		.msg_control = control,
		.msg_controllen = sizeof(control)};
	struct received received = {.count = 0};
	struct shim_view frame;
	ssize_t n;

	n = recvmsg(link->socket, &message, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
	if (n == -1 && (errno == EAGAIN || errno == EINTR))
		return 0;
	if (n <= 0) {
		link_lose(link, link->exit_acked ? SHIM_LOST_LEFT : SHIM_LOST_PEER_GONE,
			link->exit_acked ? "The shim at %s left."
					 : "The shim at %s hung up.",
			link->conf.path);
		return 0;
	}
	collect_fds(&message, &received);
	if ((message.msg_flags & (MSG_TRUNC | MSG_CTRUNC)) ||
		shim_view_parse(&frame, bytes, (size_t)n) == -1)
		link_lose(link, SHIM_LOST_BROKEN, "The shim at %s sent no frame.",
			link->conf.path);
	else
		hear(link, &frame, &received);
	close_received(&received);
	return 1;
}
