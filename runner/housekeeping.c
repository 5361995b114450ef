/* See housekeeping.h. */
#include "config.h"

#include "runner/housekeeping.h"

#include "lib/buf.h"
#include "lib/db.h"
#include "lib/path.h"
#include "lib/store/session.h"
#include "runner/app.h"
#include "runner/registry.h"
#include "runner/run.h"

#include <event2/event.h>

#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum {
	PREVIEW_MS = 500,
	PRUNE_MS = 50,     /* while there is something to remove */
	PRUNE_EVENTS = 64, /* in one step */
	CHECKPOINT_S = 1,
	CHECKPOINT_WAIT_MS = 20,      /* for readers, holding back the writer */
	WAL_SMALL = 256 * 1024,       /* not worth it */
	WAL_LARGE = 16 * 1024 * 1024, /* checkpointed even while it grows */
};

static const char *const names[] = {"state.db", "events.db"};
enum { DATABASES = 2 };

struct housekeeping {
	struct app *app;
	struct event *preview, *prune;
	pthread_t thread;
	pthread_mutex_t mutex;
	pthread_cond_t end;
	bool ending;
};

/* ---- in the loop ---- */

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

/* ---- checkpoints, in a thread ---- */

static off_t
wal_size(const struct app *app, const char *name)
{
	struct stat st;
	char *path = xasprintf("%s/%s-wal", app->conf.dir, name);
	off_t size = stat(path, &st) == 0 ? st.st_size : 0;
	free(path);
	return size;
}

/*
 * Brings the log to the disk before the checkpoint takes the writer's lock, so that it
 * has less to wait for while it holds that. SQLite keeps no locks on this file, so
 * opening and closing it drops none.
 */
static void
sync_wal(const struct app *app, const char *name)
{
	char *path = xasprintf("%s/%s-wal", app->conf.dir, name);
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd >= 0) {
		fdatasync(fd);
		close(fd);
	}
	free(path);
}

static void
checkpoint(struct housekeeping *h, const char *name)
{
	struct db *db;
	struct err e = {0};
	sync_wal(h->app, name);
	if (db_open(&db, h->app->conf.dir, name, DB_WRITE, CHECKPOINT_WAIT_MS, &e) != 0 ||
		db_checkpoint(db, &e) != 0)
		log_warning(&h->app->log, "cannot checkpoint %s: %s", name, e.text);
	db_close(db);
}

/* False when the thread is to end. */
static bool
rest(struct housekeeping *h)
{
	struct timespec until;
	clock_gettime(CLOCK_REALTIME, &until);
	until.tv_sec += CHECKPOINT_S;
	pthread_mutex_lock(&h->mutex);
	if (!h->ending)
		pthread_cond_timedwait(&h->end, &h->mutex, &until);
	bool go_on = !h->ending;
	pthread_mutex_unlock(&h->mutex);
	return go_on;
}

static void *
checkpointer(void *arg)
{
	struct housekeeping *h = arg;
	off_t before[DATABASES] = {0};
	while (rest(h))
		for (int i = 0; i < DATABASES; i++) {
			off_t size = wal_size(h->app, names[i]);
			bool quiet = size == before[i];
			before[i] = size;
			if (size > WAL_LARGE || (quiet && size > WAL_SMALL))
				checkpoint(h, names[i]);
		}
	return NULL;
}

struct housekeeping *
housekeeping_create(struct app *app)
{
	static const struct timeval preview = {.tv_usec = PREVIEW_MS * 1000};
	struct housekeeping *h = xcalloc(1, sizeof *h);
	sigset_t all, before;
	h->app = app;
	h->preview = event_new(app->base, -1, EV_PERSIST, on_preview, h);
	h->prune = event_new(app->base, -1, 0, on_prune, h);
	event_add(h->preview, &preview);
	event_active(h->prune, EV_TIMEOUT, 0);
	pthread_mutex_init(&h->mutex, NULL);
	pthread_cond_init(&h->end, NULL);
	sigfillset(&all); /* signals are the loop's */
	pthread_sigmask(SIG_SETMASK, &all, &before);
	if (pthread_create(&h->thread, NULL, checkpointer, h) != 0)
		abort();
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	return h;
}

void
housekeeping_destroy(struct housekeeping *h)
{
	if (!h)
		return;
	pthread_mutex_lock(&h->mutex);
	h->ending = true;
	pthread_cond_signal(&h->end);
	pthread_mutex_unlock(&h->mutex);
	pthread_join(h->thread, NULL);
	pthread_cond_destroy(&h->end);
	pthread_mutex_destroy(&h->mutex);
	event_free(h->preview);
	event_free(h->prune);
	free(h);
}
