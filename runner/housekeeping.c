/* See housekeeping.h. */
#include "config.h"

#include "runner/housekeeping.h"

#include "lib/buf.h"
#include "runner/app.h"
#include "runner/registry.h"
#include "runner/retention.h"
#include "runner/run.h"

#include <event2/event.h>

#include <stdlib.h>

enum { PREVIEW_MS = 500 };

struct housekeeping {
	struct app *app;
	struct event *preview;
	struct retention *retention;
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

struct housekeeping *
housekeeping_create(struct app *app)
{
	static const struct timeval preview = {.tv_usec = PREVIEW_MS * 1000};
	struct housekeeping *h = xcalloc(1, sizeof *h);
	h->app = app;
	h->preview = event_new(app->base, -1, EV_PERSIST, on_preview, h);
	event_add(h->preview, &preview);
	h->retention = retention_create(app);
	return h;
}

void
housekeeping_destroy(struct housekeeping *h)
{
	if (!h)
		return;
	event_free(h->preview);
	retention_destroy(h->retention);
	free(h);
}
