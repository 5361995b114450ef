/* See contents.h. */
#include "config.h"

#include "runner/contents.h"

#include "lib/buf.h"
#include "lib/clock.h"
#include "lib/db.h"
#include "lib/store/content.h"
#include "runner/app.h"

#include <event2/event.h>

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

enum {
	LOOK_MS = 10000,
	STEP_MS = 20, /* between two steps while there is more to do */
	DAY_MS = 86400000,
};

struct contents {
	struct app *app;
	struct event *timer;
};

static void
after(struct contents *c, int ms)
{
	struct timeval delay = {.tv_sec = ms / 1000, .tv_usec = ms % 1000 * 1000};
	event_add(c->timer, &delay);
}

static int
expire(struct contents *c, struct err *e)
{
	const struct conf *conf = &c->app->conf;
	int64_t days = conf->retention_editor_days;
	int64_t before = days ? clock_now() - days * DAY_MS : 0;
	struct db *db = c->app->events;
	int more = db_begin(db, DB_NORMAL, e);
	if (more == 0)
		more = content_expire(db, before, conf->retention_editor_bytes, e);
	if (more < 0 || db_commit(db, e) != 0) {
		db_rollback(db);
		return -1;
	}
	return more;
}

static void
on_timer(evutil_socket_t fd, short what, void *arg)
{
	struct contents *c = arg;
	struct err e = {0};
	(void)fd, (void)what;
	int more = expire(c, &e);
	if (more < 0 && strcmp(e.code, "db.busy") != 0)
		log_warning(&c->app->log, "cannot forget old contents of files: %s",
			e.text);
	after(c, more > 0 ? STEP_MS : LOOK_MS);
}

struct contents *
contents_create(struct app *app)
{
	struct contents *c = xcalloc(1, sizeof *c);
	c->app = app;
	c->timer = event_new(app->base, -1, 0, on_timer, c);
	event_priority_set(c->timer, PRIORITY_TURN);
	after(c, LOOK_MS);
	return c;
}

void
contents_destroy(struct contents *c)
{
	if (!c)
		return;
	event_free(c->timer);
	free(c);
}
