/*
 * See pool.h. The master opens no database and has one thread, so that it can fork at any
 * time. A worker that ends soon after its start is started again later and later, up to
 * five seconds, so that a lasting fault costs little.
 */
#include "config.h"

#include "fcgi/pool.h"

#include "fcgi/os_linux.h"
#include "fcgi/worker.h"
#include "lib/clock.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { SOON_MS = 1000, FIRST_PAUSE_MS = 50, LAST_PAUSE_MS = 5000, STOP_MS = 2000 };

struct slot {
	pid_t pid;        /* 0: not running */
	int64_t start_at; /* monotonic: when it was, or is to be, started */
	int pause;        /* before the next start */
};

struct pool {
	struct app *app;
	int fd;
	int count;
	struct slot *slots;
};

static void
start_worker(struct pool *pool, struct slot *slot)
{
	pid_t master = getpid(), pid = fork();
	if (pid == 0) {
		os_die_with(master);
		_exit(worker_run(pool->app, pool->fd));
	}
	slot->start_at = clock_monotonic();
	if (pid > 0) {
		slot->pid = pid;
		return;
	}
	log_error(&pool->app->log, "cannot start a worker: %s", strerror(errno));
	slot->start_at += LAST_PAUSE_MS;
}

/* Starts what is due. Returns the milliseconds until the next start, at most a minute. */
static int64_t
start_due(struct pool *pool)
{
	int64_t now = clock_monotonic(), next = 60 * 1000;
	for (int i = 0; i < pool->count; i++) {
		struct slot *slot = &pool->slots[i];
		if (!slot->pid && slot->start_at <= now)
			start_worker(pool, slot);
		if (!slot->pid && slot->start_at - now < next)
			next = slot->start_at - now;
	}
	return next > 0 ? next : 0;
}

static void
note_end(struct pool *pool, struct slot *slot, int status)
{
	int64_t now = clock_monotonic();
	bool soon = now - slot->start_at < SOON_MS;
	slot->pause = !soon ? 0 : slot->pause ? slot->pause * 2 : FIRST_PAUSE_MS;
	if (slot->pause > LAST_PAUSE_MS)
		slot->pause = LAST_PAUSE_MS;
	slot->start_at = now + slot->pause;
	if (WIFSIGNALED(status))
		log_warning(&pool->app->log, "worker %d was ended by signal %d",
			(int)slot->pid, WTERMSIG(status));
	else
		log_warning(&pool->app->log, "worker %d ended with code %d",
			(int)slot->pid, WEXITSTATUS(status));
	slot->pid = 0;
}

/* Returns how many workers are still there. */
static int
reap(struct pool *pool, bool stopping)
{
	int status, left = 0;
	pid_t pid;
	while ((pid = waitpid(-1, &status, WNOHANG)) > 0)
		for (int i = 0; i < pool->count; i++) {
			if (pool->slots[i].pid != pid)
				continue;
			if (stopping)
				pool->slots[i].pid = 0;
			else
				note_end(pool, &pool->slots[i], status);
		}
	for (int i = 0; i < pool->count; i++)
		left += pool->slots[i].pid != 0;
	return left;
}

static void
signal_all(const struct pool *pool, int number)
{
	for (int i = 0; i < pool->count; i++)
		if (pool->slots[i].pid)
			kill(pool->slots[i].pid, number);
}

/* Waits for one of the signals; returns its number, or 0 after `ms`. */
static int
wait_signal(const sigset_t *set, int64_t ms)
{
	const struct timespec pause = {ms / 1000, ms % 1000 * 1000000L};
	int number = sigtimedwait(set, NULL, &pause);
	return number > 0 ? number : 0;
}

static void
stop_all(struct pool *pool, const sigset_t *set)
{
	int64_t end = clock_monotonic() + STOP_MS;
	signal_all(pool, SIGTERM);
	while (reap(pool, true) > 0 && clock_monotonic() < end)
		wait_signal(set, 50);
	signal_all(pool, SIGKILL);
}

int
pool_run(struct app *app, int fd)
{
	struct pool pool = {.app = app, .fd = fd, .count = (int)app_processes(app)};
	sigset_t set;
	int number;
	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGCHLD);
	sigprocmask(SIG_BLOCK, &set, NULL);
	pool.slots = xcalloc((size_t)pool.count, sizeof *pool.slots);
	do {
		number = wait_signal(&set, start_due(&pool));
		reap(&pool, false);
	} while (number != SIGTERM && number != SIGINT);
	stop_all(&pool, &set);
	free(pool.slots);
	return 0;
}
