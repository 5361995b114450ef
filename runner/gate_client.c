/* See gate.h. A client ends in one place, gate_client_end(), whatever became of it. */
#include "config.h"

#include "runner/gate.h"

#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/event.h>

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

void
gate_client_expire(struct gate_client *client, int seconds)
{
	struct timeval after = {.tv_sec = seconds};
	event_add(client->deadline, &after);
}

static void
close_side(struct gate_side *side)
{
	if (side->bev)
		bufferevent_free(side->bev);
	side->bev = NULL;
}

void
gate_client_end(struct gate_client *client)
{
	client->state = GATE_GONE;
	close_side(&client->client);
	close_side(&client->host);
	event_del(client->deadline);
	if (client->lookup)
		return;
	gate_dial_free(client);
	gate_request_clear(&client->request);
	event_free(client->deadline);
	if (client->gate->open-- == GATE_CONNECTIONS_MAX)
		event_add(client->gate->arrivals, NULL);
	free(client);
}

/* ---- answers ---- */

static const char *
reason(int status)
{
	static const struct {
		int status;
		const char *reason;
	} reasons[] = {
		{200, "OK"},
		{400, "Bad Request"},
		{403, "Forbidden"},
		{431, "Request Header Fields Too Large"},
		{501, "Not Implemented"},
		{502, "Bad Gateway"},
		{503, "Service Unavailable"},
	};
	for (size_t i = 0; i < sizeof reasons / sizeof *reasons; i++)
		if (reasons[i].status == status)
			return reasons[i].reason;
	return "Error";
}

/* What it still sends is not read; without this it might be reset before it has read the
 * answer. */
static void
discard(struct bufferevent *bev, void *ctx)
{
	struct evbuffer *input = bufferevent_get_input(bev);
	(void)ctx;
	evbuffer_drain(input, evbuffer_get_length(input));
}

static void
answer_written(struct bufferevent *bev, void *ctx)
{
	(void)ctx;
	shutdown(bufferevent_getfd(bev), SHUT_WR);
}

static void
answer_ended(struct bufferevent *bev, short what, void *ctx)
{
	(void)bev, (void)what;
	gate_client_end(ctx);
}

void
gate_client_answer(struct gate_client *client, int status, const char *text)
{
	struct bufferevent *bev = client->client.bev;
	close_side(&client->host);
	client->state = GATE_ANSWER;
	evbuffer_add_printf(bufferevent_get_output(bev),
		"HTTP/1.1 %d %s\r\nContent-Type: text/plain; charset=utf-8\r\n"
		"Content-Length: %zu\r\nConnection: close\r\n\r\n%s\n",
		status, reason(status), strlen(text) + 1, text);
	bufferevent_setwatermark(bev, EV_READ | EV_WRITE, 0, GATE_HEAD_MAX);
	bufferevent_setcb(bev, discard, answer_written, answer_ended, client);
	bufferevent_enable(bev, EV_READ | EV_WRITE);
	discard(bev, NULL);
	gate_client_expire(client, GATE_LINGER_S);
}

static void
tell_about(struct gate_client *client)
{
	const struct gate *gate = client->gate;
	struct buf text = BUF_INIT;
	buf_str(&text, "This session reaches these hosts, and no others:\n");
	for (size_t i = 0; i < gate->rule_count; i++)
		buf_printf(&text, "  %s\n", gate->texts[i]);
	buf_printf(&text,
		"Connections: %u open, %" PRIu64 " relayed, %" PRIu64 " refused, %" PRIu64
		" failed. Bytes: %" PRIu64 " sent, %" PRIu64 " received.",
		gate->open, gate->count.relayed, gate->count.refused, gate->count.failed,
		gate->count.up, gate->count.down);
	gate_client_answer(client, 200, text.data);
	buf_free(&text);
}

/* ---- the request ---- */

static bool
is_allowed(const struct gate *gate, const struct host *host)
{
	for (size_t i = 0; i < gate->rule_count; i++)
		if (host_rule_allows(&gate->rules[i], host->name, host->port))
			return true;
	return false;
}

static void
refuse(struct gate_client *client)
{
	const struct host *host = &client->request.host;
	char *text = xasprintf("This session may not reach %s port %u: it is not among "
			       "its hosts (the option \"hosts\" of the session).",
		host->name, host->port);
	client->gate->count.refused++;
	gate_client_answer(client, 403, text);
	free(text);
}

static void
take_request(struct gate_client *client, const char *head, size_t len)
{
	int status = gate_request_read(&client->request, head, len);
	if (status == 501)
		gate_client_answer(client, status,
			"Only http and CONNECT lead out of this session.");
	else if (status != 0)
		gate_client_answer(client, status,
			"This is not a request that a proxy understands.");
	else if (client->request.kind == GATE_ABOUT)
		tell_about(client);
	else if (!is_allowed(client->gate, &client->request.host))
		refuse(client);
	else
		gate_dial(client);
}

static void
on_head(struct bufferevent *bev, void *ctx)
{
	struct gate_client *client = ctx;
	struct evbuffer *input = bufferevent_get_input(bev);
	char head[GATE_HEAD_MAX];
	struct evbuffer_ptr end = evbuffer_search(input, "\r\n\r\n", 4, NULL);
	size_t len = end.pos < 0 ? 0 : (size_t)end.pos + 4;
	if (len > GATE_HEAD_MAX ||
		(len == 0 && evbuffer_get_length(input) >= GATE_HEAD_MAX)) {
		gate_client_answer(client, 431, "The head of this request is too long.");
		return;
	}
	if (len == 0)
		return;
	/* What follows is for the host and waits. */
	bufferevent_disable(bev, EV_READ);
	evbuffer_remove(input, head, len);
	take_request(client, head, len);
}

static void
on_gone(struct bufferevent *bev, short what, void *ctx)
{
	(void)bev, (void)what;
	gate_client_end(ctx);
}

static void
on_deadline(int fd, short events, void *ctx)
{
	struct gate_client *client = ctx;
	(void)fd, (void)events;
	if (client->state == GATE_DIAL)
		gate_dial_next(client);
	else
		gate_client_end(client);
}

void
gate_client_new(struct gate *gate, int fd)
{
	struct gate_client *client = xcalloc(1, sizeof *client);
	client->gate = gate;
	client->deadline = event_new(gate->base, -1, 0, on_deadline, client);
	client->client.bev =
		bufferevent_socket_new(gate->base, fd, BEV_OPT_CLOSE_ON_FREE);
	if (!client->deadline || !client->client.bev)
		abort();
	gate->open++;
	bufferevent_setwatermark(client->client.bev, EV_READ, 0, GATE_HEAD_MAX);
	bufferevent_setcb(client->client.bev, on_head, NULL, on_gone, client);
	bufferevent_enable(client->client.bev, EV_READ | EV_WRITE);
	gate_client_expire(client, GATE_HEAD_S);
	if (gate->open == GATE_CONNECTIONS_MAX)
		event_del(gate->arrivals);
}
