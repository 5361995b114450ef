/*
 * See hub.h. The newest events are in recent.c, and what one viewer gets next is decided
 * in viewer.c; here are the list of viewers and the observers of the bus that feed them.
 */
#include "config.h"

#include "runner/hub.h"

#include "lib/buf.h"
#include "lib/clock.h"
#include "lib/envelope.h"
#include "lib/json.h"
#include "lib/json_read.h"
#include "lib/store/event.h"
#include "lib/store/session.h"
#include "runner/app.h"
#include "runner/bus.h"
#include "runner/recent.h"
#include "runner/recorder.h"
#include "runner/viewer.h"
#include "runner/watches.h"

#include <event2/event.h>
#include <json-c/json.h>

#include <stdlib.h>
#include <string.h>

enum { BEAT_MS = 100, PARTIAL_MS = 33 };

struct hub {
	struct app *app;
	LIST_HEAD(, viewer) viewers;
	struct recent *recent;
	struct event *heartbeat;
	struct event *partials; /* pending: what has grown is sent then */
	int64_t partials_at;    /* when that was last done, monotonic ms */
};

/* ---- observers of the bus ---- */

static void tell(struct hub *hub, const char *user, const struct buf *data);

/* Whoever is shown anything of the owner's learns that a permission waits, or does not
 * any more. */
static void
tell_permission(struct hub *hub, const struct session *s, const struct event *ev)
{
	struct json_object *data = json_tokener_parse(ev->data);
	struct buf b = BUF_INIT;
	json_begin(&b, '{');
	json_key(&b, "channel"), json_string(&b, "permission");
	json_key(&b, "type"), json_string(&b, ev->type);
	json_key(&b, "session"), json_string(&b, s->id);
	json_key(&b, "data"), json_begin(&b, '{');
	json_key(&b, "id"), json_string(&b, json_member_text(data, "id"));
	json_key(&b, "session"), json_string(&b, s->id);
	json_end(&b, '}');
	json_end(&b, '}');
	tell(hub, s->owner, &b);
	buf_free(&b);
	json_object_put(data);
}

static void
on_event(void *arg, const struct session *s, const struct event *ev)
{
	struct hub *hub = arg;
	if (strcmp(ev->channel, "claude:permission") == 0 && !LIST_EMPTY(&hub->viewers))
		tell_permission(hub, s, ev);
	struct topic *topic = recent_topic(hub->recent, ev->session);
	struct buf b = BUF_INIT;
	if (!topic)
		return;
	viewer_encode(&b, s->id, ev);
	recent_add(hub->recent, topic, ev, line_create(b.data, b.len));
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

static struct line *
system_line(const struct buf *data)
{
	struct buf b = BUF_INIT;
	buf_printf(&b, "event: system\ndata: %s\n\n", data->data);
	struct line *line = line_create(b.data, b.len);
	buf_free(&b);
	return line;
}

/* Tells the viewers of one user, or (NULL) of all. */
static void
tell(struct hub *hub, const char *user, const struct buf *data)
{
	struct viewer *viewer;
	struct line *line = system_line(data);
	LIST_FOREACH(viewer, &hub->viewers, link)
	if (!user || strcmp(viewer->auth.user, user) == 0)
		viewer_tell(viewer, line);
	line_release(line);
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

static void
on_snapshot(void *arg, int64_t session, const struct snapshot *snapshot)
{
	struct hub *hub = arg;
	struct viewer *viewer;
	struct line *lines[2] = {NULL, NULL};
	LIST_FOREACH(viewer, &hub->viewers, link)
	{
		viewer_snapshot(viewer, session, snapshot, lines);
		viewer_pump(viewer);
	}
	line_release(lines[0]);
	line_release(lines[1]);
}

/* ---- text that is being written ---- */

static void
on_partials(evutil_socket_t fd, short what, void *arg)
{
	struct hub *hub = arg;
	struct viewer *viewer;
	(void)fd, (void)what;
	hub->partials_at = clock_monotonic();
	LIST_FOREACH(viewer, &hub->viewers, link)
	viewer->partials_due = true;
	pump_all(hub);
}

void
hub_partials_grown(void *arg)
{
	struct hub *hub = arg;
	if (LIST_EMPTY(&hub->viewers) || event_pending(hub->partials, EV_TIMEOUT, NULL))
		return;
	int64_t left = hub->partials_at + PARTIAL_MS - clock_monotonic();
	struct timeval delay = {.tv_usec = left > 0 ? left * 1000 : 0};
	event_add(hub->partials, &delay);
}

static const struct bus_observer observer = {
	.event = on_event,
	.turn = on_turn,
	.session = on_session,
	.snapshot = on_snapshot,
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
	recent_beat(hub->recent);
	for (viewer = LIST_FIRST(&hub->viewers); viewer; viewer = next) {
		next = LIST_NEXT(viewer, link);
		viewer_look_behind(viewer, false);
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
	json_key(&b, "window"), json_int(&b, viewer->window.limit);
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
	const struct view *view)
{
	struct viewer *viewer = xcalloc(1, sizeof *viewer);
	viewer->hub = hub;
	viewer->app = hub->app;
	viewer->recent = hub->recent;
	viewer->auth = *auth;
	viewer->cursors = view->cursors;
	viewer->count = view->count;
	viewer->jump = view->jump;
	viewer->screen = view->screen;
	viewer->console = view->console;
	viewer->partials_due = true;
	viewer->beat = clock_monotonic();
	window_init(&viewer->window, view->window);
	crypt_id(viewer->stream);
	LIST_INSERT_HEAD(&hub->viewers, viewer, link);
	for (int i = 0; i < view->count; i++) {
		const struct session *s = &view->sessions[i];
		struct cursor *c = &viewer->cursors[i];
		c->topic = recent_join(hub->recent, s->number, s->last_seq, s->output,
			s->first_seq);
		c->place = RECENT_NOWHERE;
	}
	viewer_begin(viewer, request);
	say_hello(hub, viewer);
	viewer_look_behind(viewer, true);
	viewer_pump(viewer);
}

void
hub_leave(struct hub *hub, struct viewer *viewer)
{
	LIST_REMOVE(viewer, link);
	watches_leave(hub->app->watches, viewer->stream);
	for (int i = 0; i < viewer->count; i++)
		recent_leave(hub->recent, viewer->cursors[i].topic);
}

static struct viewer *
find_viewer(const struct hub *hub, const char *stream, const char *user)
{
	struct viewer *viewer;
	LIST_FOREACH(viewer, &hub->viewers, link)
	if (strcmp(viewer->stream, stream) == 0 && strcmp(viewer->auth.user, user) == 0)
		return viewer;
	return NULL;
}

void
hub_acknowledge(struct hub *hub, const char *stream, const char *user, int64_t n)
{
	struct viewer *viewer = find_viewer(hub, stream, user);
	if (!viewer)
		return;
	if (window_acknowledge(&viewer->window, n, clock_monotonic()) != 0) {
		viewer_end(viewer, "ack.unsent");
		return;
	}
	viewer_drawn(viewer);
	viewer_pump(viewer);
}

void
hub_tell_workspace(struct hub *hub, const char *user, const char *id, const char *type)
{
	struct buf b = BUF_INIT;
	json_begin(&b, '{');
	json_key(&b, "channel"), json_string(&b, "workspace");
	json_key(&b, "type"), json_string(&b, type);
	json_key(&b, "data"), json_begin(&b, '{');
	json_key(&b, "id"), json_string(&b, id);
	json_end(&b, '}');
	json_end(&b, '}');
	tell(hub, user, &b);
	buf_free(&b);
}

void
hub_tell_all(struct hub *hub, const struct buf *data)
{
	tell(hub, NULL, data);
}

bool
hub_has_stream(const struct hub *hub, const char *stream, const char *user)
{
	return find_viewer(hub, stream, user) != NULL;
}

bool
hub_tell_stream(struct hub *hub, const char *stream, const char *user,
	const struct buf *data)
{
	struct viewer *viewer = find_viewer(hub, stream, user);
	if (!viewer)
		return true;
	if (viewer->system_count >= SYSTEM_LINES / 2)
		return false;
	struct line *line = system_line(data);
	viewer_tell(viewer, line);
	line_release(line);
	viewer_pump(viewer);
	return true;
}

void
hub_pruned(struct hub *hub, int64_t session, int64_t first_seq)
{
	struct topic *topic = recent_topic(hub->recent, session);
	if (topic)
		topic->first_seq = first_seq;
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
		if (!viewer->console &&
			auth_recheck(hub->app->state, &hub->app->conf, &viewer->auth, now,
				&e) != 0 &&
			e.status == 401)
			viewer_end(viewer, "signed-out");
	}
}

struct hub *
hub_create(struct app *app)
{
	static const struct timeval beat = {.tv_usec = BEAT_MS * 1000};
	struct hub *hub = xcalloc(1, sizeof *hub);
	hub->app = app;
	LIST_INIT(&hub->viewers);
	hub->recent = recent_create();
	hub->heartbeat = event_new(app->base, -1, EV_PERSIST, on_heartbeat, hub);
	event_add(hub->heartbeat, &beat);
	hub->partials = event_new(app->base, -1, 0, on_partials, hub);
	bus_subscribe(app->bus, &observer, hub);
	return hub;
}

void
hub_say_bye(struct hub *hub)
{
	while (!LIST_EMPTY(&hub->viewers))
		viewer_end(LIST_FIRST(&hub->viewers), "shutdown");
}

void
hub_destroy(struct hub *hub)
{
	if (!hub)
		return;
	hub_say_bye(hub);
	recent_destroy(hub->recent);
	event_free(hub->heartbeat);
	event_free(hub->partials);
	free(hub);
}
