/*
 * What the parts of the runner's end of a shim share; nobody else includes this. The
 * contract is in shim_link.h.
 *
 *	shim_link.c        connect, be told, end
 *	shim_link_spawn.c  start the shim program
 *	shim_link_send.c   orders to the shim
 *	shim_link_hear.c   what the shim says
 *	shim_link_ring.c   the ring, read side
 */
#ifndef RUNNER_SHIM_LINK_PARTS_H
#define RUNNER_SHIM_LINK_PARTS_H

#include <stdbool.h>
#include <stdlib.h>
#include <sys/un.h>
#include <unistd.h>

#include <event2/util.h>

#include "runner/shim_frame.h"
#include "runner/shim_link.h"

struct evbuffer;
struct event;

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

	int ring_fd, master;
	const struct shim_ring_header *ring;
	const unsigned char *ring_data;
	size_t ring_size;
	bool ring_live; /* a run has begun: the header is meaningful */
	uint64_t head, acked, start_base;
	bool ack_waits;

	bool welcomed;
	uint64_t version; /* that the shim speaks */
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

/* Zeroed; aborts when memory is out. */
static inline void *
link_allocate(size_t size)
{
	void *memory = calloc(1, size);

	if (memory == NULL)
		abort();
	return memory;
}

static inline void
link_close_fd(int *fd)
{
	if (*fd != -1)
		close(*fd);
	*fd = -1;
}

static inline bool
link_is_up(const struct shim_link *link)
{
	return link->socket != -1;
}

/* shim_link.c */
struct shim_link *link_create(struct event_base *, const struct shim_link_conf *,
	const struct shim_link_handlers *, void *ctx, struct err *);
/* A connected socket, now the link's: say HELLO and listen. */
void link_take_socket(struct shim_link *, int socket);
/* Disconnect; the first reason counts. The handler hears of it in the next turn. */
void link_lose(struct shim_link *, enum shim_lost, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
/* Tell data and lost in the next turn. */
void link_call_later(struct shim_link *);

/* shim_link_send.c: 0, or -1 when neither the socket nor our queue takes it. */
int link_send(struct shim_link *, struct shim_frame *);
void link_send_ack(struct shim_link *);
void link_on_writable(evutil_socket_t, short what, void *link);

/* shim_link_hear.c: one message. 1: it was handled; 0: nothing there, or lost. */
int link_receive(struct shim_link *);

/* shim_link_ring.c */
int link_map_ring(struct shim_link *);
/* From here on offsets count from `acked`. */
void link_begin_ring(struct shim_link *, uint64_t acked);
/* Take a new head from the ring if it is a possible one. */
void link_look_at_head(struct shim_link *);
/* `data` is due if there are unread bytes. */
void link_announce_data(struct shim_link *);

#endif
