/* Sending, the beginning and the end; see viewer.h. What is sent is in viewer_log.c. */
#include "config.h"

#include "runner/viewer.h"

#include "lib/clock.h"
#include "runner/app.h"
#include "runner/partials.h"
#include "runner/recent.h"
#include "runner/stream.h"

#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/event.h>
#include <event2/http.h>

#include <stdlib.h>
#include <string.h>

static void
on_sent(struct evhttp_connection *connection, void *arg)
{
	struct viewer *v = arg;
	(void)connection;
	v->sending = false;
	viewer_pump(v);
}

/* What is little goes to the socket at once: to wait until the loop says that the socket
 * takes it would cost each key a turn. What the socket does not take waits for that. */
static void
write_now(struct viewer *v)
{
	struct bufferevent *bev = evhttp_connection_get_bufferevent(
		evhttp_request_get_connection(v->request));
	struct evbuffer *output = bufferevent_get_output(bev);
	evbuffer_unfreeze(output, 1);
	evbuffer_write(output, bufferevent_getfd(bev));
	evbuffer_freeze(output, 1);
	if (evbuffer_get_length(output) > 0)
		return;
	bufferevent_disable(bev, EV_WRITE);
	v->sending = false;
}

static void
send_out(struct viewer *v)
{
	bool little = evbuffer_get_length(v->out) < VIEWER_PIECE;
	v->sending = true;
	v->beat = clock_monotonic();
	evhttp_send_reply_chunk_with_cb(v->request, v->out, on_sent, v);
	if (little)
		write_now(v);
}

static void
take_system_lines(struct viewer *v)
{
	for (int i = 0; i < v->system_count; i++) {
		viewer_add_line(v, v->system[i]);
		line_release(v->system[i]);
	}
	v->system_count = 0;
}

/* Only who is level with a log is shown what comes behind its end. */
static void
take_partials(struct viewer *v)
{
	struct buf b = BUF_INIT;
	v->partials_due = false;
	for (int i = 0; i < v->count; i++) {
		struct cursor *c = &v->cursors[i];
		if (viewer_has_more(c))
			v->partials_due = true;
		else
			partials_encode(v->app->partials, c->session, c->id, c->partials,
				&b);
	}
	evbuffer_add(v->out, b.data, b.len);
	buf_free(&b);
}

void
viewer_pump(struct viewer *v)
{
	if (v->sending)
		return;
	take_system_lines(v);
	viewer_take(v);
	if (v->partials_due)
		take_partials(v);
	if (evbuffer_get_length(v->out) > 0)
		send_out(v);
}

void
viewer_tell(struct viewer *v, struct line *line)
{
	if (v->system_count == SYSTEM_LINES)
		return; /* viewer_beat() ends who is that slow */
	v->system[v->system_count++] = line_share(line);
}

void
viewer_beat(struct viewer *v, int64_t now)
{
	v->beat = now;
	if (v->system_count == SYSTEM_LINES) {
		viewer_end(v, "slow");
		return;
	}
	if (v->sending)
		return;
	evbuffer_add(v->out, ": \n\n", 4);
	send_out(v);
}

/* ---- beginning and end ---- */

static void
destroy(struct viewer *v)
{
	hub_leave(v->hub, v);
	for (int i = 0; i < v->system_count; i++)
		line_release(v->system[i]);
	for (int i = 0; i < v->count; i++)
		line_release(v->cursors[i].snapshot);
	evbuffer_free(v->out);
	free(v->cursors);
	free(v);
}

/* A request that is still being answered when its client leaves has no connection any
 * more, and is ours. */
static void
on_close(struct evhttp_connection *connection, void *arg)
{
	struct viewer *v = arg;
	(void)connection;
	if (!evhttp_request_get_connection(v->request))
		evhttp_request_free(v->request);
	destroy(v);
}

/* A client that is being answered has nothing more to say, and a stream may rest for
 * ever. evhttp goes on reading, to learn that the client has left. */
static void
expect_nothing(struct evhttp_connection *connection)
{
	struct bufferevent *bev = evhttp_connection_get_bufferevent(connection);
	bufferevent_setwatermark(bev, EV_READ, 0, 4096);
	bufferevent_set_timeouts(bev, NULL, NULL);
}

void
viewer_begin(struct viewer *v, struct evhttp_request *request)
{
	struct evkeyvalq *headers = evhttp_request_get_output_headers(request);
	struct evhttp_connection *connection = evhttp_request_get_connection(request);
	v->request = request;
	v->out = evbuffer_new();
	evhttp_add_header(headers, "Content-Type", "text/event-stream");
	evhttp_add_header(headers, "X-Accel-Buffering", "no");
	stream_headers(headers);
	evhttp_connection_set_closecb(connection, on_close, v);
	evhttp_send_reply_start(request, 200, "OK");
	expect_nothing(connection);
}

void
viewer_end(struct viewer *v, const char *reason)
{
	evbuffer_add_printf(v->out, "event: bye\ndata: {\"reason\":\"%s\"}\n\n", reason);
	evhttp_connection_set_closecb(evhttp_request_get_connection(v->request), NULL,
		NULL);
	evhttp_send_reply_chunk(v->request, v->out);
	evhttp_send_reply_end(v->request);
	destroy(v);
}
