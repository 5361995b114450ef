/*
 * What a viewer gets next, from which of its sessions, and when it jumps; see viewer.h.
 * How that is sent is in viewer.c.
 */
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

enum {
	REPLAY_EVENTS = 64,      /* read from the log at once */
	JUMP_BYTES = 256 * 1024, /* of output: who is further behind jumps */
	JUMP_LEAST = 16 * 1024,  /* … and who draws slowly and has just jumped */
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

void
viewer_add_line(struct viewer *v, struct line *line)
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

bool
viewer_has_more(const struct cursor *c)
{
	if (c->jumping)
		return c->snapshot != NULL;
	if (c->drawing)
		return false;
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
		if (!viewer_has_more(c))
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
	return evbuffer_get_length(v->out) < VIEWER_PIECE &&
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
	viewer_add_line(v, c->snapshot);
	sent(v, c->snapshot->len);
	c->drawing = v->window.limit > 0 ? v->window.sent : 0;
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
		viewer_add_line(v, line);
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
	viewer_add_line(r->viewer, line);
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
	viewer_add_line(v, entry->line);
	sent(v, entry->line->len);
	advance(c, entry->seq, entry->output);
	return true;
}

void
viewer_take(struct viewer *v)
{
	struct cursor *c;
	int64_t until;
	while ((c = next_cursor(v, &until)) && may_send(v, c) && take(v, c, until))
		;
}

/* ---- jumping ---- */

static void
begin_jump(struct viewer *v, struct cursor *c, bool scrollback, bool now)
{
	c->jumping = true;
	c->scrollback = scrollback;
	c->late = 0;
	snapshots_want(v->app->snapshots, c->session, now);
}

void
viewer_look_behind(struct viewer *v, bool attach)
{
	if (!v->jump)
		return;
	for (int i = 0; i < v->count; i++) {
		struct cursor *c = &v->cursors[i];
		bool begins = attach && v->screen;
		bool far =
			(behind(c) > JUMP_BYTES || begins) && c->seq < c->topic->last_seq;
		if (!c->terminal || c->jumping || c->drawing || !far)
			c->late = 0;
		else if (attach || ++c->late >= LATE_BEATS)
			begin_jump(v, c,
				!begins && (attach || v->window.size >= WIDE_WINDOW),
				begins);
	}
}

/* The window has about the bytes that this viewer draws in WINDOW_DELAY_MS. */
static int64_t
takes_too_long(const struct viewer *v)
{
	int64_t size = v->window.size;
	return size < JUMP_LEAST ? JUMP_LEAST : size > JUMP_BYTES ? JUMP_BYTES : size;
}

void
viewer_drawn(struct viewer *v)
{
	for (int i = 0; i < v->count; i++) {
		struct cursor *c = &v->cursors[i];
		if (c->drawing == 0 || c->drawing > v->window.done)
			continue;
		c->drawing = 0;
		if (behind(c) > takes_too_long(v))
			begin_jump(v, c, false, false);
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
