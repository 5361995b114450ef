/*
 * Starting a shim. The socket and the HELLO exist before the program does, so nobody has
 * to wait for it, and a runner that dies in between leaves a shim that can be adopted.
 */
#include "config.h"

#include "runner/shim_link_parts.h"

#include <errno.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include <event2/event.h>

#include "lib/err.h"
#include "runner/os_process.h"
#include "runner/spawn.h"

enum { BACKLOG = 8 };

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
spawn_shim(const struct shim_link *link, int pair, int listener, pid_t *pid)
{
	char program[40], ring[24], limit[24];
	char name[] = "dispatch-shim";
	char *argv[] = {name, (char *)(uintptr_t)link->conf.path, ring, limit, NULL};
	char *env[] = {NULL};
	const int fds[] = {pair, listener};

	snprintf(program, sizeof(program), "/proc/self/fd/%d", link->conf.program_fd);
	snprintf(ring, sizeof(ring), "%zu", link->conf.ring_size);
	snprintf(limit, sizeof(limit), "%u", link->conf.start_limit_ms);
	return spawn_program(program, argv, env, fds, 2, pid);
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
	link_take_socket(link, pair[0]);
	pair[0] = -1;
	error = spawn_shim(link, pair[1], listener, &link->starter);
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
	link_close_fd(&pair[0]);
	link_close_fd(&pair[1]);
	link_close_fd(&listener);
	return -1;
}

struct shim_link *
shim_link_spawn(struct event_base *base, const struct shim_link_conf *conf,
	const struct shim_link_handlers *handlers, void *ctx, struct err *e)
{
	struct shim_link *link = link_create(base, conf, handlers, ctx, e);

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
