/*
 * See gate.h. A name is looked up once, out here, and what is connected to is an address
 * that was judged: a name of the list that leads to this machine or its network leads
 * nowhere. Who wants such an address names it in the list.
 */
#include "config.h"

#include "runner/gate.h"

#include <event2/bufferevent.h>
#include <event2/event.h>

#include <netdb.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { STACK_SIZE = 512 * 1024 };

/* The thread has it until its address was written into the pipe. */
struct gate_lookup {
	struct gate_client *client;
	struct host host;
	struct addrinfo *found;
	int error, done; /* EAI_*; the pipe */
};

static void
fail(struct gate_client *client, int status, const char *why)
{
	const struct host *host = &client->request.host;
	char *text = xasprintf("%s port %u cannot be reached: %s.", host->name,
		host->port, why);
	if (status == 403)
		client->gate->count.refused++;
	else
		client->gate->count.failed++;
	gate_client_answer(client, status, text);
	free(text);
}

void
gate_dial_free(struct gate_client *client)
{
	if (client->addresses)
		freeaddrinfo(client->addresses);
	client->addresses = client->untried = NULL;
}

/* ---- connecting ---- */

static void
on_connected(struct bufferevent *bev, short what, void *ctx)
{
	struct gate_client *client = ctx;
	(void)bev;
	if (!(what & BEV_EVENT_CONNECTED)) {
		gate_dial_next(client);
		return;
	}
	client->gate->count.relayed++;
	gate_relay_begin(client);
}

static int
try_address(struct gate_client *client, const struct addrinfo *address)
{
	struct bufferevent *bev =
		bufferevent_socket_new(client->gate->base, -1, BEV_OPT_CLOSE_ON_FREE);
	if (!bev)
		abort();
	if (client->host.bev)
		bufferevent_free(client->host.bev);
	client->host.bev = bev;
	gate_client_expire(client, GATE_DIAL_S);
	/* Set after it: an immediate failure is told here, not in a callback as well. */
	if (bufferevent_socket_connect(bev, address->ai_addr, (int)address->ai_addrlen) !=
		0)
		return -1;
	bufferevent_setcb(bev, NULL, NULL, on_connected, client);
	return 0;
}

void
gate_dial_next(struct gate_client *client)
{
	while (client->untried) {
		const struct addrinfo *address = client->untried;
		client->untried = address->ai_next;
		if ((client->request.host.address || host_is_public(address->ai_addr)) &&
			try_address(client, address) == 0)
			return;
	}
	fail(client, 502, "none of its addresses answers");
}

static bool
has_public(const struct addrinfo *addresses)
{
	for (; addresses; addresses = addresses->ai_next)
		if (host_is_public(addresses->ai_addr))
			return true;
	return false;
}

static void
found(struct gate_client *client, struct addrinfo *addresses, int error)
{
	client->addresses = client->untried = addresses;
	if (error != 0)
		fail(client, 502, gai_strerror(error));
	else if (!client->request.host.address && !has_public(addresses))
		fail(client, 403,
			"it leads to an address of this machine or its network, "
			"which the option \"hosts\" of the session must name itself");
	else
		gate_dial_next(client);
}

/* ---- looking up ---- */

static int
look_up(const struct host *host, struct addrinfo **addresses)
{
	struct addrinfo hints = {.ai_socktype = SOCK_STREAM, .ai_flags = AI_NUMERICSERV};
	char port[8];
	if (host->address)
		hints.ai_flags = AI_NUMERICSERV | AI_NUMERICHOST;
	snprintf(port, sizeof port, "%u", host->port);
	return getaddrinfo(host->name, port, &hints, addresses);
}

static void *
run(void *arg)
{
	struct gate_lookup *lookup = arg;
	lookup->error = look_up(&lookup->host, &lookup->found);
	if (write(lookup->done, &lookup, sizeof lookup) != sizeof lookup)
		abort();
	return NULL;
}

static int
start_thread(struct gate_lookup *lookup)
{
	pthread_attr_t attributes;
	pthread_t thread;
	pthread_attr_init(&attributes);
	pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
	pthread_attr_setstacksize(&attributes, STACK_SIZE);
	int error = pthread_create(&thread, &attributes, run, lookup);
	pthread_attr_destroy(&attributes);
	return error == 0 ? 0 : -1;
}

void
gate_dial_found(int fd, short events, void *ctx)
{
	struct gate_lookup *lookup;
	(void)events, (void)ctx;
	if (read(fd, &lookup, sizeof lookup) != sizeof lookup)
		return;
	struct gate_client *client = lookup->client;
	client->lookup = NULL;
	if (client->state == GATE_GONE) {
		client->addresses = lookup->found;
		gate_client_end(client);
	} else {
		found(client, lookup->found, lookup->error);
	}
	free(lookup);
}

void
gate_dial(struct gate_client *client)
{
	const struct host *host = &client->request.host;
	struct addrinfo *addresses = NULL;
	client->state = GATE_DIAL;
	if (host->address) {
		int error = look_up(host, &addresses);
		found(client, addresses, error);
		return;
	}
	/* The resolver has time limits of its own, and the client may leave. */
	event_del(client->deadline);
	struct gate_lookup *lookup = xcalloc(1, sizeof *lookup);
	*lookup = (struct gate_lookup){.client = client,
		.host = *host,
		.done = client->gate->found[1]};
	client->lookup = lookup;
	if (start_thread(lookup) == 0)
		return;
	client->lookup = NULL;
	free(lookup);
	fail(client, 503, "the system has no room for a lookup");
}
