/*
 * Orders to the shim. A message goes out at once; when the socket is full it waits in
 * `unsent`, at most UNSENT_MAX bytes, and what does not fit is refused with `shim.full`.
 * Input never comes near that: the shim's own queue is the smaller bound and is counted
 * here. Acknowledgements are merged: only the highest waits.
 */
#include "config.h"

#include "runner/shim_link_parts.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>

#include <event2/buffer.h>
#include <event2/event.h>

#include "lib/err.h"
#include "lib/os_isolate.h"
#include "runner/os_process.h"

enum { UNSENT_MAX = 512 * 1024 };

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
		link_lose(link, SHIM_LOST_PEER_GONE,
			"Cannot write to the shim at %s: %s.", link->conf.path,
			strerror(errno));
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
int
link_send(struct shim_link *link, struct shim_frame *frame)
{
	size_t len = shim_frame_end(frame);

	if (evbuffer_get_length(link->unsent) == 0 &&
		send_now(link, frame->bytes, len) == 0)
		return 0;
	return queue_frame(link, frame->bytes, len);
}

void
link_send_ack(struct shim_link *link)
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

void
link_on_writable(evutil_socket_t fd, short what, void *arg)
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
	if (link->ack_waits && link_is_up(link))
		link_send_ack(link);
}

static int
check_up(const struct shim_link *link, struct err *e)
{
	if (link_is_up(link) && link->welcomed)
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
	if (link_send(link, frame) == 0)
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
put_limit(struct shim_frame *frame, enum shim_field field, uint64_t most)
{
	if (most != 0)
		shim_frame_number(frame, field, most);
}

static void
put_isolation(struct shim_frame *frame, const struct os_isolate *isolate)
{
	const struct os_limits *limits = &isolate->limits;

	shim_frame_number(frame, SHIM_F_ISOLATE, isolate->flags);
	for (size_t i = 0; i < isolate->count; i++)
		shim_frame_text(frame, SHIM_F_ISOLATE_STEP, isolate->steps[i]);
	put_limit(frame, SHIM_F_LIMIT_PROCESSES, limits->processes);
	put_limit(frame, SHIM_F_LIMIT_FILES, limits->files);
	put_limit(frame, SHIM_F_LIMIT_MEMORY, limits->memory);
	put_limit(frame, SHIM_F_LIMIT_CPU, limits->cpu);
}

static void
put_start(struct shim_frame *frame, const struct shim_start *start, size_t *argc,
	size_t *envc)
{
	size_t hosts;

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
	if (start->isolate != NULL)
		put_isolation(frame, start->isolate);
	if (start->gate != NULL) {
		shim_frame_text(frame, SHIM_F_GATE, start->gate);
		shim_frame_number(frame, SHIM_F_GATE_PORT, start->gate_port);
		put_list(frame, SHIM_F_GATE_HOST, start->hosts, &hosts);
	}
	if (start->group != NULL)
		shim_frame_text(frame, SHIM_F_GROUP, start->group);
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
	if (((start->isolate != NULL && start->isolate->flags != 0) ||
		    start->group != NULL) &&
		link->version < SHIM_VERSION)
		return err_set(e, 503, "shim.version",
			"This shim is of another version, which isolates and limits "
			"otherwise.");
	bytes = link_allocate(SHIM_FRAME_MAX);
	shim_frame_begin(&frame, bytes, SHIM_FRAME_MAX, SHIM_START, 0);
	put_start(&frame, start, &argc, &envc);
	if (argc == 0 || argc > SHIM_ARGS_MAX || envc > SHIM_ARGS_MAX ||
		shim_frame_end(&frame) == 0) {
		err_set(e, 422, "session.too_large",
			"The command and its environment are too large: at most %d KiB "
			"fit.",
			SHIM_FRAME_MAX / 1024);
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

/* A numbered one below what the shim expects goes without its bytes: the shim answers. */
static int
send_input(struct shim_link *link, uint64_t k, const void *bytes, size_t len,
	struct err *e)
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
	buffer = link_allocate(len + 128);
	shim_frame_begin(&frame, buffer, len + 128, SHIM_INPUT, 0);
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
	return send_input(link, k, bytes, len, e);
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
