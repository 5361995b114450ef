/*
 * See worker.h. The process's first thread only waits for the signal to stop; the others
 * wait in wire_accept(). How many requests are in hand is counted, so that stopping knows
 * when the last one is answered. A thread that waits for a request is ended with the
 * process.
 */
#include "config.h"

#include "fcgi/worker.h"

#include "fcgi/databases.h"
#include "fcgi/router.h"
#include "fcgi/wire.h"

#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum {
	STOP_MS = 1800,
	REST_MAX = 2 << 20, /* bytes of a body that is read to be thrown away */
};

struct worker {
	struct app *app;
	struct databases *databases;
	int fd;
	atomic_int in_hand;
};

static size_t
read_wire(void *arg, char *to, size_t len)
{
	return wire_read(arg, to, len);
}

static int
write_wire(void *arg, const char *bytes, size_t len)
{
	return wire_write(arg, bytes, len);
}

/* The answer of a server that cannot open its databases. */
static int
refuse(struct app *app, const struct err *e, struct buf *out)
{
	struct response response = RESPONSE_INIT;
	log_error(&app->log, "%s", e->text);
	response_error(&response, e);
	response_write(&response, false, out);
	response_free(&response);
	return 0;
}

/* As router_answer(). */
static int
answer(struct app *app, struct databases *databases, char *const *env,
	const struct source *source, const struct sink *sink, struct buf *out)
{
	struct err e = {0};
	struct database_pair *pair = databases_borrow(databases, &e);
	if (!pair)
		return refuse(app, &e, out);
	int rc = router_answer(app, pair->state, pair->events, env, source, sink, out);
	databases_give_back(databases, pair);
	return rc;
}

static void *
thread_main(void *arg)
{
	struct worker *worker = arg;
	struct wire *wire = wire_open(worker->fd);
	const struct source source = {read_wire, wire};
	const struct sink sink = {write_wire, wire};
	struct buf out = BUF_INIT;
	while (!atomic_load(&worker->app->stopping) && wire_accept(wire) == 0) {
		atomic_fetch_add(&worker->in_hand, 1);
		if (answer(worker->app, worker->databases, wire_env(wire), &source, &sink,
			    &out) == 0)
			wire_finish(wire, out.data, out.len);
		else
			wire_break(wire);
		buf_clear(&out);
		if (out.size > 256 * 1024)
			buf_free(&out);
		atomic_fetch_sub(&worker->in_hand, 1);
	}
	buf_free(&out);
	free(wire);
	return NULL;
}

/* A worker that cannot open its databases ends, and is started again later. */
static int
open_first(struct worker *worker)
{
	struct err e = {0};
	struct database_pair *pair = databases_borrow(worker->databases, &e);
	if (!pair) {
		log_error(&worker->app->log, "%s", e.text);
		return -1;
	}
	databases_give_back(worker->databases, pair);
	return 0;
}

static int
start_threads(struct worker *worker)
{
	for (int64_t i = 0; i < app_threads(worker->app); i++) {
		pthread_t thread;
		int rc = pthread_create(&thread, NULL, thread_main, worker);
		if (rc != 0) {
			log_error(&worker->app->log, "cannot start a thread: %s",
				strerror(rc));
			return -1;
		}
		pthread_detach(thread);
	}
	return 0;
}

static void
wait_for_stop(void)
{
	sigset_t stop;
	int number;
	sigemptyset(&stop);
	sigaddset(&stop, SIGTERM);
	sigaddset(&stop, SIGINT);
	sigwait(&stop, &number);
}

int
worker_run(struct app *app, int fd)
{
	const struct timespec moment = {.tv_nsec = 5 * 1000 * 1000};
	struct worker worker = {.app = app,
		.databases = databases_new(app->conf.dir),
		.fd = fd};
	if (open_first(&worker) != 0 || start_threads(&worker) != 0)
		return 1;
	wait_for_stop();
	atomic_store(&app->stopping, true);
	for (int ms = 0; ms < STOP_MS && atomic_load(&worker.in_hand) > 0; ms += 5)
		nanosleep(&moment, NULL);
	/* The threads still use what main() owns: nothing is taken away from under them.
	 */
	_exit(0);
}

static size_t
read_stdin(void *arg, char *to, size_t len)
{
	size_t *taken = arg, done = 0;
	ssize_t n;
	while (done < len && (n = read(STDIN_FILENO, to + done, len - done)) > 0)
		done += (size_t)n;
	*taken += done;
	return done;
}

/* A request that was refused unread: web servers take it for a failure of ours when they
 * cannot get rid of it. There is a limit, because they have theirs. */
static void
read_rest(size_t taken)
{
	char bytes[16384];
	const char *length = getenv("CONTENT_LENGTH");
	size_t all = length ? strtoull(length, NULL, 10) : 0;
	if (all > REST_MAX)
		all = REST_MAX;
	while (taken < all) {
		size_t left = all - taken;
		if (read_stdin(&taken, bytes,
			    left < sizeof bytes ? left : sizeof bytes) == 0)
			return;
	}
}

static int
write_all(void *arg, const char *bytes, size_t len)
{
	(void)arg;
	while (len) {
		ssize_t n = write(STDOUT_FILENO, bytes, len);
		if (n <= 0)
			return -1;
		bytes += n;
		len -= (size_t)n;
	}
	return 0;
}

int
worker_cgi(struct app *app, char *const *env)
{
	size_t taken = 0;
	const struct source source = {read_stdin, &taken};
	const struct sink sink = {write_all, NULL};
	struct databases *databases = databases_new(app->conf.dir);
	struct buf out = BUF_INIT;
	int rc = answer(app, databases, env, &source, &sink, &out);
	databases_free(databases);
	read_rest(taken);
	if (write_all(NULL, out.data, out.len) != 0)
		rc = -1;
	buf_free(&out);
	return rc == 0 ? 0 : 1;
}
