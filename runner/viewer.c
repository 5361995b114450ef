/* See viewer.h. */
#include "config.h"

#include "runner/viewer.h"

#include "lib/clock.h"
#include "lib/envelope.h"
#include "lib/json.h"
#include "lib/store/event.h"
#include "runner/app.h"

#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/event.h>
#include <event2/http.h>

#include <stdlib.h>
#include <string.h>

enum {
	PIECE_BYTES = 64 * 1024, /* a piece is about this long */
	REPLAY_EVENTS = 64,      /* read from the log at once */
};

void
viewer_encode(struct buf *b, const char *session_id, const struct event *ev)
{
	buf_printf(b, "id: %lld\nevent: event\ndata: ", (long long)ev->id);
	envelope_event(b, session_id, ev);
	buf_str(b, "\n\n");
}

static void
release_line(const void *data, size_t len, void *arg)
{
	(void)data, (void)len;
	line_release(arg);
}

static void
add_line(struct evbuffer *out, struct line *line)
{
	line->references++;
	evbuffer_add_reference(out, line->text, line->len, release_line, line);
}

/* ---- flow control ---- */

static bool
window_open(const struct viewer *v)
{
	return v->window == 0 || v->in_flight < v->window;
}

/* Counts what is on its way. When the marks run out the newest grows: it is then
 * acknowledged a little later than it could be. */
static void
mark(struct viewer *v, int64_t id, size_t bytes)
{
	if (v->window == 0)
		return;
	v->in_flight += (int64_t)bytes;
	int last = v->mark_count - 1;
	if (last >= 0 &&
		(v->mark_count == MARKS || v->marks[last].bytes < v->window / MARKS)) {
		v->marks[last].id = id;
		v->marks[last].bytes += (int64_t)bytes;
		return;
	}
	v->marks[v->mark_count].id = id;
	v->marks[v->mark_count++].bytes = (int64_t)bytes;
}

void
viewer_acknowledge(struct viewer *v, int64_t event)
{
	int done = 0;
	while (done < v->mark_count && v->marks[done].id <= event)
		v->in_flight -= v->marks[done++].bytes;
	v->mark_count -= done;
	memmove(v->marks, v->marks + done, (size_t)v->mark_count * sizeof *v->marks);
}

/* ---- live ---- */

static struct cursor *
find_cursor(struct viewer *v, int64_t session)
{
	for (int i = 0; i < v->count; i++)
		if (v->cursors[i].session == session)
			return &v->cursors[i];
	return NULL;
}

/* Takes from the ring. Returns false when the viewer has fallen out of it. */
static bool
take_recent(struct viewer *v, struct evbuffer *out)
{
	const struct recent *recent = hub_recent(v->hub);
	if (v->position < recent->first)
		return false;
	while (v->position < recent->end && window_open(v) &&
		evbuffer_get_length(out) < PIECE_BYTES) {
		const struct recent_entry *entry =
			&recent->entries[v->position++ % RECENT_ENTRIES];
		struct cursor *cursor = find_cursor(v, entry->session);
		if (!cursor || entry->seq <= cursor->seq)
			continue;
		add_line(out, entry->line);
		mark(v, entry->id, entry->line->len);
		cursor->seq = entry->seq;
	}
	return true;
}

/* ---- behind ---- */

static void
find_next(struct viewer *v, struct cursor *c)
{
	int rc = event_next_id(v->app->events, c->session, c->seq, &c->next, NULL);
	c->state = rc > 0 ? NEXT_KNOWN : NEXT_NONE;
	c->none_up_to = hub_recent(v->hub)->last_id;
}

static bool
precedes(const struct cursor *c, int64_t id)
{
	return c->state == NEXT_UNKNOWN || (c->state == NEXT_NONE && c->none_up_to < id);
}

/* The cursor whose next event is the oldest, and the id at which another one's turn
 * comes. */
static struct cursor *
oldest_cursor(struct viewer *v, int64_t *until)
{
	struct cursor *oldest = NULL;
	*until = INT64_MAX;
	for (int i = 0; i < v->count; i++) {
		struct cursor *c = &v->cursors[i];
		if (precedes(c, oldest ? oldest->next : INT64_MAX))
			find_next(v, c);
		if (c->state != NEXT_KNOWN)
			continue;
		if (!oldest || c->next < oldest->next) {
			*until = oldest ? oldest->next : INT64_MAX;
			oldest = c;
		} else if (c->next < *until) {
			*until = c->next;
		}
	}
	return oldest;
}

/* Everything that is still to be sent is in the ring. */
static bool
is_level(struct viewer *v)
{
	for (int i = 0; i < v->count; i++) {
		struct cursor *c = &v->cursors[i];
		if (c->state != NEXT_KNOWN)
			find_next(v, c);
		if (c->state == NEXT_KNOWN &&
			c->next < hub_remembers_from(v->hub, c->session))
			return false;
	}
	return true;
}

struct replay {
	struct viewer *viewer;
	struct cursor *cursor;
	struct evbuffer *out;
	int64_t until;
};

static int
replay_event(void *arg, const struct event *ev)
{
	struct replay *r = arg;
	struct buf b = BUF_INIT;
	if (ev->id >= r->until || !window_open(r->viewer) ||
		evbuffer_get_length(r->out) >= PIECE_BYTES)
		return 1;
	viewer_encode(&b, r->cursor->id, ev);
	evbuffer_add(r->out, b.data, b.len);
	mark(r->viewer, ev->id, b.len);
	r->cursor->seq = ev->seq;
	buf_free(&b);
	return 0;
}

/* Reads on from the log. Returns false when there is nothing to read. */
static bool
take_from_log(struct viewer *v, struct evbuffer *out)
{
	struct replay r = {.viewer = v, .out = out};
	r.cursor = oldest_cursor(v, &r.until);
	if (!r.cursor || is_level(v)) {
		v->live = true;
		v->position = hub_recent(v->hub)->first;
		return true;
	}
	struct event_range range = {.session = r.cursor->session,
		.after = r.cursor->seq,
		.limit = REPLAY_EVENTS};
	r.cursor->state = NEXT_UNKNOWN;
	return event_read(v->app->events, &range, replay_event, &r, NULL) > 0;
}

/* ---- sending ---- */

static void
on_sent(struct evhttp_connection *connection, void *arg)
{
	struct viewer *v = arg;
	(void)connection;
	v->sending = false;
	viewer_pump(v);
}

static void
send_piece(struct viewer *v, struct evbuffer *out)
{
	v->sending = true;
	v->beat = clock_monotonic();
	evhttp_send_reply_chunk_with_cb(v->request, out, on_sent, v);
}

static void
take_system_lines(struct viewer *v, struct evbuffer *out)
{
	for (int i = 0; i < v->system_count; i++) {
		add_line(out, v->system[i]);
		line_release(v->system[i]);
	}
	v->system_count = 0;
}

void
viewer_pump(struct viewer *v)
{
	if (v->sending)
		return;
	struct evbuffer *out = evbuffer_new();
	take_system_lines(v, out);
	bool more = v->count > 0;
	while (more && window_open(v) && evbuffer_get_length(out) < PIECE_BYTES) {
		if (!v->live) {
			more = take_from_log(v, out);
			continue;
		}
		v->live = take_recent(v, out);
		more = !v->live;
		for (int i = 0; i < v->count && !v->live; i++)
			v->cursors[i].state = NEXT_UNKNOWN;
	}
	if (evbuffer_get_length(out) > 0)
		send_piece(v, out);
	evbuffer_free(out);
}

void
viewer_tell(struct viewer *v, struct line *line)
{
	if (v->system_count == SYSTEM_LINES)
		return; /* viewer_beat() ends who is that slow */
	line->references++;
	v->system[v->system_count++] = line;
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
	struct evbuffer *out = evbuffer_new();
	evbuffer_add(out, ": \n\n", 4);
	send_piece(v, out);
	evbuffer_free(out);
}

/* ---- beginning and end ---- */

static void
destroy(struct viewer *v)
{
	hub_leave(v->hub, v);
	for (int i = 0; i < v->system_count; i++)
		line_release(v->system[i]);
	free(v->cursors);
	free(v);
}

static void
on_close(struct evhttp_connection *connection, void *arg)
{
	(void)connection;
	destroy(arg);
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
	evhttp_add_header(headers, "Content-Type", "text/event-stream");
	evhttp_add_header(headers, "Cache-Control", "no-store");
	evhttp_add_header(headers, "X-Accel-Buffering", "no");
	evhttp_add_header(headers, "X-Content-Type-Options", "nosniff");
	evhttp_add_header(headers, "Cross-Origin-Resource-Policy", "same-origin");
	evhttp_connection_set_closecb(connection, on_close, v);
	evhttp_send_reply_start(request, 200, "OK");
	expect_nothing(connection);
}

void
viewer_end(struct viewer *v, const char *reason)
{
	struct evbuffer *out = evbuffer_new();
	evbuffer_add_printf(out, "event: bye\ndata: {\"reason\":\"%s\"}\n\n", reason);
	evhttp_connection_set_closecb(evhttp_request_get_connection(v->request), NULL,
		NULL);
	evhttp_send_reply_chunk(v->request, out);
	evhttp_send_reply_end(v->request);
	evbuffer_free(out);
	destroy(v);
}
