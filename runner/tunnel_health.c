/*
 * Asks the public address of a tunnel whether this server answers there, in a thread of
 * its own that ends with its question: at most one for each tunnel, HEALTH_MS long. The
 * two ends of a pair of sockets lead to each other: the thread writes when it has an
 * answer, and gives up when the loop has shut its end down.
 */
#include "config.h"

#include "lib/clock.h"
#include "lib/http.h"
#include "runner/app.h"
#include "runner/tunnel.h"

#include <event2/event.h>

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { HEALTH_MS = 3000, HEALTH_MOST = 64 * 1024 };

struct tunnel_health {
	struct tunnel *tunnel;
	bool forgotten; /* nobody wants the answer any more */
	pthread_t thread;
	int ends[2]; /* of the loop, of the thread */
	struct event *readable;
	char *url;
	/* Of the thread, until it has written. */
	int status;
	struct err e;
};

static void *
ask(void *arg)
{
	struct tunnel_health *h = arg;
	struct buf body = BUF_INIT;
	const struct http_request request = {.url = h->url,
		.plain = true,
		.give_up = h->ends[1],
		.timeout_ms = HEALTH_MS,
		.most = HEALTH_MOST};
	if (http_send(&request, &h->status, &body, &h->e) != 0)
		h->status = 0;
	buf_free(&body);
	while (write(h->ends[1], "", 1) < 0)
		; /* a new socket is never full */
	return NULL;
}

static void
destroy(struct tunnel_health *h)
{
	if (h->readable)
		event_free(h->readable);
	for (int i = 0; i < 2; i++)
		if (h->ends[i] >= 0)
			close(h->ends[i]);
	free(h->url);
	free(h);
}

static void
finish(struct tunnel_health *h)
{
	pthread_join(h->thread, NULL);
	destroy(h);
}

/* The text (taken over) is what is wrong; NULL: nothing. */
static void
set_health(struct tunnel *t, char *text)
{
	free(t->row.health_text);
	t->row.health_text = text;
	t->row.health_at = clock_now();
	t->health_due = t->row.health_at + t->app->conf.tunnel_check;
	tunnel_changed(t);
}

static void
take(struct tunnel *t, const struct tunnel_health *h)
{
	t->health = NULL;
	if (h->forgotten)
		tunnel_wake(t); /* the next question may have waited for this one */
	else if (h->status == 0)
		set_health(t, xstrdup(h->e.text));
	else if (h->status != 200)
		set_health(t,
			xasprintf("The address answers with status %d.", h->status));
	else
		set_health(t, NULL);
}

static void
on_answer(evutil_socket_t fd, short what, void *arg)
{
	struct tunnel_health *h = arg;
	(void)fd, (void)what;
	take(h->tunnel, h);
	finish(h);
}

void
tunnel_health_forget(struct tunnel *t)
{
	if (!t->health)
		return;
	t->health->forgotten = true;
	shutdown(t->health->ends[0], SHUT_WR);
}

static char *
question(const struct tunnel *t)
{
	const char *url = t->row.url;
	size_t n = strlen(url);
	while (n && url[n - 1] == '/')
		n--;
	return xasprintf("%.*s/api/health", (int)n, url);
}

/* 0, or what the system lacks for it: descriptors, threads. */
static int
start(struct tunnel_health *h)
{
	sigset_t all, before;
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, h->ends) != 0)
		return errno;
	h->readable = event_new(h->tunnel->app->base, h->ends[0], EV_READ, on_answer, h);
	event_add(h->readable, NULL);
	sigfillset(&all); /* signals are the loop's */
	pthread_sigmask(SIG_SETMASK, &all, &before);
	int error = pthread_create(&h->thread, NULL, ask, h);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	return error;
}

void
tunnel_health_ask(struct tunnel *t)
{
	if (t->health)
		return; /* one that was forgotten is not over yet */
	struct tunnel_health *h = xcalloc(1, sizeof *h);
	*h = (struct tunnel_health){.tunnel = t, .ends = {-1, -1}, .url = question(t)};
	int error = start(h);
	if (error == 0) {
		t->health = h;
		return;
	}
	destroy(h);
	set_health(t, xasprintf("It could not be asked: %s.", strerror(error)));
}

void
tunnel_health_finish(struct tunnel *t)
{
	if (!t->health)
		return;
	tunnel_health_forget(t);
	finish(t->health);
	t->health = NULL;
}
