/*
 * The socket. One connection is the runner's; a few guests may wait that have not said
 * HELLO yet. Every order is checked here before anything is done.
 *
 * What the runner must be told is a set of facts, not a queue of messages: a fact stays
 * due until the socket takes it and is written as it is then. So nothing can pile up
 * here, and a runner that reconnects is told all that matters.
 *
 * Descriptors are sent, never received: recv() without room for them makes the kernel
 * drop them.
 */
#include "config.h"

#include "runner/shim.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "runner/os_peer.h"
#include "runner/os_pty.h"
#include "runner/shim_frame.h"

enum { SHIM_FRAMES_PER_TURN = 16 };

/* 0 sent, 1 the socket is full, -1 the connection is useless. */
static int
send_frame(int conn, struct shim_frame *frame, const int *fds, size_t nfds)
{
	_Alignas(struct cmsghdr) char control[CMSG_SPACE(SHIM_FDS_MAX * sizeof(int))] = {
		0};
	struct iovec iov = {.iov_base = frame->bytes, .iov_len = shim_frame_end(frame)};
	struct msghdr message = {.msg_iov = &iov, .msg_iovlen = 1};

	if (nfds > 0) {
		struct cmsghdr *cmsg;

		message.msg_control = control;
		message.msg_controllen = CMSG_SPACE(nfds * sizeof(int));
		cmsg = CMSG_FIRSTHDR(&message);
		cmsg->cmsg_level = SOL_SOCKET;
		cmsg->cmsg_type = SCM_RIGHTS;
		cmsg->cmsg_len = CMSG_LEN(nfds * sizeof(int));
		memcpy(CMSG_DATA(cmsg), fds, nfds * sizeof(int));
	}
	if (sendmsg(conn, &message, MSG_DONTWAIT | MSG_NOSIGNAL) >= 0)
		return 0;
	return errno == EAGAIN || errno == ENOBUFS || errno == EINTR ? 1 : -1;
}

static void
begin(struct shim *shim, struct shim_frame *frame, enum shim_frame_type type)
{
	shim_frame_begin(frame, shim->talk.out, sizeof(shim->talk.out), type, 0);
}

static void
hang_up(struct shim_talk *talk)
{
	if (talk->conn != -1)
		close(talk->conn);
	talk->conn = -1;
	talk->blocked = false;
	talk->facts = 0;
}

static void
put_end(struct shim_frame *frame, const struct shim_child *child)
{
	if (child->reaped) {
		shim_frame_number(frame, SHIM_F_CODE, (uint64_t)child->code);
		shim_frame_number(frame, SHIM_F_SIGNAL, (uint64_t)child->signal);
	}
	shim_frame_number(frame, SHIM_F_LEFT, child->left);
}

static void
put_failure(struct shim_frame *frame, const struct shim_child *child)
{
	shim_frame_number(frame, SHIM_F_STEP, child->failed_step);
	shim_frame_number(frame, SHIM_F_ERRNO, (uint64_t)child->failed_errno);
}

static void
put_state(struct shim_frame *frame, const struct shim *shim)
{
	shim_frame_number(frame, SHIM_F_VERSION, SHIM_VERSION);
	shim_frame_number(frame, SHIM_F_STATE, shim->state);
	shim_frame_number(frame, SHIM_F_GENERATION, shim->talk.generation);
	shim_frame_number(frame, SHIM_F_HEAD, shim->ring.head);
	shim_frame_number(frame, SHIM_F_ACKED, shim->ring.acked);
	shim_frame_number(frame, SHIM_F_INPUT_DONE, shim->input.done);
	shim_frame_number(frame, SHIM_F_INPUT_NEXT, shim->input.next);
	shim_frame_number(frame, SHIM_F_QUEUED, shim->input.queued);
	shim_frame_number(frame, SHIM_F_TAKEN, shim->input.taken);
	shim_frame_number(frame, SHIM_F_PID, (uint64_t)shim->child.pid);
	shim_frame_number(frame, SHIM_F_MODE, shim->child.mode);
	shim_frame_bytes(frame, SHIM_F_NONCE, shim->child.nonce, SHIM_NONCE_SIZE);
	if (shim->state == SHIM_EXITED)
		put_end(frame, &shim->child);
	if (shim->state == SHIM_FAILED_TO_START)
		put_failure(frame, &shim->child);
}

static int
send_welcome(struct shim *shim)
{
	struct shim_frame frame;

	begin(shim, &frame, SHIM_WELCOME);
	put_state(&frame, shim);
	shim_frame_number(&frame, SHIM_F_FDS, SHIM_FD_RING);
	return send_frame(shim->talk.conn, &frame, &shim->ring.fd, 1);
}

static int
send_started(struct shim *shim)
{
	struct shim_child *child = &shim->child;
	struct shim_frame frame;
	uint64_t which = 0;
	if (child->master != -1)
		which |= SHIM_FD_MASTER;
	begin(shim, &frame, SHIM_STARTED);
	shim_frame_number(&frame, SHIM_F_PID, (uint64_t)child->pid);
	shim_frame_number(&frame, SHIM_F_FDS, which);
	return send_frame(shim->talk.conn, &frame, &child->master, which ? 1 : 0);
}

static int
send_failed(struct shim *shim)
{
	struct shim_frame frame;

	begin(shim, &frame, SHIM_FAILED);
	put_failure(&frame, &shim->child);
	return send_frame(shim->talk.conn, &frame, NULL, 0);
}

static int
send_input_done(struct shim *shim)
{
	struct shim_frame frame;

	begin(shim, &frame, SHIM_INPUT_DONE);
	shim_frame_number(&frame, SHIM_F_K, shim->input.done);
	shim_frame_number(&frame, SHIM_F_TAKEN, shim->input.taken);
	return send_frame(shim->talk.conn, &frame, NULL, 0);
}

/* Only when the runner has handled all it was told of; ACK makes this fact due again. */
static int
send_data(struct shim *shim)
{
	struct shim_talk *talk = &shim->talk;
	struct shim_frame frame;
	int result;

	if (shim->ring.head == talk->told_head || shim->ring.acked < talk->told_head)
		return 0;
	begin(shim, &frame, SHIM_DATA);
	shim_frame_number(&frame, SHIM_F_HEAD, shim->ring.head);
	result = send_frame(talk->conn, &frame, NULL, 0);
	if (result == 0)
		talk->told_head = shim->ring.head;
	return result;
}

static int
send_exit(struct shim *shim)
{
	struct shim_frame frame;

	begin(shim, &frame, SHIM_EXIT);
	put_end(&frame, &shim->child);
	shim_frame_number(&frame, SHIM_F_HEAD, shim->ring.head);
	shim_frame_number(&frame, SHIM_F_INPUT_DONE, shim->input.done);
	return send_frame(shim->talk.conn, &frame, NULL, 0);
}

static int
send_stat(struct shim *shim)
{
	struct shim_frame frame;

	begin(shim, &frame, SHIM_STAT);
	put_state(&frame, shim);
	return send_frame(shim->talk.conn, &frame, NULL, 0);
}

static int
send_error(struct shim *shim)
{
	struct shim_frame frame;

	begin(shim, &frame, SHIM_ERROR);
	shim_frame_number(&frame, SHIM_F_REASON, shim->talk.error.reason);
	shim_frame_number(&frame, SHIM_F_K, shim->talk.error.k);
	shim_frame_number(&frame, SHIM_F_EXPECT, shim->talk.error.expect);
	return send_frame(shim->talk.conn, &frame, NULL, 0);
}

/* In the order in which the runner must hear of them. */
static const struct {
	enum shim_fact fact;
	int (*send)(struct shim *);
} facts[] = {
	{FACT_WELCOME, send_welcome},
	{FACT_STARTED, send_started},
	{FACT_FAILED, send_failed},
	{FACT_INPUT_DONE, send_input_done},
	{FACT_DATA, send_data},
	{FACT_EXIT, send_exit},
	{FACT_STAT, send_stat},
	{FACT_ERROR, send_error},
};

void
shim_talk_flush(struct shim *shim)
{
	struct shim_talk *talk = &shim->talk;

	talk->blocked = false;
	for (size_t i = 0; i < sizeof(facts) / sizeof(facts[0]); i++) {
		int result;

		if (talk->conn == -1 || !(talk->facts & facts[i].fact))
			continue;
		if (facts[i].fact == FACT_DATA && shim->state == SHIM_STARTING)
			continue; /* STARTED comes first */
		result = facts[i].send(shim);
		if (result == -1) {
			hang_up(talk);
			return;
		}
		if (result == 1) {
			talk->blocked = true;
			return;
		}
		talk->facts &= ~(unsigned int)facts[i].fact;
	}
}

static void
complain(struct shim *shim, enum shim_reason reason, uint64_t k)
{
	shim->talk.error.reason = reason;
	shim->talk.error.k = k;
	shim->talk.error.expect = shim->input.next;
	shim->talk.facts |= FACT_ERROR;
}

static bool
is_alive(const struct shim *shim)
{
	return shim->state == SHIM_STARTING || shim->state == SHIM_RUNNING;
}

/* What is true now, for a runner that knows nothing. */
static unsigned int
present_facts(const struct shim *shim)
{
	switch (shim->state) {
	case SHIM_RUNNING:
		return FACT_STARTED | FACT_DATA;
	case SHIM_FAILED_TO_START:
		return FACT_FAILED;
	case SHIM_EXITED:
		return FACT_DATA | FACT_EXIT;
	case SHIM_IDLE:
	case SHIM_STARTING:
		break;
	}
	return 0;
}

static void
take_start(struct shim *shim, const struct shim_view *frame)
{
	size_t len = 0;
	const unsigned char *nonce = shim_view_bytes(frame, SHIM_F_NONCE, &len);

	if (nonce == NULL || len != SHIM_NONCE_SIZE) {
		complain(shim, SHIM_REASON_RANGE, 0);
	} else if (shim->state == SHIM_IDLE) {
		memcpy(shim->child.nonce, nonce, len);
		shim_child_start(shim, frame);
		shim->talk.told_head = shim->ring.head;
	} else if (memcmp(shim->child.nonce, nonce, len) == 0) {
		shim->talk.facts |= present_facts(shim);
	} else {
		complain(shim, SHIM_REASON_STATE, 0);
	}
}

static void
take_ack(struct shim *shim, const struct shim_view *frame)
{
	uint64_t offset = shim_view_number(frame, SHIM_F_OFFSET, UINT64_MAX);

	if (shim_ring_ack(&shim->ring, offset) == -1)
		complain(shim, SHIM_REASON_RANGE, 0);
	else
		shim->talk.facts |= FACT_DATA;
}

static void
take_input(struct shim *shim, const struct shim_view *frame)
{
	struct shim_input *input = &shim->input;
	uint64_t k = shim_view_number(frame, SHIM_F_K, 0);
	size_t len = 0;
	const unsigned char *bytes = shim_view_bytes(frame, SHIM_F_BYTES, &len);

	if (!is_alive(shim))
		complain(shim, SHIM_REASON_STATE, k);
	else if (k != 0 && k <= input->done)
		shim->talk.facts |= FACT_INPUT_DONE;
	else if (k != 0 && k < input->next)
		return; /* it waits already */
	else if (k > input->next)
		complain(shim, SHIM_REASON_GAP, k);
	else if (len > SHIM_INPUT_MAX)
		complain(shim, SHIM_REASON_RANGE, k);
	else if (!shim_input_fits(input, len))
		complain(shim, SHIM_REASON_FULL, k);
	else
		shim_input_put(input, k, bytes, len);
}

static void
take_resize(struct shim *shim, const struct shim_view *frame)
{
	uint64_t cols = shim_view_number(frame, SHIM_F_COLS, 0);
	uint64_t rows = shim_view_number(frame, SHIM_F_ROWS, 0);

	if (cols < 1 || cols > UINT16_MAX || rows < 1 || rows > UINT16_MAX)
		complain(shim, SHIM_REASON_RANGE, 0);
	else if (shim->child.master == -1)
		complain(shim, SHIM_REASON_STATE, 0);
	else
		os_pty_resize(shim->child.master, (unsigned int)cols, (unsigned int)rows);
}

static void
take_signal(struct shim *shim, const struct shim_view *frame)
{
	uint64_t number = shim_view_number(frame, SHIM_F_NUMBER, 0);

	if (number < 1 || number >= NSIG)
		complain(shim, SHIM_REASON_RANGE, 0);
	else if (!is_alive(shim))
		complain(shim, SHIM_REASON_STATE, 0);
	else
		shim_child_signal(shim, (int)number);
}

static void
take_exit_ack(struct shim *shim)
{
	if (shim->state == SHIM_EXITED || shim->state == SHIM_FAILED_TO_START)
		shim_leave(shim);
	complain(shim, SHIM_REASON_STATE, 0);
}

static void
take(struct shim *shim, const struct shim_view *frame)
{
	switch (frame->type) {
	case SHIM_START:
		take_start(shim, frame);
		break;
	case SHIM_ACK:
		take_ack(shim, frame);
		break;
	case SHIM_INPUT:
		take_input(shim, frame);
		break;
	case SHIM_RESIZE:
		take_resize(shim, frame);
		break;
	case SHIM_SIGNAL:
		take_signal(shim, frame);
		break;
	case SHIM_CLOSE:
		shim_child_close(shim,
			shim_view_number(frame, SHIM_F_GRACE, SHIM_GRACE_MS));
		break;
	case SHIM_EXIT_ACK:
		take_exit_ack(shim);
		break;
	case SHIM_STAT:
		shim->talk.facts |= FACT_STAT;
		break;
	default:
		break; /* from a newer runner */
	}
}

/* 1: a frame; 0: nothing there; -1: hang up. */
static int
receive(struct shim_talk *talk, int conn, struct shim_view *frame)
{
	ssize_t n = recv(conn, talk->in, sizeof(talk->in), MSG_DONTWAIT | MSG_TRUNC);

	if (n == -1 && (errno == EAGAIN || errno == EINTR))
		return 0;
	if (n <= 0 || (size_t)n > sizeof(talk->in))
		return -1;
	return shim_view_parse(frame, talk->in, (size_t)n) == -1 ? -1 : 1;
}

void
shim_talk_read(struct shim *shim)
{
	struct shim_talk *talk = &shim->talk;
	struct shim_view frame;

	for (int i = 0; i < SHIM_FRAMES_PER_TURN && talk->conn != -1; i++) {
		int result = receive(talk, talk->conn, &frame);

		if (result == -1)
			hang_up(talk);
		if (result != 1)
			return;
		take(shim, &frame);
	}
}

static void
dismiss(struct shim_guest *guest)
{
	close(guest->fd);
	guest->fd = -1;
}

void
shim_talk_accept(struct shim *shim)
{
	struct shim_talk *talk = &shim->talk;

	for (int i = 0; i < SHIM_GUESTS; i++) {
		struct shim_guest *guest = &talk->guests[i];

		if (guest->fd != -1)
			continue;
		guest->fd =
			accept4(talk->listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
		if (guest->fd == -1)
			return;
		guest->until = shim->now + SHIM_HELLO_LIMIT_MS;
		guest->parent = false;
		if (!os_peer_is_me(guest->fd))
			dismiss(guest);
		return;
	}
}

void
shim_talk_expire(struct shim *shim)
{
	for (int i = 0; i < SHIM_GUESTS; i++)
		if (shim->talk.guests[i].fd != -1 &&
			shim->now >= shim->talk.guests[i].until)
			dismiss(&shim->talk.guests[i]);
}

/* Takes as long for a wrong cookie as for a right one. */
static bool
same_cookie(const unsigned char *a, const unsigned char *b)
{
	unsigned int differs = 0;

	for (int i = 0; i < SHIM_COOKIE_SIZE; i++)
		differs |= (unsigned int)(a[i] ^ b[i]);
	return differs == 0;
}

/* 0: welcome. */
static enum shim_reason
judge(struct shim_talk *talk, const struct shim_guest *guest,
	const struct shim_view *hello)
{
	size_t len = 0;
	const unsigned char *cookie = shim_view_bytes(hello, SHIM_F_COOKIE, &len);
	uint64_t generation = shim_view_number(hello, SHIM_F_GENERATION, 0);

	if (cookie == NULL || len != SHIM_COOKIE_SIZE)
		return SHIM_REASON_COOKIE;
	if (guest->parent && !talk->has_cookie) {
		memcpy(talk->cookie, cookie, len);
		talk->has_cookie = true;
	}
	if (!talk->has_cookie || !same_cookie(cookie, talk->cookie))
		return SHIM_REASON_COOKIE;
	if (shim_view_number(hello, SHIM_F_VERSION_MIN, 0) > SHIM_VERSION ||
		shim_view_number(hello, SHIM_F_VERSION_MAX, 0) < SHIM_VERSION)
		return SHIM_REASON_VERSION;
	if (generation < talk->generation)
		return SHIM_REASON_GENERATION;
	talk->generation = generation;
	return 0;
}

static void
refuse(struct shim *shim, struct shim_guest *guest, enum shim_reason reason)
{
	struct shim_frame frame;

	begin(shim, &frame, SHIM_REFUSED);
	shim_frame_number(&frame, SHIM_F_REASON, reason);
	send_frame(guest->fd, &frame, NULL, 0);
	dismiss(guest);
}

static void
fence_off(struct shim *shim)
{
	struct shim_frame frame;

	if (shim->talk.conn == -1)
		return;
	begin(shim, &frame, SHIM_FENCED);
	send_frame(shim->talk.conn, &frame, NULL, 0);
	hang_up(&shim->talk);
}

void
shim_talk_guest(struct shim *shim, struct shim_guest *guest)
{
	struct shim_talk *talk = &shim->talk;
	struct shim_view frame;
	enum shim_reason reason;
	int result = receive(talk, guest->fd, &frame);

	if (result == 0)
		return;
	if (result == -1 || frame.type != SHIM_HELLO) {
		dismiss(guest);
		return;
	}
	reason = judge(talk, guest, &frame);
	if (reason != 0) {
		refuse(shim, guest, reason);
		return;
	}
	fence_off(shim);
	talk->conn = guest->fd;
	guest->fd = -1;
	talk->told_head = shim->ring.acked;
	talk->facts = FACT_WELCOME | present_facts(shim);
}
