/* See watches.h. Several viewers, and several workspaces, may mean the same directory,
 * which inotify watches once: a watch ends with the last one that means it. */
#include "config.h"

#include "runner/watches.h"

#include "lib/buf.h"
#include "lib/crypt.h"
#include "lib/json.h"
#include "lib/path_text.h"
#include "lib/save.h"
#include "runner/app.h"
#include "runner/hub.h"
#include "runner/os_inotify.h"

#include <event2/event.h>

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>
#include <unistd.h>

enum { BUCKETS = 1024, NO_WATCH = -1 };

struct subscription {
	LIST_ENTRY(subscription) link, same; /* of all; of those with the same bucket */
	char stream[ID_SIZE], user[ID_SIZE], workspace[ID_SIZE], set[ID_SIZE];
	char *path; /* path text */
	int watch;  /* NO_WATCH when the directory is gone */
	bool changed, lost;
	bool vague; /* too many names, or something else than an entry */
	char *names[WATCH_NAMES];
	int count;
};

LIST_HEAD(subscriptions, subscription);

struct watches {
	struct app *app;
	int inotify;
	struct event *readable, *flush;
	struct subscriptions all, buckets[BUCKETS];
	int count;
};

/* ---- subscriptions ---- */

static struct subscriptions *
bucket_of(struct watches *w, int watch)
{
	return &w->buckets[(unsigned)watch % BUCKETS];
}

static bool
is_watched(struct watches *w, int watch)
{
	struct subscription *s;
	LIST_FOREACH(s, bucket_of(w, watch), same)
	if (s->watch == watch)
		return true;
	return false;
}

static void
forget_watch(struct watches *w, struct subscription *s, bool gone)
{
	int watch = s->watch;
	if (watch == NO_WATCH)
		return;
	LIST_REMOVE(s, same);
	s->watch = NO_WATCH;
	if (!gone && !is_watched(w, watch))
		os_inotify_remove(w->inotify, watch);
}

static void
clear_names(struct subscription *s)
{
	while (s->count)
		free(s->names[--s->count]);
	s->changed = s->lost = s->vague = false;
}

static void
end_subscription(struct watches *w, struct subscription *s)
{
	forget_watch(w, s, false);
	LIST_REMOVE(s, link);
	clear_names(s);
	free(s->path);
	free(s);
	w->count--;
}

/* ---- what happens ---- */

static void
plan_flush(struct watches *w)
{
	static const struct timeval delay = {.tv_usec = WATCH_GATHER_MS * 1000};
	if (!event_pending(w->flush, EV_TIMEOUT, NULL))
		event_add(w->flush, &delay);
}

static void
note_name(struct subscription *s, const char *name)
{
	s->changed = true;
	if (!*name)
		s->vague = true;
	if (s->vague)
		return;
	for (int i = s->count - 1; i >= 0; i--)
		if (strcmp(s->names[i], name) == 0)
			return;
	if (s->count == WATCH_NAMES)
		s->vague = true;
	else
		s->names[s->count++] = xstrdup(name);
}

/* Files of a moment: our own, and those without a name, which the kernel calls "#" and
 * their number. */
static bool
is_passing(const char *name)
{
	if (*name == '#')
		return name[1] && name[1 + strspn(name + 1, "0123456789")] == '\0';
	return strncmp(name, SAVE_PREFIX, strlen(SAVE_PREFIX)) == 0;
}

static void
on_notice(void *arg, const struct notice *notice)
{
	struct watches *w = arg;
	struct subscription *s, *next;
	if (is_passing(notice->name))
		return;
	if (notice->watch == NO_WATCH) {
		LIST_FOREACH(s, &w->all, link)
		s->changed = s->lost = true;
		plan_flush(w);
		return;
	}
	for (s = LIST_FIRST(bucket_of(w, notice->watch)); s; s = next) {
		next = LIST_NEXT(s, same);
		if (s->watch != notice->watch)
			continue;
		note_name(s, notice->name);
		if (notice->gone)
			forget_watch(w, s, true);
		plan_flush(w);
	}
}

static void
on_readable(evutil_socket_t fd, short what, void *arg)
{
	(void)what;
	os_inotify_read(fd, on_notice, arg);
}

/* ---- telling ---- */

static void
put_event(struct buf *b, const struct subscription *s)
{
	json_begin(b, '{');
	json_key(b, "channel"), json_string(b, "files");
	json_key(b, "type"), json_string(b, "changed");
	json_key(b, "data"), json_begin(b, '{');
	json_key(b, "workspace"), json_string(b, s->workspace);
	json_key(b, "path"), json_string(b, s->path);
	if (s->lost)
		json_key(b, "lost"), json_truth(b, true);
	if (!s->lost && !s->vague) {
		json_key(b, "names"), json_begin(b, '[');
		for (int i = 0; i < s->count; i++)
			path_text_json(b, s->names[i]);
		json_end(b, ']');
	}
	json_end(b, '}');
	json_end(b, '}');
}

/* What cannot be told now is told the next time. */
static void
on_flush(evutil_socket_t fd, short what, void *arg)
{
	struct watches *w = arg;
	struct subscription *s;
	bool left = false;
	(void)fd, (void)what;
	LIST_FOREACH(s, &w->all, link)
	{
		if (!s->changed)
			continue;
		struct buf b = BUF_INIT;
		put_event(&b, s);
		if (hub_tell_stream(w->app->hub, s->stream, s->user, &b))
			clear_names(s);
		else
			left = true;
		buf_free(&b);
	}
	if (left)
		plan_flush(w);
}

/* ---- orders ---- */

static bool
is_of(const struct subscription *s, const struct watch_order *order)
{
	return strcmp(s->stream, order->stream) == 0 &&
		strcmp(s->workspace, order->workspace) == 0;
}

static struct subscription *
find(struct watches *w, const struct watch_order *order)
{
	struct subscription *s;
	LIST_FOREACH(s, &w->all, link)
	if (is_of(s, order) && strcmp(s->path, order->path) == 0)
		return s;
	return NULL;
}

static struct subscription *
begin_subscription(struct watches *w, const struct watch_order *order)
{
	if (w->count == WATCH_TOTAL) {
		log_warning(&w->app->log, "too many directories are watched");
		return NULL;
	}
	struct subscription *s = xcalloc(1, sizeof *s);
	snprintf(s->stream, sizeof s->stream, "%s", order->stream);
	snprintf(s->user, sizeof s->user, "%s", order->user);
	snprintf(s->workspace, sizeof s->workspace, "%s", order->workspace);
	s->path = xstrdup(order->path);
	s->watch = NO_WATCH;
	LIST_INSERT_HEAD(&w->all, s, link);
	w->count++;
	return s;
}

static void
watch(struct watches *w, const struct watch_order *order)
{
	struct subscription *s = find(w, order);
	int number = os_inotify_add(w->inotify, order->directory);
	if (number < 0)
		log_warning(&w->app->log, "cannot watch a directory: %s",
			strerror(errno));
	if (!s)
		s = begin_subscription(w, order);
	if (s)
		snprintf(s->set, sizeof s->set, "%s", order->set);
	if (!s || s->watch == number || number < 0) {
		if (number >= 0 && !is_watched(w, number))
			os_inotify_remove(w->inotify, number);
		return;
	}
	forget_watch(w, s, false);
	s->watch = number;
	LIST_INSERT_HEAD(bucket_of(w, number), s, same);
}

static void
give_up_others(struct watches *w, const struct watch_order *order)
{
	struct subscription *s, *next;
	for (s = LIST_FIRST(&w->all); s; s = next) {
		next = LIST_NEXT(s, link);
		if (is_of(s, order) && strcmp(s->set, order->set) != 0)
			end_subscription(w, s);
	}
}

/* The order is in force: what changes from now on is told. */
static void
confirm(struct watches *w, const struct watch_order *order)
{
	struct buf b = BUF_INIT;
	json_begin(&b, '{');
	json_key(&b, "channel"), json_string(&b, "files");
	json_key(&b, "type"), json_string(&b, "watching");
	json_key(&b, "data"), json_begin(&b, '{');
	json_key(&b, "workspace"), json_string(&b, order->workspace);
	json_key(&b, "count"), json_int(&b, order->count);
	json_end(&b, '}');
	json_end(&b, '}');
	hub_tell_stream(w->app->hub, order->stream, order->user, &b);
	buf_free(&b);
}

void
watches_take(struct watches *w, const struct watch_order *order)
{
	if (w->inotify < 0 || !hub_has_stream(w->app->hub, order->stream, order->user))
		return;
	if (order->index < order->count && order->count <= WATCH_DIRECTORIES &&
		order->directory >= 0)
		watch(w, order);
	if (order->index + 1 < order->count)
		return;
	give_up_others(w, order);
	confirm(w, order);
}

void
watches_leave(struct watches *w, const char *stream)
{
	struct subscription *s, *next;
	for (s = LIST_FIRST(&w->all); s; s = next) {
		next = LIST_NEXT(s, link);
		if (strcmp(s->stream, stream) == 0)
			end_subscription(w, s);
	}
}

struct watches *
watches_create(struct app *app)
{
	struct watches *w = xcalloc(1, sizeof *w);
	w->app = app;
	LIST_INIT(&w->all);
	for (int i = 0; i < BUCKETS; i++)
		LIST_INIT(&w->buckets[i]);
	w->inotify = os_inotify_open();
	if (w->inotify < 0) {
		log_warning(&app->log, "directories cannot be watched: %s",
			strerror(errno));
		return w;
	}
	w->readable =
		event_new(app->base, w->inotify, EV_READ | EV_PERSIST, on_readable, w);
	w->flush = event_new(app->base, -1, 0, on_flush, w);
	event_add(w->readable, NULL);
	return w;
}

void
watches_destroy(struct watches *w)
{
	if (!w)
		return;
	while (!LIST_EMPTY(&w->all))
		end_subscription(w, LIST_FIRST(&w->all));
	if (w->readable)
		event_free(w->readable);
	if (w->flush)
		event_free(w->flush);
	if (w->inotify >= 0)
		close(w->inotify);
	free(w);
}
