/*
 * The runner's end of a shim. See shim_link.h for the contract and shim_proto.h for the
 * messages.
 *
 * Sending. A message goes out at once; when the socket is full it waits in `unsent`, at
 * most UNSENT_MAX bytes, and what does not fit is refused with `shim.full`. Input never
 * comes near that: the shim's own queue is the smaller bound and is counted here.
 * Acknowledgements are merged: only the highest waits.
 *
 * Trust. The shim runs as our user, but so does the child that it holds. So a frame is
 * checked in shim_view_parse(), and the ring's header is copied once and then judged:
 * head may only grow, and never be more than the ring's size beyond what we acknowledged.
 * Whatever breaks these rules breaks this link (`lost`, SHIM_LOST_BROKEN) and nothing
 * else.
 *
 * Handlers are called only from the functions on_*() below, which libevent calls. A
 * handler may free the link: `busy` keeps the memory until the outermost of them returns.
 */
#include "config.h"

#include "runner/shim_link.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <event2/buffer.h>
#include <event2/event.h>

#include "lib/err.h"
#include "runner/os_memfd.h"
#include "runner/os_peer.h"
#include "runner/os_process.h"
#include "runner/shim_frame.h"

enum {
	UNSENT_MAX = 512 * 1024,
	FRAMES_PER_TURN = 16,
	FRAME_FROM_SHIM_MAX = 4096,
	BACKLOG = 8,
	WELCOME_LIMIT_MS = 5000,
	CONNECT_RETRY_MS = 20,
};

struct shim_link {
	struct event_base *base;
	struct shim_link_handlers handlers;
	void *ctx;
	struct shim_link_conf conf;
	struct sockaddr_un address;

	int socket;
	struct event *readable, *writable;
	struct event *later; /* data and lost, told in the next turn */
	struct event *timer; /* connect again; no welcome in time */
	int64_t patience;    /* ms left for the welcome */
	struct evbuffer *unsent;

	pid_t starter; /* the process that forks the shim and ends; 0: reaped */
	int starter_pidfd;
	struct event *starter_ended;

	int ring_fd, pidfd, master;
	const struct shim_ring_header *ring;
	const unsigned char *ring_data;
	size_t ring_size;
	bool ring_live; /* a run has begun: the header is meaningful */
	uint64_t head, acked, start_base;
	bool ack_waits;

	bool welcomed;
	enum shim_state state;
	pid_t pid;
	uint64_t input_next, queued, taken;

	bool exit_acked, data_due;
	bool lost_due, is_lost;
	enum shim_lost why;
	char why_text[200];

	int busy;
	bool freed;
};

static void *
allocate(size_t size)
{
	void *memory = calloc(1, size);

	if (memory == NULL)
		abort();
	return memory;
}

static void
close_fd(int *fd)
{
	if (*fd != -1)
		close(*fd);
	*fd = -1;
}

static void
free_event(struct event **event)
{
	if (*event != NULL)
		event_free(*event);
	*event = NULL;
}

static void
disconnect(struct shim_link *link)
{
	free_event(&link->readable);
	free_event(&link->writable);
	free_event(&link->timer);
	close_fd(&link->socket);
	evbuffer_drain(link->unsent, evbuffer_get_length(link->unsent));
}

/* A timer of nothing: event_active(3) would be served within this turn, so that one
 * session with endless output could hold up all others. */
static void
call_later(struct shim_link *link)
{
	static const struct timeval now = {0, 0};

	event_add(link->later, &now);
}

/* The first reason counts; the handler hears of it from the loop. */
__attribute__((format(printf, 3, 4))) static void
lose(struct shim_link *link, enum shim_lost why, const char *format, ...)
{
	va_list args;

	if (link->lost_due || link->is_lost)
		return;
	va_start(args, format);
	vsnprintf(link->why_text, sizeof(link->why_text), format, args);
	va_end(args);
	link->why = why;
	link->lost_due = true;
	disconnect(link);
	call_later(link);
}

static bool
is_up(const struct shim_link *link)
{
	return link->socket != -1;
}

/* ---- sending -------------------------------------------------------------------------
 */

/* 1: the socket is full. When the connection ended, words of the shim may still wait to
 * be read that say more, such as FENCED: so that is left to the reader. */
static int
send_now(struct shim_link *link, const void *message, size_t len)
{
	if (send(link->socket, message, len, MSG_DONTWAIT | MSG_NOSIGNAL) >= 0)
		return 0;
	if (errno == EAGAIN || errno == EINTR || errno == ENOBUFS)
		return 1;
	if (errno != EPIPE && errno != ECONNRESET)
		lose(link, SHIM_LOST_PEER_GONE, "Cannot write to the shim at %s: %s.",
			link->conf.path, strerror(errno));
	return 0;
}

static int
queue_frame(struct shim_link *link, const void *message, size_t len)
{
	uint32_t size = (uint32_t)len;

	if (evbuffer_get_length(link->unsent) + sizeof(size) + len > UNSENT_MAX)
		return -1;
	if (evbuffer_add(link->unsent, &size, sizeof(size)) == -1 ||
		evbuffer_add(link->unsent, message, len) == -1)
		abort();
	event_add(link->writable, NULL);
	return 0;
}

/* 0, or -1 when neither the socket nor our queue takes it. */
static int
send_frame(struct shim_link *link, struct shim_frame *frame)
{
	size_t len = shim_frame_end(frame);

	if (evbuffer_get_length(link->unsent) == 0 &&
		send_now(link, frame->bytes, len) == 0)
		return 0;
	return queue_frame(link, frame->bytes, len);
}

static void
send_ack(struct shim_link *link)
{
	_Alignas(8) unsigned char bytes[64];
	struct shim_frame frame;

	shim_frame_begin(&frame, bytes, sizeof(bytes), SHIM_ACK, 0);
	shim_frame_number(&frame, SHIM_F_OFFSET, link->acked);
	link->ack_waits = evbuffer_get_length(link->unsent) != 0 ||
		send_now(link, bytes, shim_frame_end(&frame)) != 0;
	if (link->ack_waits)
		event_add(link->writable, NULL);
}

static void
on_writable(evutil_socket_t fd, short what, void *arg)
{
	struct shim_link *link = arg;
	uint32_t size;

	(void)fd;
	(void)what;
	while (evbuffer_get_length(link->unsent) > 0) {
		const unsigned char *message;

		evbuffer_copyout(link->unsent, &size, sizeof(size));
		message =
			evbuffer_pullup(link->unsent, (ev_ssize_t)(sizeof(size) + size));
		if (send_now(link, message + sizeof(size), size) != 0) {
			event_add(link->writable, NULL);
			return;
		}
		evbuffer_drain(link->unsent, sizeof(size) + size);
	}
	if (link->ack_waits && is_up(link))
		send_ack(link);
}

/* ---- the ring ------------------------------------------------------------------------
 */

static uint64_t
capacity(const struct shim_link *link)
{
	return link->ring_size - SHIM_RING_HEADER;
}

/* Takes a new head from the ring if it is a possible one. */
static void
look_at_head(struct shim_link *link)
{
	uint64_t head;

	if (!link->ring_live)
		return;
	head = atomic_load_explicit(&link->ring->head, memory_order_acquire);
	if (head >= link->head && head - link->acked <= capacity(link)) {
		link->head = head;
		return;
	}
	link->ring_live = false;
	link->head = link->acked;
	lose(link, SHIM_LOST_BROKEN,
		"The ring of the shim at %s shows an impossible length.",
		link->conf.path);
}

static void
announce_data(struct shim_link *link)
{
	look_at_head(link);
	if (!link->ring_live || link->head == link->acked || link->is_lost)
		return;
	link->data_due = true;
	call_later(link);
}

/* From here on offsets count from `acked`. */
static void
begin_ring(struct shim_link *link, uint64_t acked)
{
	link->acked = link->head = acked;
	link->ring_live = link->ring != NULL;
	announce_data(link);
}

static int
map_ring(struct shim_link *link)
{
	const void *memory;
	size_t size, data;

	memory = os_memfd_map(link->ring_fd, SHIM_RING_HEADER + SHIM_RING_MIN,
		SHIM_RING_HEADER + SHIM_RING_MAX, &size);
	if (memory == NULL)
		return -1;
	link->ring = memory;
	link->ring_data = (const unsigned char *)memory + SHIM_RING_HEADER;
	link->ring_size = size;
	data = size - SHIM_RING_HEADER;
	if ((data & (data - 1)) != 0 || link->ring->magic != SHIM_RING_MAGIC ||
		link->ring->header_size != SHIM_RING_HEADER)
		return -1;
	return 0;
}

uint64_t
shim_link_head(struct shim_link *link)
{
	look_at_head(link);
	return link->head;
}

uint64_t
shim_link_acked(const struct shim_link *link)
{
	return link->acked;
}

size_t
shim_link_peek(struct shim_link *link, uint64_t offset, const void **bytes)
{
	uint64_t at, len;

	look_at_head(link);
	if (!link->ring_live || offset < link->acked || offset >= link->head)
		return 0;
	at = offset & (capacity(link) - 1);
	len = link->head - offset;
	if (len > capacity(link) - at)
		len = capacity(link) - at;
	*bytes = link->ring_data + at;
	return len;
}

static void
copy_out(const struct shim_link *link, uint64_t offset, unsigned char *to, size_t len)
{
	size_t at = offset & (capacity(link) - 1);
	size_t first = len < capacity(link) - at ? len : capacity(link) - at;

	memcpy(to, link->ring_data + at, first);
	memcpy(to + first, link->ring_data, len - first);
}

size_t
shim_link_record(struct shim_link *link, uint64_t offset, int *stream,
	unsigned char bytes[SHIM_RECORD_MAX], uint64_t *next)
{
	struct shim_record record;
	uint64_t end;

	look_at_head(link);
	if (!link->ring_live || offset < link->acked || offset >= link->head)
		return 0;
	if (offset % 8 != 0 || link->head - offset < sizeof(record) + 8)
		goto broken;
	copy_out(link, offset, (unsigned char *)&record, sizeof(record));
	if (record.len == 0 || record.len > SHIM_RECORD_MAX ||
		(record.stream != SHIM_STREAM_STDOUT &&
			record.stream != SHIM_STREAM_STDERR))
		goto broken;
	end = offset + sizeof(record) + ((record.len + UINT64_C(7)) & ~UINT64_C(7));
	if (end > link->head)
		goto broken;
	copy_out(link, offset + sizeof(record), bytes, record.len);
	*stream = record.stream;
	*next = end;
	return record.len;
broken:
	link->ring_live = false;
	lose(link, SHIM_LOST_BROKEN,
		"The ring of the shim at %s holds no record at %llu.", link->conf.path,
		(unsigned long long)offset);
	return 0;
}

void
shim_link_ack(struct shim_link *link, uint64_t offset)
{
	look_at_head(link);
	if (!link->ring_live)
		return;
	if (offset > link->head)
		offset = link->head;
	if (offset > link->acked) {
		link->acked = offset;
		if (is_up(link))
			send_ack(link);
	}
	announce_data(link);
}

/* ---- what the shim says ---------------------------------------------------------------
 */

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
		close_fd(&received->fds[i]);
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
	if (link->ring_fd == -1 || map_ring(link) == -1)
		goto broken;
	link->welcomed = true;
	event_del(link->timer);
	link->state = welcome.state;
	link->pid = welcome.pid;
	link->input_next = welcome.input_next;
	link->queued = shim_view_number(frame, SHIM_F_QUEUED, 0);
	link->taken = shim_view_number(frame, SHIM_F_TAKEN, 0);
	if (link->taken > link->queued)
		goto broken;
	if (welcome.state != SHIM_IDLE)
		begin_ring(link, welcome.acked);
	if (link->handlers.welcome != NULL && !link->lost_due)
		link->handlers.welcome(link->ctx, &welcome);
	return;
broken:
	lose(link, SHIM_LOST_BROKEN, "What listens at %s does not behave like a shim.",
		link->conf.path);
}

static void
hear_started(struct shim_link *link, const struct shim_view *frame,
	struct received *received)
{
	uint64_t which = shim_view_number(frame, SHIM_F_FDS, 0);

	if (link->state ==
		SHIM_IDLE) /* our own START; else the ring began with WELCOME */
		begin_ring(link, link->start_base);
	link->state = SHIM_RUNNING;
	link->pid = (pid_t)shim_view_number(frame, SHIM_F_PID, 0);
	if ((which & SHIM_FD_PIDFD) && link->pidfd == -1)
		link->pidfd = take_fd(received);
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
		lose(link, SHIM_LOST_BROKEN,
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

	look_at_head(link);
	if (exit.head != link->head) {
		lose(link, SHIM_LOST_BROKEN,
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
		lose(link, SHIM_LOST_FENCED, "The shim at %s belongs to a newer runner.",
			link->conf.path);
		break;
	case SHIM_REASON_VERSION:
		lose(link, SHIM_LOST_REFUSED, "The shim at %s speaks another version.",
			link->conf.path);
		break;
	default:
		lose(link, SHIM_LOST_REFUSED, "The shim at %s does not know our cookie.",
			link->conf.path);
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
		lose(link, SHIM_LOST_FENCED,
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
		announce_data(link);
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
static int
receive(struct shim_link *link)
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
		lose(link, link->exit_acked ? SHIM_LOST_LEFT : SHIM_LOST_PEER_GONE,
			link->exit_acked ? "The shim at %s left."
					 : "The shim at %s hung up.",
			link->conf.path);
		return 0;
	}
	collect_fds(&message, &received);
	if ((message.msg_flags & (MSG_TRUNC | MSG_CTRUNC)) ||
		shim_view_parse(&frame, bytes, (size_t)n) == -1)
		lose(link, SHIM_LOST_BROKEN, "The shim at %s sent no frame.",
			link->conf.path);
	else
		hear(link, &frame, &received);
	close_received(&received);
	return 1;
}

/* ---- events ---------------------------------------------------------------------------
 */

static void
release(struct shim_link *link)
{
	if (link->starter != 0)
		waitpid(link->starter, NULL, 0); /* it only forks, and ends */
	free_event(&link->starter_ended);
	free_event(&link->later);
	close_fd(&link->starter_pidfd);
	if (link->ring != NULL)
		munmap((void *)(uintptr_t)link->ring, link->ring_size);
	close_fd(&link->ring_fd);
	close_fd(&link->pidfd);
	close_fd(&link->master);
	evbuffer_free(link->unsent);
	free(link);
}

static void
leave_handlers(struct shim_link *link)
{
	if (--link->busy == 0 && link->freed)
		release(link);
}

static void
on_readable(evutil_socket_t fd, short what, void *arg)
{
	struct shim_link *link = arg;

	(void)fd;
	(void)what;
	link->busy++;
	for (int i = 0; i < FRAMES_PER_TURN && is_up(link); i++)
		if (receive(link) == 0)
			break;
	leave_handlers(link);
}

static void
on_later(evutil_socket_t fd, short what, void *arg)
{
	struct shim_link *link = arg;

	(void)fd;
	(void)what;
	link->busy++;
	if (link->data_due && !link->freed) {
		link->data_due = false;
		if (link->ring_live && link->handlers.data != NULL)
			link->handlers.data(link->ctx);
	}
	if (link->lost_due && !link->freed) {
		link->lost_due = false;
		link->is_lost = true;
		if (link->handlers.lost != NULL)
			link->handlers.lost(link->ctx, link->why, link->why_text);
	}
	leave_handlers(link);
}

static void
on_starter_ended(evutil_socket_t fd, short what, void *arg)
{
	struct shim_link *link = arg;

	(void)fd;
	(void)what;
	if (waitpid(link->starter, NULL, WNOHANG) != 0)
		link->starter = 0;
}

/* ---- connecting -----------------------------------------------------------------------
 */

static void
set_timer(struct shim_link *link, int64_t ms)
{
	struct timeval tv = {.tv_sec = ms / 1000, .tv_usec = ms % 1000 * 1000};

	event_add(link->timer, &tv);
}

static void
say_hello(struct shim_link *link)
{
	_Alignas(8) unsigned char bytes[256];
	struct shim_frame frame;

	shim_frame_begin(&frame, bytes, sizeof(bytes), SHIM_HELLO, 0);
	shim_frame_number(&frame, SHIM_F_VERSION_MIN, SHIM_VERSION);
	shim_frame_number(&frame, SHIM_F_VERSION_MAX, SHIM_VERSION);
	shim_frame_bytes(&frame, SHIM_F_COOKIE, link->conf.cookie, SHIM_COOKIE_SIZE);
	shim_frame_number(&frame, SHIM_F_GENERATION, link->conf.generation);
	send_frame(link, &frame); /* the first on a fresh socket: always fits */
}

/* A socket that is connected: listen to it. */
static void
take_socket(struct shim_link *link, int socket)
{
	const int size = 2 * SHIM_FRAME_MAX;

	setsockopt(socket, SOL_SOCKET, SO_SNDBUF, &size, sizeof(size));
	link->socket = socket;
	link->readable =
		event_new(link->base, socket, EV_READ | EV_PERSIST, on_readable, link);
	link->writable = event_new(link->base, socket, EV_WRITE, on_writable, link);
	if (link->readable == NULL || link->writable == NULL)
		abort();
	event_add(link->readable, NULL);
	say_hello(link);
	set_timer(link, link->patience);
}

static void
explain_connect(struct shim_link *link, int error)
{
	if (error == ENOENT)
		lose(link, SHIM_LOST_NO_SOCKET, "There is no shim at %s.",
			link->conf.path);
	else if (error == ECONNREFUSED)
		lose(link, SHIM_LOST_DEAD, "The shim at %s is dead.", link->conf.path);
	else
		lose(link, SHIM_LOST_SILENT, "The shim at %s cannot be reached: %s.",
			link->conf.path, strerror(error));
}

/* On a unix socket connect(2) never goes on in the background: it is done, or the backlog
 * is full. */
static void
try_connect(struct shim_link *link)
{
	int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	if (fd == -1) {
		explain_connect(link, errno);
		return;
	}
	if (connect(fd, (struct sockaddr *)&link->address, sizeof(link->address)) == 0) {
		if (os_peer_is_me(fd)) {
			take_socket(link, fd);
			return;
		}
		lose(link, SHIM_LOST_REFUSED, "What listens at %s is not ours.",
			link->conf.path);
	} else if ((errno == EAGAIN || errno == EINTR) && link->patience > 0) {
		link->patience -= CONNECT_RETRY_MS;
		set_timer(link, CONNECT_RETRY_MS);
	} else {
		explain_connect(link, errno);
	}
	close(fd);
}

static void
on_timer(evutil_socket_t fd, short what, void *arg)
{
	struct shim_link *link = arg;

	(void)fd;
	(void)what;
	if (is_up(link))
		lose(link, SHIM_LOST_SILENT, "The shim at %s does not answer.",
			link->conf.path);
	else
		try_connect(link);
}

/* Length and place of the socket; its directory must keep everybody else out. */
static int
check_path(const char *path, struct sockaddr_un *address, struct err *e)
{
	char directory[sizeof(address->sun_path)];
	struct stat st;
	char *slash;

	if (path[0] != '/' || strlen(path) >= sizeof(address->sun_path))
		return err_set(e, 500, "shim.path",
			"The socket path %s is not absolute, or longer than %zu bytes.",
			path, sizeof(address->sun_path) - 1);
	address->sun_family = AF_UNIX;
	memcpy(address->sun_path, path, strlen(path) + 1);
	memcpy(directory, path, strlen(path) + 1);
	slash = strrchr(directory, '/');
	*slash = '\0';
	if (lstat(directory, &st) == -1)
		return err_errno(e, errno, 500, "shim.path", "Cannot look at %s",
			directory);
	if (!S_ISDIR(st.st_mode) || st.st_uid != geteuid() || (st.st_mode & 077) != 0)
		return err_set(e, 500, "shim.path",
			"%s must be a directory of ours with mode 0700.", directory);
	return 0;
}

static struct shim_link *
create(struct event_base *base, const struct shim_link_conf *conf,
	const struct shim_link_handlers *handlers, void *ctx, struct err *e)
{
	struct sockaddr_un address = {.sun_family = AF_UNSPEC};
	struct shim_link *link;

	if (check_path(conf->path, &address, e) == -1)
		return NULL;
	link = allocate(sizeof(*link));
	link->base = base;
	link->handlers = *handlers;
	link->ctx = ctx;
	link->address = address;
	link->conf = *conf;
	link->conf.path = link->address.sun_path;
	link->patience = WELCOME_LIMIT_MS;
	link->socket = link->starter_pidfd = link->ring_fd = link->pidfd = link->master =
		-1;
	link->unsent = evbuffer_new();
	link->later = event_new(base, -1, 0, on_later, link);
	link->timer = event_new(base, -1, 0, on_timer, link);
	if (link->unsent == NULL || link->later == NULL || link->timer == NULL)
		abort();
	return link;
}

struct shim_link *
shim_link_adopt(struct event_base *base, const struct shim_link_conf *conf,
	const struct shim_link_handlers *handlers, void *ctx, struct err *e)
{
	struct shim_link *link = create(base, conf, handlers, ctx, e);

	if (link != NULL)
		try_connect(link);
	return link;
}

void
shim_link_free(struct shim_link *link)
{
	if (link == NULL)
		return;
	disconnect(link);
	link->freed = true;
	if (link->busy == 0)
		release(link);
}

/* ---- spawning -------------------------------------------------------------------------
 */

/* Does anything live behind the socket at this address? */
static bool
is_taken(const struct sockaddr_un *address)
{
	int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	bool taken;

	if (fd == -1)
		return true;
	taken = connect(fd, (const struct sockaddr *)address, sizeof(*address)) == 0 ||
		errno != ECONNREFUSED;
	close(fd);
	return taken;
}

/* The socket exists before the shim does: nobody has to wait for it. */
static int
open_listener(const struct sockaddr_un *address, struct err *e)
{
	int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	const struct sockaddr *name = (const struct sockaddr *)address;

	if (fd == -1)
		return err_errno(e, errno, 503, "shim.spawn", "Cannot open a socket");
	if (bind(fd, name, sizeof(*address)) == 0)
		goto listen;
	if (errno != EADDRINUSE) {
		err_errno(e, errno, 500, "shim.path", "Cannot bind %s",
			address->sun_path);
		goto out;
	}
	if (is_taken(address)) {
		err_set(e, 503, "shim.busy", "A shim still lives at %s.",
			address->sun_path);
		goto out;
	}
	if (unlink(address->sun_path) == -1 || bind(fd, name, sizeof(*address)) == -1) {
		err_errno(e, errno, 500, "shim.path", "Cannot replace %s",
			address->sun_path);
		goto out;
	}
listen:
	if (listen(fd, BACKLOG) == 0)
		return fd;
	err_errno(e, errno, 503, "shim.spawn", "Cannot listen at %s", address->sun_path);
	unlink(address->sun_path);
out:
	close(fd);
	return -1;
}

/* Descriptor 0 its end of the pair, 1 the listener, 2 ours, and no environment. */
static int
spawn_program(const struct shim_link *link, int pair, int listener, pid_t *pid)
{
	char program[40], ring[24], limit[24];
	char name[] = "dispatch-shim";
	char *argv[] = {name, (char *)(uintptr_t)link->conf.path, ring, limit, NULL};
	char *env[] = {NULL};
	posix_spawn_file_actions_t actions;
	posix_spawnattr_t attr;
	sigset_t all, none;
	int error;

	snprintf(program, sizeof(program), "/proc/self/fd/%d", link->conf.program_fd);
	snprintf(ring, sizeof(ring), "%zu", link->conf.ring_size);
	snprintf(limit, sizeof(limit), "%u", link->conf.start_limit_ms);
	sigfillset(&all);
	sigemptyset(&none);
	posix_spawn_file_actions_init(&actions);
	posix_spawnattr_init(&attr);
	posix_spawnattr_setflags(&attr, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
	posix_spawnattr_setsigmask(&attr, &none);
	posix_spawnattr_setsigdefault(&attr, &all);
	posix_spawn_file_actions_adddup2(&actions, pair, 0);
	posix_spawn_file_actions_adddup2(&actions, listener, 1);
	error = posix_spawn(pid, program, &actions, &attr, argv, env);
	posix_spawnattr_destroy(&attr);
	posix_spawn_file_actions_destroy(&actions);
	return error;
}

static void
watch_starter(struct shim_link *link)
{
	link->starter_pidfd = os_pidfd_open(link->starter);
	if (link->starter_pidfd == -1)
		return; /* then release() waits for it */
	link->starter_ended = event_new(link->base, link->starter_pidfd, EV_READ,
		on_starter_ended, link);
	if (link->starter_ended == NULL)
		abort();
	event_add(link->starter_ended, NULL);
}

static int
spawn(struct shim_link *link, struct err *e)
{
	int pair[2] = {-1, -1}, listener = -1, error;

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, pair) ==
		-1)
		return err_errno(e, errno, 503, "shim.spawn",
			"Cannot open a socket pair");
	listener = open_listener(&link->address, e);
	if (listener == -1)
		goto out;
	/* HELLO waits in the pair before the shim exists, so that the shim knows its
	 * cookie even if we die now. */
	take_socket(link, pair[0]);
	pair[0] = -1;
	error = spawn_program(link, pair[1], listener, &link->starter);
	if (error != 0) {
		link->starter = 0;
		err_errno(e, error, 503, "shim.spawn", "Cannot run the shim program");
		unlink(link->address.sun_path);
		goto out;
	}
	watch_starter(link);
	close(pair[1]);
	close(listener);
	return 0;
out:
	close_fd(&pair[0]);
	close_fd(&pair[1]);
	close_fd(&listener);
	return -1;
}

struct shim_link *
shim_link_spawn(struct event_base *base, const struct shim_link_conf *conf,
	const struct shim_link_handlers *handlers, void *ctx, struct err *e)
{
	struct shim_link *link = create(base, conf, handlers, ctx, e);

	if (link == NULL)
		return NULL;
	if (link->conf.ring_size == 0)
		link->conf.ring_size = SHIM_RING_DEFAULT;
	if (link->conf.start_limit_ms == 0)
		link->conf.start_limit_ms = SHIM_START_LIMIT_MS;
	if (spawn(link, e) == 0)
		return link;
	shim_link_free(link);
	return NULL;
}

/* ---- orders ---------------------------------------------------------------------------
 */

static int
check_up(const struct shim_link *link, struct err *e)
{
	if (is_up(link) && link->welcomed)
		return 0;
	return err_set(e, 503, "shim.state", "The shim cannot be reached at the moment.");
}

static int
is_running(const struct shim_link *link, struct err *e)
{
	if (check_up(link, e) == -1)
		return -1;
	if (link->state == SHIM_STARTING || link->state == SHIM_RUNNING)
		return 0;
	return err_set(e, 409, "shim.state", "No program runs in this session.");
}

static int
order(struct shim_link *link, struct shim_frame *frame, struct err *e)
{
	if (send_frame(link, frame) == 0)
		return 0;
	return err_set(e, 503, "shim.full", "The shim is behind with its orders.");
}

static int
order_numbers(struct shim_link *link, enum shim_frame_type type, enum shim_field first,
	uint64_t a, enum shim_field second, uint64_t b, struct err *e)
{
	_Alignas(8) unsigned char bytes[64];
	struct shim_frame frame;

	shim_frame_begin(&frame, bytes, sizeof(bytes), type, 0);
	if (first != 0)
		shim_frame_number(&frame, first, a);
	if (second != 0)
		shim_frame_number(&frame, second, b);
	return order(link, &frame, e);
}

static void
put_list(struct shim_frame *frame, enum shim_field field, const char *const *list,
	size_t *count)
{
	for (*count = 0; list[*count] != NULL; ++*count)
		shim_frame_text(frame, field, list[*count]);
}

static void
put_start(struct shim_frame *frame, const struct shim_start *start, size_t *argc,
	size_t *envc)
{
	shim_frame_bytes(frame, SHIM_F_NONCE, start->nonce, SHIM_NONCE_SIZE);
	if (start->file != NULL)
		shim_frame_text(frame, SHIM_F_FILE, start->file);
	shim_frame_text(frame, SHIM_F_CWD, start->cwd);
	shim_frame_number(frame, SHIM_F_MODE, start->mode);
	if (start->mode == SHIM_MODE_PTY) {
		shim_frame_number(frame, SHIM_F_COLS, start->cols);
		shim_frame_number(frame, SHIM_F_ROWS, start->rows);
	}
	shim_frame_number(frame, SHIM_F_INPUT_DONE, start->input_base);
	shim_frame_number(frame, SHIM_F_HEAD, start->output_base);
	put_list(frame, SHIM_F_ARG, start->argv, argc);
	put_list(frame, SHIM_F_ENV, start->env, envc);
}

int
shim_link_start(struct shim_link *link, const struct shim_start *start, struct err *e)
{
	struct shim_frame frame;
	size_t argc, envc;
	unsigned char *bytes;
	int result = -1;

	if (check_up(link, e) == -1)
		return -1;
	if (link->state != SHIM_IDLE)
		return err_set(e, 409, "shim.state", "This shim was started before.");
	bytes = allocate(SHIM_FRAME_MAX);
	shim_frame_begin(&frame, bytes, SHIM_FRAME_MAX, SHIM_START, 0);
	put_start(&frame, start, &argc, &envc);
	if (argc == 0 || argc > SHIM_ARGS_MAX || envc > SHIM_ARGS_MAX ||
		shim_frame_end(&frame) == 0) {
		err_set(e, 400, "shim.range", "Command and environment are too large.");
		goto out;
	}
	result = order(link, &frame, e);
	if (result == 0) {
		link->start_base = start->output_base;
		link->input_next = start->input_base + 1;
	}
out:
	free(bytes);
	return result;
}

/* k below what the shim expects is sent all the same (without its bytes): the shim
 * answers. */
static int
send_input(struct shim_link *link, uint64_t k, const void *bytes, size_t len,
	unsigned int flags, struct err *e)
{
	bool again = k != 0 && k < link->input_next;
	struct shim_frame frame;
	unsigned char *buffer;
	int result;

	if (again)
		len = 0;
	else if (len + SHIM_INPUT_COST > SHIM_INPUT_QUEUE - (link->queued - link->taken))
		return err_set(e, 503, "shim.full",
			"The program does not read its input.");
	buffer = allocate(len + 128);
	shim_frame_begin(&frame, buffer, len + 128, SHIM_INPUT, flags);
	if (k != 0)
		shim_frame_number(&frame, SHIM_F_K, k);
	shim_frame_bytes(&frame, SHIM_F_BYTES, bytes, len);
	result = order(link, &frame, e);
	free(buffer);
	if (result == 0 && !again) {
		link->queued += len + SHIM_INPUT_COST;
		if (k != 0)
			link->input_next = k + 1;
	}
	return result;
}

int
shim_link_input(struct shim_link *link, uint64_t k, const void *bytes, size_t len,
	struct err *e)
{
	if (is_running(link, e) == -1)
		return -1;
	if (len > SHIM_INPUT_MAX || k > link->input_next)
		return err_set(e, 400, "shim.range",
			"Input %llu is too long or leaves a gap.", (unsigned long long)k);
	return send_input(link, k, bytes, len, 0, e);
}

int
shim_link_input_end(struct shim_link *link, struct err *e)
{
	if (is_running(link, e) == -1)
		return -1;
	return send_input(link, 0, NULL, 0, SHIM_FLAG_EOF, e);
}

int
shim_link_resize(struct shim_link *link, unsigned int cols, unsigned int rows,
	struct err *e)
{
	if (is_running(link, e) == -1)
		return -1;
	if (cols < 1 || cols > UINT16_MAX || rows < 1 || rows > UINT16_MAX)
		return err_set(e, 400, "shim.range",
			"A terminal has 1 to 65535 columns and rows.");
	return order_numbers(link, SHIM_RESIZE, SHIM_F_COLS, cols, SHIM_F_ROWS, rows, e);
}

int
shim_link_signal(struct shim_link *link, int number, struct err *e)
{
	if (is_running(link, e) == -1)
		return -1;
	if (number < 1 || number >= NSIG)
		return err_set(e, 400, "shim.range", "There is no signal %d.", number);
	return order_numbers(link, SHIM_SIGNAL, SHIM_F_NUMBER, (uint64_t)number, 0, 0, e);
}

int
shim_link_close(struct shim_link *link, unsigned int grace_ms, struct err *e)
{
	if (check_up(link, e) == -1)
		return -1;
	if (link->state == SHIM_IDLE)
		link->exit_acked = true; /* it leaves without a word */
	return order_numbers(link, SHIM_CLOSE, SHIM_F_GRACE, grace_ms, 0, 0, e);
}

int
shim_link_exit_ack(struct shim_link *link, struct err *e)
{
	if (check_up(link, e) == -1)
		return -1;
	if (link->state != SHIM_EXITED && link->state != SHIM_FAILED_TO_START)
		return err_set(e, 409, "shim.state", "The program has not ended.");
	link->exit_acked = true;
	return order_numbers(link, SHIM_EXIT_ACK, 0, 0, 0, 0, e);
}

int
shim_link_stat(struct shim_link *link, struct err *e)
{
	if (check_up(link, e) == -1)
		return -1;
	return order_numbers(link, SHIM_STAT, 0, 0, 0, 0, e);
}

int
shim_link_child_gone(const struct shim_link *link)
{
	if (link->state == SHIM_EXITED || link->state == SHIM_FAILED_TO_START)
		return 1;
	if (link->pidfd == -1)
		return -1;
	return os_pidfd_ended(link->pidfd);
}
