/*
 * The runner's end of a shim: connecting, telling, ending. The contract is in
 * shim_link.h, the messages are in shim_proto.h, the other parts in shim_link_parts.h.
 *
 * Handlers are called only from the functions on_*(), which libevent calls. A handler may
 * free the link: `busy` keeps the memory until the outermost of them returns.
 */
#include "config.h"

#include "runner/shim_link_parts.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include <event2/buffer.h>
#include <event2/event.h>

#include "lib/err.h"
#include "runner/os_peer.h"

enum {
	FRAMES_PER_TURN = 16,
	WELCOME_LIMIT_MS = 5000,
	CONNECT_RETRY_MS = 20,
};

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
	link_close_fd(&link->socket);
	evbuffer_drain(link->unsent, evbuffer_get_length(link->unsent));
}

/* A timer of nothing: event_active(3) would be served within this turn, so that one
 * session with endless output could hold up all others. */
void
link_call_later(struct shim_link *link)
{
	static const struct timeval now = {0, 0};

	event_add(link->later, &now);
}

/* The first reason counts; the handler hears of it from the loop. */
void
link_lose(struct shim_link *link, enum shim_lost why, const char *format, ...)
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
	link_call_later(link);
}

static void
release(struct shim_link *link)
{
	if (link->starter != 0)
		waitpid(link->starter, NULL, 0); /* it only forks, and ends */
	free_event(&link->starter_ended);
	free_event(&link->later);
	link_close_fd(&link->starter_pidfd);
	if (link->ring != NULL)
		munmap((void *)(uintptr_t)link->ring, link->ring_size);
	link_close_fd(&link->ring_fd);
	link_close_fd(&link->master);
	evbuffer_free(link->unsent);
	free(link);
}

static void
leave_handlers(struct shim_link *link)
{
	if (--link->busy > 0)
		return;
	if (link->freed)
		release(link);
	else if (link->data_due)
		link_call_later(link);
}

static void
tell_data(struct shim_link *link)
{
	if (!link->data_due || link->freed)
		return;
	link->data_due = false;
	if (link->ring_live && link->handlers.data != NULL)
		link->handlers.data(link->ctx);
}

static void
on_readable(evutil_socket_t fd, short what, void *arg)
{
	struct shim_link *link = arg;

	(void)fd;
	(void)what;
	link->busy++;
	for (int i = 0; i < FRAMES_PER_TURN && link_is_up(link); i++)
		if (link_receive(link) == 0)
			break;
	tell_data(link);
	leave_handlers(link);
}

static void
on_later(evutil_socket_t fd, short what, void *arg)
{
	struct shim_link *link = arg;

	(void)fd;
	(void)what;
	link->busy++;
	tell_data(link);
	if (link->lost_due && !link->freed) {
		link->lost_due = false;
		link->is_lost = true;
		if (link->handlers.lost != NULL)
			link->handlers.lost(link->ctx, link->why, link->why_text);
	}
	leave_handlers(link);
}

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
	shim_frame_number(&frame, SHIM_F_VERSION_MIN, SHIM_VERSION_OLDEST);
	shim_frame_number(&frame, SHIM_F_VERSION_MAX, SHIM_VERSION);
	shim_frame_bytes(&frame, SHIM_F_COOKIE, link->conf.cookie, SHIM_COOKIE_SIZE);
	shim_frame_number(&frame, SHIM_F_GENERATION, link->conf.generation);
	link_send(link, &frame); /* the first on a fresh socket: always fits */
}

/* A socket that is connected: listen to it. */
void
link_take_socket(struct shim_link *link, int socket)
{
	const int size = 2 * SHIM_FRAME_MAX;

	setsockopt(socket, SOL_SOCKET, SO_SNDBUF, &size, sizeof(size));
	link->socket = socket;
	link->readable =
		event_new(link->base, socket, EV_READ | EV_PERSIST, on_readable, link);
	link->writable = event_new(link->base, socket, EV_WRITE, link_on_writable, link);
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
		link_lose(link, SHIM_LOST_NO_SOCKET, "There is no shim at %s.",
			link->conf.path);
	else if (error == ECONNREFUSED)
		link_lose(link, SHIM_LOST_DEAD, "The shim at %s is dead.",
			link->conf.path);
	else
		link_lose(link, SHIM_LOST_SILENT, "The shim at %s cannot be reached: %s.",
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
			link_take_socket(link, fd);
			return;
		}
		link_lose(link, SHIM_LOST_REFUSED, "What listens at %s is not ours.",
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
	if (link_is_up(link))
		link_lose(link, SHIM_LOST_SILENT, "The shim at %s does not answer.",
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

struct shim_link *
link_create(struct event_base *base, const struct shim_link_conf *conf,
	const struct shim_link_handlers *handlers, void *ctx, struct err *e)
{
	struct sockaddr_un address = {.sun_family = AF_UNSPEC};
	struct shim_link *link;

	if (check_path(conf->path, &address, e) == -1)
		return NULL;
	link = link_allocate(sizeof(*link));
	link->base = base;
	link->handlers = *handlers;
	link->ctx = ctx;
	link->address = address;
	link->conf = *conf;
	link->conf.path = link->address.sun_path;
	link->patience = WELCOME_LIMIT_MS;
	link->socket = link->starter_pidfd = link->ring_fd = link->master = -1;
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
	struct shim_link *link = link_create(base, conf, handlers, ctx, e);

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
