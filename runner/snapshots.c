/*
 * See snapshots.h. Here is the loop's side: which sessions are due, and what becomes of a
 * snapshot. A session is known here from its first output, or the first wish, until it
 * has rested for a while.
 */
#include "config.h"

#include "runner/snapshots.h"

#include "lib/buf.h"
#include "lib/clock.h"
#include "lib/db.h"
#include "lib/store/event.h"
#include "lib/store/retention.h"
#include "lib/store/session.h"
#include "lib/store/snapshot.h"
#include "runner/adapter.h"
#include "runner/app.h"
#include "runner/bus.h"
#include "runner/snapshot_worker.h"

#include <event2/event.h>

#include <stdlib.h>
#include <unistd.h>

enum {
	SNAPSHOT_EVERY = 4 * 1024 * 1024, /* bytes of output */
	FOLLOW_EVERY = 1024 * 1024,       /* the model is no further behind */
	STORE_MS = 1000,                  /* a flood stores one at most so often */
	LOOK_MS = 250,
	QUIET_MS = 300,      /* without output */
	FAILED_MS = 5000,    /* before another try */
	REST_MS = 60 * 1000, /* then it is forgotten here */
	BUCKETS = 256,
};

struct watched {
	LIST_ENTRY(watched) link;
	int64_t session;
	int64_t output;              /* newest */
	int64_t stored;              /* output at the newest snapshot in the log */
	int64_t modelled;            /* output that the model has taken */
	int64_t changed_at;          /* monotonic: when there was output */
	int64_t stored_at, next_try; /* monotonic */
	bool asked;                  /* the worker is at it */
	bool wanted;                 /* someone waits … */
	bool in_time;                /* … and did already when the worker was asked */
	bool ready;                  /* the newest in the log will do for who waits */
};

struct snapshots {
	struct app *app;
	struct snapshot_worker *worker;
	int fd;
	struct event *finished, *look, *deliver;
	LIST_HEAD(, watched) sessions[BUCKETS];
};

static struct watched *
find(const struct snapshots *s, int64_t session)
{
	struct watched *w;
	LIST_FOREACH(w, &s->sessions[session % BUCKETS], link)
	if (w->session == session)
		return w;
	return NULL;
}

static struct watched *
find_or_add(struct snapshots *s, int64_t session)
{
	struct watched *w = find(s, session);
	struct place place;
	if (w)
		return w;
	w = xcalloc(1, sizeof *w);
	w->session = session;
	w->changed_at = clock_monotonic();
	w->output = event_output_at(s->app->events, session, INT64_MAX, NULL);
	if (retention_newest(s->app->events, session, 0, INT64_MAX, INT64_MAX, &place,
		    NULL) > 0)
		w->stored = place.output;
	LIST_INSERT_HEAD(&s->sessions[session % BUCKETS], w, link);
	return w;
}

static void
forget(struct watched *w)
{
	LIST_REMOVE(w, link);
	free(w);
}

static bool
may_store(const struct watched *w)
{
	return clock_monotonic() >= w->stored_at + STORE_MS;
}

/* During a flood the model only follows, most of the time, so that it is near the end
 * when somebody comes. */
static void
ask(struct snapshots *s, struct watched *w, bool follow)
{
	if (w->asked)
		return;
	struct snapshot_job *job = xcalloc(1, sizeof *job);
	job->session = w->session;
	job->follow = follow;
	w->asked = true;
	w->in_time = w->wanted;
	snapshot_worker_ask(s->worker, job);
}

void
snapshots_want(struct snapshots *s, int64_t session, bool now)
{
	struct watched *w = find_or_add(s, session);
	w->wanted = true;
	if (!now && w->stored > 0 && w->output - w->stored < SNAPSHOT_LEAST) {
		w->ready = true;
		event_active(s->deliver, EV_TIMEOUT, 0);
	} else {
		ask(s, w, false);
	}
}

static void
each_watched(struct snapshots *s, void (*each)(struct snapshots *s, struct watched *w))
{
	for (int i = 0; i < BUCKETS; i++) {
		struct watched *w, *next;
		for (w = LIST_FIRST(&s->sessions[i]); w; w = next) {
			next = LIST_NEXT(w, link);
			each(s, w);
		}
	}
}

static void
deliver_stored(struct snapshots *s, struct watched *w)
{
	struct snapshot snapshot;
	if (!w->ready)
		return;
	w->ready = w->wanted = false;
	bool found = snapshot_find(s->app->events, w->session, 0, &snapshot, NULL) > 0;
	bus_snapshot(s->app->bus, w->session, found ? &snapshot : NULL);
	snapshot_clear(&snapshot);
}

static void
on_deliver(evutil_socket_t fd, short what, void *arg)
{
	(void)fd, (void)what;
	each_watched(arg, deliver_stored);
}

/* ---- which are due ---- */

static void
on_event(void *arg, const struct session *row, const struct event *ev)
{
	struct snapshots *s = arg;
	if (!ev->bytes || !adapter_find(row->kind)->has_size)
		return;
	struct watched *w = find_or_add(s, ev->session);
	int64_t now = clock_monotonic();
	w->output = ev->output;
	w->changed_at = now;
	bool due = w->output - w->stored >= SNAPSHOT_EVERY && may_store(w);
	bool far = w->output - w->modelled >= FOLLOW_EVERY;
	if ((due || far) && now >= w->next_try)
		ask(s, w, !due);
}

static void
on_session(void *arg, enum session_change change, const struct session *row)
{
	struct watched *w = find(arg, row->number);
	if (w && change == SESSION_DELETED)
		forget(w);
}

static void
look_at(struct snapshots *s, struct watched *w)
{
	int64_t now = clock_monotonic(), quiet = now - w->changed_at;
	if (w->asked || w->ready)
		return;
	if (w->output - w->stored >= SNAPSHOT_LEAST) {
		if (quiet >= QUIET_MS && now >= w->next_try)
			ask(s, w, false);
	} else if (quiet >= REST_MS) {
		forget(w);
	}
}

static void
on_look(evutil_socket_t fd, short what, void *arg)
{
	(void)fd, (void)what;
	each_watched(arg, look_at);
}

/* ---- what becomes of them ---- */

/* When the log cannot be written now, the session stays due. */
static void
store(struct snapshots *s, struct watched *w, const struct snapshot *snapshot)
{
	struct db *db = s->app->events;
	bool last = snapshot->output == w->output;
	if (snapshot->output - w->stored < SNAPSHOT_LEAST || (!last && !may_store(w)))
		return;
	if (db_begin(db, DB_NORMAL, NULL) != 0)
		return;
	if (snapshot_add(db, snapshot, NULL) != 0 || db_commit(db, NULL) != 0) {
		db_rollback(db);
		return;
	}
	w->stored = snapshot->output;
	w->stored_at = clock_monotonic();
}

static void
take_answer(struct snapshots *s, struct snapshot_job *job)
{
	struct watched *w = find(s, job->session);
	if (w) {
		w->asked = false;
		if (job->done)
			w->modelled = job->snapshot.output;
		else
			w->next_try = clock_monotonic() + FAILED_MS;
		if (job->done && !job->follow)
			store(s, w, &job->snapshot);
		/* It was begun before, and may be far behind by now. */
		if (job->done && w->wanted && !w->in_time)
			ask(s, w, false);
		else
			w->wanted = false;
	}
	if ((!job->follow || !job->done) && (!w || !w->wanted))
		bus_snapshot(s->app->bus, job->session,
			job->done ? &job->snapshot : NULL);
	snapshot_clear(&job->snapshot);
	free(job);
}

static void
on_finished(evutil_socket_t fd, short what, void *arg)
{
	struct snapshots *s = arg;
	struct snapshot_job *job;
	char told[64];
	(void)what;
	while (read(fd, told, sizeof told) > 0)
		;
	while ((job = snapshot_worker_answer(s->worker)))
		take_answer(s, job);
}

static const struct bus_observer observer = {.event = on_event, .session = on_session};

struct snapshots *
snapshots_create(struct app *app)
{
	static const struct timeval often = {.tv_usec = LOOK_MS * 1000};
	struct snapshots *s = xcalloc(1, sizeof *s);
	s->app = app;
	s->worker = snapshot_worker_create(app, &s->fd);
	s->finished = event_new(app->base, s->fd, EV_READ | EV_PERSIST, on_finished, s);
	s->look = event_new(app->base, -1, EV_PERSIST, on_look, s);
	s->deliver = event_new(app->base, -1, 0, on_deliver, s);
	event_add(s->finished, NULL);
	event_add(s->look, &often);
	bus_subscribe(app->bus, &observer, s);
	return s;
}

static void
forget_each(struct snapshots *s, struct watched *w)
{
	(void)s;
	forget(w);
}

void
snapshots_destroy(struct snapshots *s)
{
	if (!s)
		return;
	snapshot_worker_destroy(s->worker);
	each_watched(s, forget_each);
	event_free(s->finished);
	event_free(s->look);
	event_free(s->deliver);
	close(s->fd);
	free(s);
}
