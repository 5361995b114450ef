/*
 * Has the public address of a tunnel asked whether this server answers there, by a child
 * that ends with its question (dispatch-http(8)): at most one for each tunnel. It tells
 * a line, and is over when it has closed its output. Who wants no answer any more kills
 * it, and so does LIMIT_MS; it is then over like any other. Its pid is its own until it
 * is reaped, which is when all of this goes.
 */
#include "config.h"

#include "lib/clock.h"
#include "lib/http.h"
#include "lib/path.h"
#include "runner/app.h"
#include "runner/spawn.h"
#include "runner/tunnel.h"

#include <event2/event.h>

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
	TIMEOUT_MS = 3000,
	LIMIT_MS = 5000, /* with finding the address of a name */
	BODY_MOST = 64 * 1024,
	ANSWER_MOST = 1024,
};

struct tunnel_health {
	struct tunnel *tunnel;
	bool forgotten; /* nobody wants the answer any more */
	bool late;      /* it was killed for that */
	pid_t pid;
	int output;
	struct buf answer; /* at most ANSWER_MOST bytes */
	struct event *readable, *limit;
};

/* Its output is closed or it is killed: there is nothing to wait for. */
static void
reap(pid_t pid)
{
	while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
		;
}

static void
finish(struct tunnel_health *h)
{
	kill(h->pid, SIGKILL); /* one that has only closed its output */
	reap(h->pid);
	event_free(h->readable);
	event_free(h->limit);
	close(h->output);
	buf_free(&h->answer);
	free(h);
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

/* What is wrong; NULL: nothing. */
static char *
problem(const struct tunnel_health *h)
{
	struct err e = {0};
	int status;
	size_t body;
	if (h->late && h->answer.len == 0)
		return xstrdup("There was no answer in time.");
	if (http_answer_read(&h->answer, &status, &body, &e) != 0)
		return xstrdup(e.text);
	if (status != 200)
		return xasprintf("The address answers with status %d.", status);
	return NULL;
}

static void
take(struct tunnel *t, const struct tunnel_health *h)
{
	t->health = NULL;
	if (h->forgotten)
		tunnel_wake(t); /* the next question may have waited for this one */
	else
		set_health(t, problem(h));
}

static void
on_output(evutil_socket_t fd, short what, void *arg)
{
	struct tunnel_health *h = arg;
	char bytes[ANSWER_MOST];
	ssize_t n = read(fd, bytes, sizeof bytes);
	(void)what;
	if (n <= 0) {
		take(h->tunnel, h);
		finish(h);
	} else if (h->answer.len + (size_t)n <= ANSWER_MOST)
		buf_add(&h->answer, bytes, (size_t)n);
	else
		kill(h->pid, SIGKILL);
}

static void
on_limit(evutil_socket_t fd, short what, void *arg)
{
	struct tunnel_health *h = arg;
	(void)fd, (void)what;
	h->late = true;
	kill(h->pid, SIGKILL);
}

void
tunnel_health_forget(struct tunnel *t)
{
	if (!t->health)
		return;
	t->health->forgotten = true;
	kill(t->health->pid, SIGKILL);
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

static void
close_fd(int fd)
{
	if (fd >= 0)
		close(fd);
}

/* A pipe's reading end, with the question in it: less than a pipe takes (pipe(7)). -1 and
 * errno. */
static int
ask(const char *url)
{
	const struct http_request request = {.url = url,
		.timeout_ms = TIMEOUT_MS,
		.most = BODY_MOST,
		.plain = true,
		.status_only = true};
	struct buf text = BUF_INIT;
	int ends[2];
	if (pipe2(ends, O_CLOEXEC) != 0)
		return -1;
	http_request_write(&text, &request);
	(void)!write(ends[1], text.data, text.len);
	buf_free(&text);
	close(ends[1]);
	return ends[0];
}

/* 0, or what the system lacks for it. */
static int
start(struct tunnel_health *h, const char *url)
{
	char *program = path_program("dispatch-http");
	char *argv[] = {program, NULL};
	int question = ask(url), ends[2] = {-1, -1}, error = 0;
	if (question < 0 || pipe2(ends, O_CLOEXEC) != 0)
		error = errno;
	const int fds[] = {question, ends[1]};
	if (error == 0)
		error = spawn_program(program, argv, environ, fds, 2, &h->pid);
	close_fd(question);
	close_fd(ends[1]);
	if (error != 0)
		close_fd(ends[0]);
	h->output = ends[0];
	free(program);
	return error;
}

static void
watch(struct tunnel_health *h)
{
	static const struct timeval limit = {LIMIT_MS / 1000, LIMIT_MS % 1000 * 1000};
	struct event_base *base = h->tunnel->app->base;
	h->readable = event_new(base, h->output, EV_READ | EV_PERSIST, on_output, h);
	h->limit = event_new(base, -1, 0, on_limit, h);
	event_add(h->readable, NULL);
	event_add(h->limit, &limit);
}

void
tunnel_health_ask(struct tunnel *t)
{
	if (t->health)
		return; /* one that was forgotten is not over yet */
	struct tunnel_health *h = xcalloc(1, sizeof *h);
	h->tunnel = t;
	char *url = question(t);
	int error = start(h, url);
	free(url);
	if (error == 0) {
		watch(h);
		t->health = h;
		return;
	}
	free(h);
	set_health(t, xasprintf("It could not be asked: %s.", strerror(error)));
}

void
tunnel_health_finish(struct tunnel *t)
{
	if (!t->health)
		return;
	finish(t->health);
	t->health = NULL;
}
