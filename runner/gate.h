/*
 * dispatch-gate: the only way out of a session that may reach some hosts alone. See
 * dispatch-gate(8) for its use and what it answers.
 *
 *	gate_main.c     start, and who comes
 *	gate_client.c   a connection: what is asked, what is answered, its end
 *	gate_request.c  the head of a request, as text; no connections there
 *	gate_dial.c     from a host's name to a connection
 *	gate_relay.c    bytes, both ways
 *
 * One thread does all but look names up, which may take as long as it likes: each lookup
 * has a thread of its own and is part of its connection, so their number is bounded, too.
 */
#ifndef RUNNER_GATE_H
#define RUNNER_GATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/buf.h"
#include "lib/hosts.h"

struct addrinfo;
struct bufferevent;
struct event;
struct event_base;
struct gate_lookup;

enum {
	GATE_CONNECTIONS_MAX = 128, /* others wait in the listener's queue */
	GATE_HEAD_MAX = 8 * 1024,   /* bytes of a request's head */
	GATE_WAITING_MAX =
		256 * 1024,    /* bytes on their way to a side that does not read */
	GATE_HEAD_S = 30,      /* until a head must have come */
	GATE_DIAL_S = 10,      /* for each address of a host */
	GATE_IDLE_S = 15 * 60, /* without a byte either way */
	GATE_LINGER_S = 5,     /* for an answer to be read */
};

struct gate {
	struct event_base *base;
	int listener;
	struct event *arrivals, *lookups; /* no arrivals while there are too many */
	int found[2];                     /* pipe: lookups that are done */
	const char *const *texts;
	struct host_rule rules[HOSTS_MAX];
	size_t rule_count;
	unsigned int open;
	struct {
		uint64_t relayed, refused, failed, up, down;
	} count;
};

/* ---- gate_request.c ---- */

struct gate_request {
	enum { GATE_TUNNEL, GATE_FORWARD, GATE_ABOUT } kind;
	struct host host; /* of the first two; always with a port */
	struct buf head;  /* GATE_FORWARD: what the host is sent in its place */
};

/* Reads a head with the empty line at its end. 0, or the status to answer; then nothing
 * is to be freed. Of what is meant for us alone nothing goes on to the host, and a
 * connection is used once. */
int gate_request_read(struct gate_request *request, const char *head, size_t len);

void gate_request_clear(struct gate_request *request);

/* ---- gate_client.c ---- */

struct gate_side {
	struct bufferevent *bev;
	bool ended; /* it says nothing more */
};

struct gate_client {
	struct gate *gate;
	enum { GATE_HEAD, GATE_DIAL, GATE_RELAY, GATE_ANSWER, GATE_GONE } state;
	struct gate_side client, host;
	struct event *deadline;
	struct gate_request request;
	struct gate_lookup *lookup;           /* under way, or NULL */
	struct addrinfo *addresses, *untried; /* of the host */
};

/* Takes the connection over. */
void gate_client_new(struct gate *gate, int fd);

/* Closes both sides. It is freed at once, or when its lookup is done. */
void gate_client_end(struct gate_client *client);

/* The client is told this instead, and the connection ends. `text` is a sentence. */
void gate_client_answer(struct gate_client *client, int status, const char *text);

/* When it ends by itself, unless it is set again. */
void gate_client_expire(struct gate_client *client, int seconds);

/* ---- gate_dial.c ---- */

/* Looks the host up and connects to it. Ends in gate_relay_begin() or in an answer. */
void gate_dial(struct gate_client *client);

/* The address that is being tried takes too long. */
void gate_dial_next(struct gate_client *client);

/* Event callback: lookups are done. `gate` is a struct gate. */
void gate_dial_found(int fd, short events, void *gate);

void gate_dial_free(struct gate_client *client);

/* ---- gate_relay.c ---- */

/* There is a connection to the host. */
void gate_relay_begin(struct gate_client *client);

#endif
