/* See housekeeping.h. */
#include "config.h"

#include "runner/housekeeping.h"

#include "lib/buf.h"
#include "lib/path.h"
#include "runner/app.h"
#include "runner/contents.h"
#include "runner/os_socket.h"
#include "runner/registry.h"
#include "runner/retention.h"
#include "runner/run.h"
#include "runner/workspaces.h"

#include <event2/event.h>

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { OFTEN_MS = 500 };

struct housekeeping {
	struct app *app;
	struct event *often;
	char *lock;          /* its path */
	bool workspace_gone; /* one may be that was not noticed yet */
	struct retention *retention;
	struct contents *contents;
};

static void
refresh(void *arg, struct run *run)
{
	(void)arg;
	run_refresh_preview(run);
}

static void
leave_workspaces(struct housekeeping *h)
{
	struct err e = {0};
	h->workspace_gone = workspaces_leave(h->app, &e) != 0;
	if (h->workspace_gone && strcmp(e.code, "db.busy") != 0)
		log_error(&h->app->log, "cannot look at workspaces: %s", e.text);
}

/* Nobody finds the sockets of a directory that was removed, or whose place another one
 * has taken; and who takes the lock there is no longer kept out by ours. */
static void
check_lock(const struct housekeeping *h)
{
	if (os_lock_stands(h->app->lock, h->lock))
		return;
	log_error(&h->app->log, "%s is not ours any more", h->lock);
	_exit(1);
}

static void
on_often(evutil_socket_t fd, short what, void *arg)
{
	struct housekeeping *h = arg;
	(void)fd, (void)what;
	check_lock(h);
	registry_each(h->app->registry, refresh, NULL);
	if (h->workspace_gone)
		leave_workspaces(h);
}

struct housekeeping *
housekeeping_create(struct app *app)
{
	static const struct timeval often = {.tv_usec = OFTEN_MS * 1000};
	struct housekeeping *h = xcalloc(1, sizeof *h);
	h->app = app;
	h->lock = path_join(app->conf.dir, "run/runner.lock");
	h->workspace_gone = true;
	h->often = event_new(app->base, -1, EV_PERSIST, on_often, h);
	event_add(h->often, &often);
	h->retention = retention_create(app);
	h->contents = contents_create(app);
	return h;
}

void
housekeeping_workspace_gone(struct housekeeping *h)
{
	h->workspace_gone = true;
	event_active(h->often, EV_TIMEOUT, 0);
}

void
housekeeping_destroy(struct housekeeping *h)
{
	if (!h)
		return;
	event_free(h->often);
	retention_destroy(h->retention);
	contents_destroy(h->contents);
	free(h->lock);
	free(h);
}
