/* See housekeeping.h. */
#include "config.h"

#include "runner/housekeeping.h"

#include "lib/buf.h"
#include "lib/db.h"
#include "lib/store/session.h"
#include "runner/app.h"
#include "runner/checkpoint.h"
#include "runner/registry.h"
#include "runner/run.h"

#include <event2/event.h>

#include <stdlib.h>

enum {
	PREVIEW_MS = 500,
	PRUNE_MS = 50,     /* while there is something to remove */
	PRUNE_EVENTS = 64, /* in one step */
};

struct housekeeping {
	struct app *app;
	struct event *preview, *prune;
	struct checkpoint *checkpoint;
};

static void
refresh(void *arg, struct run *run)
{
	(void)arg;
	run_refresh_preview(run);
}

static void
on_preview(evutil_socket_t fd, short what, void *arg)
{
	struct housekeeping *h = arg;
	(void)fd, (void)what;
	registry_each(h->app->registry, refresh, NULL);
}

static void
on_prune(evutil_socket_t fd, short what, void *arg)
{
	static const struct timeval soon = {.tv_usec = PRUNE_MS * 1000},
				    later = {.tv_sec = 2};
	struct housekeeping *h = arg;
	int n = 0;
	(void)fd, (void)what;
	if (db_begin(h->app->events, DB_NORMAL, NULL) == 0) {
		n = session_prune_deleted(h->app->events, PRUNE_EVENTS, NULL);
		if (n < 0)
			db_rollback(h->app->events);
		else
			db_commit(h->app->events, NULL);
	}
	event_add(h->prune, n > 0 ? &soon : &later);
}

struct housekeeping *
housekeeping_create(struct app *app)
{
	static const struct timeval preview = {.tv_usec = PREVIEW_MS * 1000};
	struct housekeeping *h = xcalloc(1, sizeof *h);
	h->app = app;
	h->preview = event_new(app->base, -1, EV_PERSIST, on_preview, h);
	h->prune = event_new(app->base, -1, 0, on_prune, h);
	event_add(h->preview, &preview);
	event_active(h->prune, EV_TIMEOUT, 0);
	h->checkpoint = checkpoint_create(&app->log, app->conf.dir, NULL);
	return h;
}

void
housekeeping_destroy(struct housekeeping *h)
{
	if (!h)
		return;
	checkpoint_destroy(h->checkpoint);
	event_free(h->preview);
	event_free(h->prune);
	free(h);
}
