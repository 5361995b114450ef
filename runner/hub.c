/*
 * See hub.h. What one viewer gets next is decided in viewer.c; here are the ring, the
 * list of viewers, and the observers of the bus that feed them.
 */
#include "config.h"

#include "runner/hub.h"

#include "lib/buf.h"
#include "lib/clock.h"
#include "lib/envelope.h"
#include "lib/json.h"
#include "lib/store/event.h"
#include "lib/store/session.h"
#include "runner/app.h"
#include "runner/bus.h"
#include "runner/recorder.h"
#include "runner/viewer.h"

#include <event2/event.h>

#include <stdlib.h>
#include <string.h>

enum { RECENT_BYTES = 2 * 1024 * 1024, BEAT_MS = 100 };

/* A session that someone watches. Its events are in the ring from `since` on. */
struct topic {
	LIST_ENTRY(topic) link;
	int64_t session, since;
	int viewers;
};

struct hub {
	struct app *app;
	LIST_HEAD(, viewer) viewers;
	LIST_HEAD(, topic) topics;
	struct recent recent;
	struct event *heartbeat;
};

/* ---- the ring ---- */

struct line *
line_create(const char *text, size_t len)
{
	struct line *line = xcalloc(1, sizeof *line + len);
	line->references = 1;
	line->len = len;
	memcpy(line->text, text, len);
	return line;
}

void
line_release(struct line *line)
{
	if (--line->references == 0)
		free(line);
}

static void
forget_oldest(struct recent *recent)
{
	struct recent_entry *oldest = &recent->entries[recent->first % RECENT_ENTRIES];
	recent->first++;
	recent->first_id = oldest->id + 1;
	recent->bytes -= oldest->line->len;
	line_release(oldest->line);
}

static void
remember(struct recent *recent, const struct event *ev, struct line *line)
{
	while (recent->end > recent->first &&
		(recent->end - recent->first == RECENT_ENTRIES ||
			recent->bytes + line->len > RECENT_BYTES))
		forget_oldest(recent);
	recent->entries[recent->end++ % RECENT_ENTRIES] =
		(struct recent_entry){.id = ev->id,
			.session = ev->session,
			.seq = ev->seq,
			.line = line};
	recent->bytes += line->len;
}

static struct topic *
find_topic(const struct hub *hub, int64_t session)
{
	struct topic *topic;
	LIST_FOREACH(topic, &hub->topics, link)
	if (topic->session == session)
		return topic;
	return NULL;
}

static void
join_topic(struct hub *hub, int64_t session)
{
	struct topic *topic = find_topic(hub, session);
	if (!topic) {
		topic = xcalloc(1, sizeof *topic);
		topic->session = session;
		topic->since = hub->recent.last_id + 1;
		LIST_INSERT_HEAD(&hub->topics, topic, link);
	}
	topic->viewers++;
}

/* The topic of a session that a viewer has joined. */
static struct topic *
joined_topic(const struct hub *hub, int64_t session)
{
	struct topic *topic = find_topic(hub, session);
	if (!topic)
		abort();
	return topic;
}

static void
leave_topic(struct hub *hub, int64_t session)
{
	struct topic *topic = joined_topic(hub, session);
	if (--topic->viewers > 0)
		return;
	LIST_REMOVE(topic, link);
	free(topic);
}

const struct recent *
hub_recent(const struct hub *hub)
{
	return &hub->recent;
}

int64_t
hub_remembers_from(const struct hub *hub, int64_t session)
{
	const struct topic *topic = joined_topic(hub, session);
	return topic->since > hub->recent.first_id ? topic->since : hub->recent.first_id;
}

/* ---- observers of the bus ---- */

static void
on_event(void *arg, const struct session *s, const struct event *ev)
{
	struct hub *hub = arg;
	struct buf b = BUF_INIT;
	hub->recent.last_id = ev->id;
	if (hub->recent.first == hub->recent.end)
		hub->recent.first_id = ev->id;
	if (!find_topic(hub, ev->session))
		return;
	viewer_encode(&b, s->id, ev);
	remember(&hub->recent, ev, line_create(b.data, b.len));
	buf_free(&b);
}

static void
pump_all(struct hub *hub)
{
	struct viewer *viewer;
	LIST_FOREACH(viewer, &hub->viewers, link)
	viewer_pump(viewer);
}

static void
on_turn(void *arg)
{
	pump_all(arg);
}

/* Tells the viewers of one user, or (NULL) of all. */
static void
tell(struct hub *hub, const char *user, const struct buf *data)
{
	struct viewer *viewer;
	struct buf b = BUF_INIT;
	buf_printf(&b, "event: system\ndata: %s\n\n", data->data);
	struct line *line = line_create(b.data, b.len);
	LIST_FOREACH(viewer, &hub->viewers, link)
	if (!user || strcmp(viewer->auth.user, user) == 0)
		viewer_tell(viewer, line);
	line_release(line);
	buf_free(&b);
	pump_all(hub);
}

static void
on_session(void *arg, enum session_change change, const struct session *s)
{
	static const char *const names[] = {[SESSION_CREATED] = "created",
		[SESSION_CHANGED] = "changed",
		[SESSION_ENDED] = "ended",
		[SESSION_DELETED] = "deleted"};
	struct hub *hub = arg;
	struct buf b = BUF_INIT;
	if (LIST_EMPTY(&hub->viewers))
		return;
	json_begin(&b, '{');
	json_key(&b, "channel"), json_string(&b, "session");
	json_key(&b, "type"), json_string(&b, names[change]);
	json_key(&b, "session"), json_string(&b, s->id);
	json_key(&b, "data");
	if (change == SESSION_DELETED)
		json_null(&b);
	else
		envelope_session(&b, s);
	json_end(&b, '}');
	tell(hub, s->owner, &b);
	buf_free(&b);
}

static void
storage_text(struct buf *b, int full)
{
	json_begin(b, '{');
	json_key(b, "channel"), json_string(b, "storage");
	json_key(b, "type"), json_string(b, full ? "full" : "ok");
	json_end(b, '}');
}

static void
on_storage(void *arg, int full)
{
	struct buf b = BUF_INIT;
	storage_text(&b, full);
	tell(arg, NULL, &b);
	buf_free(&b);
}

static const struct bus_observer observer = {
	.event = on_event,
	.turn = on_turn,
	.session = on_session,
	.storage = on_storage,
};

/* ---- viewers ---- */

static void
on_heartbeat(evutil_socket_t fd, short what, void *arg)
{
	struct hub *hub = arg;
	struct viewer *viewer, *next;
	int64_t now = clock_monotonic();
	bool recheck = false;
	(void)fd, (void)what;
	for (viewer = LIST_FIRST(&hub->viewers); viewer; viewer = next) {
		next = LIST_NEXT(viewer, link);
		if (now - viewer->beat < hub->app->conf.stream_heartbeat)
			continue;
		recheck = true;
		viewer_beat(viewer, now);
	}
	if (recheck)
		hub_check_sign_ins(hub);
}

static void
say_hello(struct hub *hub, struct viewer *viewer)
{
	struct buf b = BUF_INIT;
	buf_str(&b, "retry: 500\nevent: hello\ndata: ");
	json_begin(&b, '{');
	json_key(&b, "stream"), json_string(&b, viewer->stream);
	json_key(&b, "version"), json_string(&b, PACKAGE_VERSION);
	json_key(&b, "build"), json_string(&b, hub->app->build);
	json_key(&b, "generation"), json_int(&b, hub->app->generation);
	json_key(&b, "heartbeat_ms"), json_int(&b, hub->app->conf.stream_heartbeat);
	json_key(&b, "window"), json_int(&b, viewer->window);
	json_key(&b, "now"), json_int(&b, clock_now());
	json_end(&b, '}');
	buf_str(&b, "\n\n");
	if (recorder_storage_full(hub->app->recorder)) {
		buf_str(&b, "event: system\ndata: ");
		storage_text(&b, 1);
		buf_str(&b, "\n\n");
	}
	struct line *line = line_create(b.data, b.len);
	viewer_tell(viewer, line);
	line_release(line);
	buf_free(&b);
}

void
hub_view(struct hub *hub, struct evhttp_request *request, const struct auth *auth,
	struct cursor *cursors, int count, int64_t window)
{
	struct viewer *viewer = xcalloc(1, sizeof *viewer);
	viewer->hub = hub;
	viewer->app = hub->app;
	viewer->auth = *auth;
	viewer->cursors = cursors;
	viewer->count = count;
	viewer->window = window;
	viewer->beat = clock_monotonic();
	crypt_id(viewer->stream);
	LIST_INSERT_HEAD(&hub->viewers, viewer, link);
	for (int i = 0; i < count; i++)
		join_topic(hub, cursors[i].session);
	viewer_begin(viewer, request);
	say_hello(hub, viewer);
	viewer_pump(viewer);
}

void
hub_leave(struct hub *hub, struct viewer *viewer)
{
	LIST_REMOVE(viewer, link);
	for (int i = 0; i < viewer->count; i++)
		leave_topic(hub, viewer->cursors[i].session);
}

void
hub_acknowledge(struct hub *hub, const char *stream, const char *user, int64_t event)
{
	struct viewer *viewer;
	LIST_FOREACH(viewer, &hub->viewers, link)
	{
		if (strcmp(viewer->stream, stream) != 0 ||
			strcmp(viewer->auth.user, user) != 0)
			continue;
		viewer_acknowledge(viewer, event);
		viewer_pump(viewer);
	}
}

int
hub_count(const struct hub *hub, const char *user)
{
	struct viewer *viewer;
	int count = 0;
	LIST_FOREACH(viewer, &hub->viewers, link)
	count += strcmp(viewer->auth.user, user) == 0;
	return count;
}

void
hub_check_sign_ins(struct hub *hub)
{
	struct viewer *viewer, *next;
	struct err e = {0};
	int64_t now = clock_now();
	for (viewer = LIST_FIRST(&hub->viewers); viewer; viewer = next) {
		next = LIST_NEXT(viewer, link);
		if (auth_recheck(hub->app->state, &hub->app->conf, &viewer->auth, now,
			    &e) != 0 &&
			e.status == 401)
			viewer_end(viewer, "signed-out");
	}
}

struct hub *
hub_create(struct app *app, struct err *e)
{
	static const struct timeval beat = {.tv_usec = BEAT_MS * 1000};
	struct hub *hub = xcalloc(1, sizeof *hub);
	hub->app = app;
	LIST_INIT(&hub->viewers);
	LIST_INIT(&hub->topics);
	hub->recent.last_id = event_last_id(app->events, e);
	if (hub->recent.last_id < 0) {
		free(hub);
		return NULL;
	}
	hub->recent.first_id = hub->recent.last_id + 1;
	hub->heartbeat = event_new(app->base, -1, EV_PERSIST, on_heartbeat, hub);
	event_add(hub->heartbeat, &beat);
	bus_subscribe(app->bus, &observer, hub);
	return hub;
}

void
hub_destroy(struct hub *hub)
{
	if (!hub)
		return;
	while (!LIST_EMPTY(&hub->viewers))
		viewer_end(LIST_FIRST(&hub->viewers), "shutdown");
	while (hub->recent.first < hub->recent.end)
		forget_oldest(&hub->recent);
	event_free(hub->heartbeat);
	free(hub);
}
