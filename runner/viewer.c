/* See viewer.h. */
#include "config.h"

#include "runner/viewer.h"

#include "lib/clock.h"
#include "lib/envelope.h"
#include "lib/json.h"
#include "lib/store/event.h"
#include "lib/store/snapshot.h"
#include "runner/app.h"
#include "runner/recent.h"
#include "runner/snapshots.h"

#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/event.h>
#include <event2/http.h>

#include <stdlib.h>
#include <string.h>

enum {
	PIECE_BYTES = 64 * 1024, /* a piece is about this long */
	REPLAY_EVENTS = 64,      /* read from the log at once */
	JUMP_BYTES = 256 * 1024, /* of output: who is further behind jumps */
	LATE_BEATS = 2,          /* that long */
	WIDE_WINDOW =
		256 * 1024,     /* a link that takes the lines above the screen as well */
	QUIET_BYTES = 4 * 1024, /* who is no further behind need not wait … */
	RESERVE = 16 * 1024,    /* … for a window that others have filled */
};

/* ---- what is written ---- */

void
viewer_encode(struct buf *b, const char *session_id, const struct event *ev)
{
	buf_printf(b, "id: %lld\nevent: event\ndata: ", (long long)ev->id);
	envelope_event(b, session_id, ev);
	buf_str(b, "\n\n");
}

static struct line *
snapshot_line(const char *session_id, const struct snapshot *s, bool scrollback)
{
	struct buf b = BUF_INIT;
	buf_str(&b, "event: snapshot\ndata: ");
	envelope_snapshot(&b, session_id, s, scrollback);
	buf_str(&b, "\n\n");
	struct line *line = line_create(b.data, b.len);
	buf_free(&b);
	return line;
}

static void
release_line(const void *data, size_t len, void *arg)
{
	(void)data, (void)len;
	line_release(arg);
}

static void
add_line(struct viewer *v, struct line *line)
{
	line_share(line);
	evbuffer_add_reference(v->out, line->text, line->len, release_line, line);
}

/* A message that counts. */
static void
sent(struct viewer *v, size_t bytes)
{
	window_sent(&v->window, bytes, clock_monotonic());
}

/* ---- which session is next ---- */

static int64_t
behind(const struct cursor *c)
{
	return c->topic->output - c->output;
}

static bool
has_more(const struct cursor *c)
{
	if (c->jumping)
		return c->snapshot != NULL;
	return c->seq < c->topic->last_seq || c->seq + 1 < c->topic->first_seq;
}

/* The global id of the cursor's next event. */
static int64_t
next_id(struct viewer *v, struct cursor *c)
{
	const struct recent_entry *entry =
		recent_next(v->recent, c->topic, c->seq, &c->place);
	if (entry)
		return entry->id;
	if (c->known_after != c->seq || c->known_id == 0) {
		c->known_id = INT64_MAX;
		event_next_id(v->app->events, c->session, c->seq, &c->known_id, NULL);
		c->known_after = c->seq;
	}
	return c->known_id;
}

/* The cursor whose turn it is, or NULL. *until: the global id at which it is another
 * one's. */
static struct cursor *
next_cursor(struct viewer *v, int64_t *until)
{
	struct cursor *best = NULL;
	int64_t least = INT64_MAX;
	*until = INT64_MAX;
	for (int i = 0; i < v->count; i++) {
		struct cursor *c = &v->cursors[i];
		if (!has_more(c))
			continue;
		int64_t rank = v->jump ? behind(c) : v->count > 1 ? next_id(v, c) : 0;
		if (!best || rank < least) {
			if (!v->jump)
				*until = least;
			best = c;
			least = rank;
		} else if (!v->jump && rank < *until) {
			*until = rank;
		}
	}
	return best;
}

static bool
may_send(const struct viewer *v, const struct cursor *c)
{
	bool quiet = v->jump && !c->jumping && behind(c) <= QUIET_BYTES;
	return evbuffer_get_length(v->out) < PIECE_BYTES &&
		window_open(&v->window, quiet ? RESERVE : 0);
}

/* ---- its next part ---- */

static void
advance(struct cursor *c, int64_t seq, int64_t output)
{
	c->seq = seq;
	c->output = output;
}

static void
take_snapshot(struct viewer *v, struct cursor *c)
{
	add_line(v, c->snapshot);
	sent(v, c->snapshot->len);
	advance(c, c->snapshot_seq, c->snapshot_output);
	line_release(c->snapshot);
	c->snapshot = NULL;
	c->jumping = false;
}

/* Behind a gap a terminal's state is unknown: the snapshot with which the rest of its log
 * begins says it. */
static void
take_base(struct viewer *v, struct cursor *c)
{
	struct snapshot s;
	if (snapshot_find(v->app->events, c->session, c->seq + 1, &s, NULL) > 0 &&
		s.seq == c->seq) {
		struct line *line = snapshot_line(c->id, &s, true);
		add_line(v, line);
		sent(v, line->len);
		c->output = s.output;
		line_release(line);
	}
	snapshot_clear(&s);
}

/* Says that events are gone. */
static void
take_gap(struct viewer *v, struct cursor *c)
{
	struct buf b = BUF_INIT;
	int64_t to = c->topic->first_seq - 1;
	buf_str(&b, "event: gap\ndata: ");
	json_begin(&b, '{');
	json_key(&b, "session"), json_string(&b, c->id);
	json_key(&b, "from"), json_int(&b, c->seq + 1);
	json_key(&b, "to"), json_int(&b, to);
	json_key(&b, "reason"), json_string(&b, "retention");
	json_end(&b, '}');
	buf_str(&b, "\n\n");
	evbuffer_add(v->out, b.data, b.len);
	sent(v, b.len);
	buf_free(&b);
	advance(c, to, event_output_at(v->app->events, c->session, to + 1, NULL));
	take_base(v, c);
}

struct replay {
	struct viewer *viewer;
	struct cursor *cursor;
	int64_t until;
};

static int
replay_event(void *arg, const struct event *ev)
{
	struct replay *r = arg;
	struct buf b = BUF_INIT;
	/* What was pruned a moment ago is seen as a gap in the next round. */
	if (ev->id >= r->until || ev->seq != r->cursor->seq + 1 ||
		!may_send(r->viewer, r->cursor))
		return 1;
	viewer_encode(&b, r->cursor->id, ev);
	struct line *line = line_create(b.data, b.len);
	buf_free(&b);
	recent_keep_replay(r->viewer->recent, ev, line);
	add_line(r->viewer, line);
	sent(r->viewer, line->len);
	advance(r->cursor, ev->seq, ev->output);
	line_release(line);
	return 0;
}

static bool
take_from_log(struct viewer *v, struct cursor *c, int64_t until)
{
	struct replay r = {.viewer = v, .cursor = c, .until = until};
	const struct event_range range = {.session = c->session,
		.after = c->seq,
		.limit = REPLAY_EVENTS};
	int64_t before = c->seq;
	event_read(v->app->events, &range, replay_event, &r, NULL);
	return c->seq > before;
}

/* Takes some of what comes next. Returns false when that cannot be had now. */
static bool
take(struct viewer *v, struct cursor *c, int64_t until)
{
	if (c->jumping) {
		take_snapshot(v, c);
		return true;
	}
	if (c->seq + 1 < c->topic->first_seq) {
		take_gap(v, c);
		return true;
	}
	const struct recent_entry *entry =
		recent_next(v->recent, c->topic, c->seq, &c->place);
	if (!entry)
		entry = recent_replay(v->recent, c->session, c->seq + 1);
	if (!entry)
		return take_from_log(v, c, until);
	add_line(v, entry->line);
	sent(v, entry->line->len);
	advance(c, entry->seq, entry->output);
	return true;
}

/* ---- jumping ---- */

static void
begin_jump(struct viewer *v, struct cursor *c, bool scrollback)
{
	c->jumping = true;
	c->scrollback = scrollback;
	c->late = 0;
	snapshots_want(v->app->snapshots, c->session);
}

void
viewer_look_behind(struct viewer *v, bool attach)
{
	if (!v->jump)
		return;
	for (int i = 0; i < v->count; i++) {
		struct cursor *c = &v->cursors[i];
		bool far = behind(c) > JUMP_BYTES && c->seq < c->topic->last_seq;
		if (!c->terminal || c->jumping || !far)
			c->late = 0;
		else if (attach || ++c->late >= LATE_BEATS)
			begin_jump(v, c, attach || v->window.size >= WIDE_WINDOW);
	}
}

static void
give_snapshot(struct cursor *c, const struct snapshot *s, struct line *lines[2])
{
	struct line **line = &lines[c->scrollback];
	if (!s || s->seq <= c->seq) {
		c->jumping = c->snapshot != NULL;
		return;
	}
	if (!*line)
		*line = snapshot_line(c->id, s, c->scrollback);
	line_release(c->snapshot);
	c->snapshot = line_share(*line);
	c->snapshot_seq = s->seq;
	c->snapshot_output = s->output;
}

void
viewer_snapshot(struct viewer *v, int64_t session, const struct snapshot *s,
	struct line *lines[2])
{
	for (int i = 0; i < v->count; i++)
		if (v->cursors[i].session == session && v->cursors[i].jumping)
			give_snapshot(&v->cursors[i], s, lines);
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
	bool little = evbuffer_get_length(v->out) < PIECE_BYTES;
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
		add_line(v, v->system[i]);
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
		if (has_more(c))
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
	struct cursor *c;
	int64_t until;
	if (v->sending)
		return;
	take_system_lines(v);
	while ((c = next_cursor(v, &until)) && may_send(v, c) && take(v, c, until))
		;
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
	v->out = evbuffer_new();
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
	evbuffer_add_printf(v->out, "event: bye\ndata: {\"reason\":\"%s\"}\n\n", reason);
	evhttp_connection_set_closecb(evhttp_request_get_connection(v->request), NULL,
		NULL);
	evhttp_send_reply_chunk(v->request, v->out);
	evhttp_send_reply_end(v->request);
	destroy(v);
}
