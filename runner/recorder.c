/*
 * See recorder.h.
 *
 * Fairness decides latency under load, so a turn is small: quiet runs first, at most
 * LOUD_BYTES of each loud run, at most TURN_BYTES together. A run that has more is added
 * again by its shim link in the next turn.
 */
#include "config.h"

#include "runner/recorder.h"

#include "lib/buf.h"
#include "lib/clock.h"
#include "lib/db.h"
#include "lib/path.h"
#include "lib/store/event.h"
#include "runner/app.h"
#include "runner/bus.h"
#include "runner/checkpoint.h"
#include "runner/run.h"

#include <event2/event.h>

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
	LOUD_BYTES = 32 * 1024,  /* of one run in one turn */
	QUIET_BYTES = 4 * 1024,  /* a run with less waiting goes first */
	TURN_BYTES = 128 * 1024, /* of all runs in one turn */
	LATER_MS = 5,      /* what nobody waits for goes with the next turn until then */
	RETRY_BUSY_MS = 2, /* a checkpoint holds the lock for a moment */
	RETRY_FULL_MS = 200,
	CALM_MS = 1000, /* without "full": then there is space again */
};

TAILQ_HEAD(run_queue, run);

struct published {
	struct run *run;
	struct event event;
};

struct recorder {
	struct app *app;
	struct event *turn;  /* active: a turn is due; pending: it is tried again */
	struct event *later; /* pending: a turn is due then at the latest */
	struct event *calm;  /* pending: a turn then says that there is space */
	struct run_queue waiting;
	struct run_queue turned; /* what the present turn has recorded */
	struct published *batch;
	size_t batch_len, batch_size;
	struct event_ids ids; /* of the next events */
	bool full;
	int64_t full_at; /* monotonic milliseconds: when a turn last found no space */
};

static void
after(struct event *event, int ms)
{
	struct timeval delay = {.tv_sec = ms / 1000, .tv_usec = ms % 1000 * 1000};
	event_add(event, &delay);
}

/* Handlers learn of a full disk by the name of this file: a rename needs no space. */
static void
show_storage(struct recorder *r)
{
	static const char *const names[] = {"run/storage-ok", "run/storage-full"};
	char *from = path_join(r->app->conf.dir, names[!r->full]);
	char *to = path_join(r->app->conf.dir, names[r->full]);
	rename(from, to);
	free(from);
	free(to);
}

/* Whatever the last runner left. */
static void
make_storage_file(struct recorder *r)
{
	char *full = path_join(r->app->conf.dir, "run/storage-full");
	char *ok = path_join(r->app->conf.dir, "run/storage-ok");
	unlink(full);
	int fd = open(ok, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	if (fd >= 0)
		close(fd);
	free(full);
	free(ok);
}

static void
set_full(struct recorder *r, bool full)
{
	if (r->full == full)
		return;
	r->full = full;
	show_storage(r);
	if (full)
		log_error(&r->app->log,
			"the disk is full: sessions wait until there is space");
	else
		log_info(&r->app->log,
			"there is space on the disk again: sessions go on");
	bus_storage(r->app->bus, full);
}

/* At the edge of a full disk some turns find space and some do not. */
static void
found_space(struct recorder *r)
{
	int64_t left = r->full_at + CALM_MS - clock_monotonic();
	if (r->full && left > 0)
		after(r->calm, (int)left);
	else
		set_full(r, false);
}

static void
found_none(struct recorder *r)
{
	r->full_at = clock_monotonic();
	set_full(r, true);
}

static void
postpone(struct recorder *r, const struct err *why)
{
	bool busy = strcmp(why->code, "db.busy") == 0;
	if (strcmp(why->code, "storage.full") == 0)
		found_none(r);
	else if (!busy)
		log_error(&r->app->log, "cannot record: %s", why->text);
	after(r->turn, busy ? RETRY_BUSY_MS : RETRY_FULL_MS);
}

int
recorder_append(struct recorder *r, struct run *run, struct event *ev, struct err *e)
{
	if (event_append(r->app->events, &r->ids, ev, e) != 0)
		return -1;
	if (r->batch_len == r->batch_size) {
		r->batch_size = r->batch_size ? r->batch_size * 2 : 64;
		r->batch = xrealloc(r->batch, r->batch_size * sizeof *r->batch);
	}
	r->batch[r->batch_len++] = (struct published){run, *ev};
	return 0;
}

/* Records the waiting runs that are quiet (or those that are not) within the budget. */
static int
record_some(struct recorder *r, bool quiet, size_t *budget, struct err *e)
{
	struct run *run, *next;
	for (run = TAILQ_FIRST(&r->waiting); run && *budget; run = next) {
		next = TAILQ_NEXT(run, recorder_link);
		size_t waiting = run_waiting(run);
		if ((waiting <= QUIET_BYTES) != quiet)
			continue;
		size_t most = *budget < LOUD_BYTES ? *budget : LOUD_BYTES;
		TAILQ_REMOVE(&r->waiting, run, recorder_link);
		TAILQ_INSERT_TAIL(&r->turned, run, recorder_link);
		if (run_record(run, most, e) != 0)
			return -1;
		*budget -= waiting < most ? waiting : most;
	}
	return 0;
}

static void
publish(struct recorder *r)
{
	for (size_t i = 0; i < r->batch_len; i++)
		bus_event(r->app->bus, &r->batch[i].run->row, &r->batch[i].event);
	if (r->batch_len)
		bus_turn(r->app->bus);
}

/* Tells the runs of this turn how it went. A run may leave, or come back at once. */
static void
settle(struct recorder *r, void (*tell)(struct run *run))
{
	struct run *run;
	r->batch_len = 0;
	while ((run = TAILQ_FIRST(&r->turned))) {
		TAILQ_REMOVE(&r->turned, run, recorder_link);
		run->queued = false;
		tell(run);
	}
}

/* The lock keeps others out. If one came in all the same, the log is theirs: a turn of
 * ours could record again what they have recorded. What is not committed is still in the
 * rings. */
static void
check_generation(struct recorder *r)
{
	if (runner_generation(r->app->events) <= r->app->generation)
		return;
	log_error(&r->app->log, "another dispatch-runner has taken over %s",
		r->app->conf.dir);
	_exit(1);
}

/* New work waits for a turn that is tried again. */
static void
turn_soon(struct recorder *r)
{
	event_del(r->later);
	if (!event_pending(r->turn, EV_TIMEOUT, NULL))
		event_active(r->turn, EV_TIMEOUT, 0);
}

static void
take_turn(evutil_socket_t fd, short what, void *arg)
{
	struct recorder *r = arg;
	struct err e = {0};
	size_t budget = TURN_BYTES;
	(void)fd, (void)what;
	if (TAILQ_EMPTY(&r->waiting)) {
		found_space(r); /* it stops nobody */
		return;
	}
	if (checkpoint_wants_lock(r->app->checkpoint)) {
		after(r->turn, RETRY_BUSY_MS);
		return;
	}
	if (db_begin(r->app->events, DB_NORMAL, &e) != 0) {
		postpone(r, &e);
		return;
	}
	check_generation(r);
	if (record_some(r, true, &budget, &e) != 0 ||
		record_some(r, false, &budget, &e) != 0 ||
		db_commit(r->app->events, &e) != 0) {
		db_rollback(r->app->events);
		r->ids = (struct event_ids){0};
		postpone(r, &e);
		settle(r, run_rolled_back);
		return;
	}
	found_space(r);
	bool more = !TAILQ_EMPTY(&r->waiting);
	publish(r);
	settle(r, run_committed);
	if (more)
		turn_soon(r);
}

static void
on_later(evutil_socket_t fd, short what, void *arg)
{
	(void)fd, (void)what;
	turn_soon(arg);
}

struct recorder *
recorder_create(struct app *app)
{
	struct recorder *r = xcalloc(1, sizeof *r);
	r->app = app;
	make_storage_file(r);
	TAILQ_INIT(&r->waiting);
	TAILQ_INIT(&r->turned);
	r->turn = event_new(app->base, -1, 0, take_turn, r);
	r->later = event_new(app->base, -1, 0, on_later, r);
	r->calm = event_new(app->base, -1, 0, take_turn, r);
	event_priority_set(r->turn, PRIORITY_TURN);
	event_priority_set(r->calm, PRIORITY_TURN);
	return r;
}

void
recorder_destroy(struct recorder *r)
{
	if (!r)
		return;
	event_free(r->turn);
	event_free(r->later);
	event_free(r->calm);
	free(r->batch);
	free(r);
}

static void
queue(struct recorder *r, struct run *run)
{
	if (run->queued)
		return;
	run->queued = true;
	TAILQ_INSERT_TAIL(&r->waiting, run, recorder_link);
}

void
recorder_add(struct recorder *r, struct run *run)
{
	queue(r, run);
	turn_soon(r);
}

void
recorder_add_later(struct recorder *r, struct run *run)
{
	queue(r, run);
	if (!event_pending(r->turn, EV_TIMEOUT, NULL) &&
		!event_pending(r->later, EV_TIMEOUT, NULL))
		after(r->later, LATER_MS);
}

void
recorder_forget(struct recorder *r, struct run *run)
{
	if (!run->queued)
		return;
	TAILQ_REMOVE(&r->waiting, run, recorder_link);
	run->queued = false;
}

bool
recorder_storage_full(const struct recorder *r)
{
	return r->full;
}
