/*
 * See gate.h. What one side sends waits at the other, up to GATE_WAITING_MAX; then the
 * one is not read until half of it is gone. The end of one side is passed on when all
 * before it has been, and the other may go on.
 */
#include "config.h"

#include "runner/gate.h"

#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/event.h>

#include <string.h>
#include <sys/socket.h>

static struct gate_side *
side_of(struct gate_client *client, const struct bufferevent *bev)
{
	return client->client.bev == bev ? &client->client : &client->host;
}

static struct gate_side *
other_of(struct gate_client *client, const struct bufferevent *bev)
{
	return client->client.bev == bev ? &client->host : &client->client;
}

static size_t
waiting(const struct gate_side *side)
{
	return evbuffer_get_length(bufferevent_get_output(side->bev));
}

static void
pass(struct gate_client *client, struct gate_side *from, struct gate_side *to)
{
	struct evbuffer *input = bufferevent_get_input(from->bev);
	size_t len = evbuffer_get_length(input);
	if (from == &client->client)
		client->gate->count.up += len;
	else
		client->gate->count.down += len;
	bufferevent_write_buffer(to->bev, input);
	if (waiting(to) >= GATE_WAITING_MAX)
		bufferevent_disable(from->bev, EV_READ);
	gate_client_expire(client, GATE_IDLE_S);
}

/* True when that was the last of both. */
static bool
pass_end(struct gate_client *client, struct gate_side *from, struct gate_side *to)
{
	if (!from->ended || waiting(to) > 0)
		return false;
	shutdown(bufferevent_getfd(to->bev), SHUT_WR);
	if (!to->ended || waiting(from) > 0)
		return false;
	gate_client_end(client);
	return true;
}

static void
on_read(struct bufferevent *bev, void *ctx)
{
	pass(ctx, side_of(ctx, bev), other_of(ctx, bev));
}

/* It has taken what waited, or half of it. */
static void
on_written(struct bufferevent *bev, void *ctx)
{
	struct gate_client *client = ctx;
	struct gate_side *side = side_of(client, bev), *other = other_of(client, bev);
	gate_client_expire(client, GATE_IDLE_S);
	if (!pass_end(client, other, side) && !other->ended)
		bufferevent_enable(other->bev, EV_READ);
}

static void
on_event(struct bufferevent *bev, short what, void *ctx)
{
	struct gate_client *client = ctx;
	struct gate_side *side = side_of(client, bev), *other = other_of(client, bev);
	if (!(what & BEV_EVENT_EOF)) {
		gate_client_end(client);
		return;
	}
	pass(client, side, other);
	side->ended = true;
	/* To be told when all is written, not half of it. */
	bufferevent_setwatermark(other->bev, EV_WRITE, 0, 0);
	pass_end(client, side, other);
}

static void
begin(struct gate_client *client, struct bufferevent *bev)
{
	bufferevent_setwatermark(bev, EV_READ, 0, GATE_WAITING_MAX);
	bufferevent_setwatermark(bev, EV_WRITE, GATE_WAITING_MAX / 2, 0);
	bufferevent_setcb(bev, on_read, on_written, on_event, client);
	bufferevent_enable(bev, EV_READ | EV_WRITE);
}

void
gate_relay_begin(struct gate_client *client)
{
	static const char connected[] = "HTTP/1.1 200 Connection established\r\n\r\n";
	const struct buf *head = &client->request.head;
	client->state = GATE_RELAY;
	gate_dial_free(client);
	begin(client, client->host.bev);
	begin(client, client->client.bev);
	if (client->request.kind == GATE_TUNNEL)
		bufferevent_write(client->client.bev, connected, sizeof connected - 1);
	else
		bufferevent_write(client->host.bev, head->data, head->len);
	/* What came behind the head. */
	pass(client, &client->client, &client->host);
}
