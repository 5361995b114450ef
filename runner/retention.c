/*
 * See retention.h.
 *
 * First the beginning of a session's log is moved, in one small commit; from then on
 * nobody reads what is below, and viewers who would have are told. Then the rows below go
 * in steps, each a transaction of its own. A crash between leaves rows that the next
 * runner finds, never a log with a hole: what is to be removed follows from the database
 * alone.
 *
 * Sessions that run are looked at often, by what is in memory; all others take turns, a
 * few rows at a time, since they only grow older. When all had their turn, the sum of
 * what they keep is known.
 *
 * A terminal that has ended and is past its age keeps its last snapshot and the little
 * that it said behind it: its last screen can still be seen. When it has no snapshot, one
 * is asked for, and until it is there, or when it said too little for one, all is kept.
 *
 * What is given back to the file system goes in small steps too, and only while nothing
 * is to be removed: new output is about to need the pages again.
 */
#include "config.h"

#include "runner/retention.h"

#include "lib/buf.h"
#include "lib/clock.h"
#include "lib/db.h"
#include "lib/store/retention.h"
#include "runner/adapter.h"
#include "runner/app.h"
#include "runner/hub.h"
#include "runner/registry.h"
#include "runner/run.h"
#include "runner/snapshots.h"

#include <event2/event.h>

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
	LOOK_MS = 250, /* at those that run, and at some of the others */
	LOOK_SESSIONS = 64,
	CLEAN_MS = 3,     /* between two steps of cleaning: 150 MB/s at most */
	SHRINK_MS = 10,   /* between two steps of giving back */
	TROUBLE_MS = 500, /* after an error */
	TOTAL_MOVES = 16, /* of the largest session, before all are looked at again */
	FREE_KEPT = 1024, /* pages: that many stay for what comes next */
	ASK_MS = 5000,    /* between two wishes for a snapshot: viewers go first */
	JOBS = 64,        /* sessions to clean; more are found when it is their turn */
	DAY_MS = 86400000,
};

struct retention {
	struct app *app;
	struct event *look, *clean, *shrink;
	int64_t jobs[JOBS]; /* numbers of sessions with leftovers */
	int job_count, job_next;
	struct {
		int64_t after; /* number of the last session that had its turn */
		int64_t sum;   /* bytes that those before it keep */
		int64_t largest, most,
			second;     /* who keeps most, how much, and the next */
		struct place first; /* where the log of the largest begins */
		char id[ID_SIZE];
	} round;
	int64_t next_ask; /* monotonic: for a snapshot */
	char trouble[40]; /* code of the last error that was told */
};

/* ---- what is to be kept ---- */

struct rule {
	const char *kind;
	bool terminal; /* its log can only begin behind a snapshot */
	size_t days;   /* where in struct conf */
};

static const struct rule rules[] = {
	{"pty", true, offsetof(struct conf, retention_pty_days)},
	{"claude", false, offsetof(struct conf, retention_claude_days)},
	{"file-editor", false, offsetof(struct conf, retention_editor_days)},
};

static const struct rule *
rule_of(const char *kind)
{
	for (size_t i = 0; i < sizeof rules / sizeof *rules; i++)
		if (strcmp(rules[i].kind, kind) == 0)
			return &rules[i];
	return NULL;
}

static void
report(struct retention *r, const struct err *e)
{
	if (strcmp(e->code, "db.busy") == 0 || strcmp(e->code, r->trouble) == 0)
		return;
	memcpy(r->trouble, e->code, sizeof r->trouble);
	log_warning(&r->app->log, "cannot shorten the log: %s", e->text);
}

static void
after(struct event *event, int ms)
{
	struct timeval delay = {.tv_sec = ms / 1000, .tv_usec = ms % 1000 * 1000};
	event_add(event, &delay);
}

static void
add_job(struct retention *r, int64_t session)
{
	for (int i = 0; i < r->job_count; i++)
		if (r->jobs[i] == session)
			return;
	if (r->job_count == JOBS)
		return;
	r->jobs[r->job_count++] = session;
	if (!event_pending(r->clean, EV_TIMEOUT, NULL))
		after(r->clean, CLEAN_MS);
}

/* True when the log of the session begins later now. */
static bool
move(struct retention *r, int64_t session, const char *id, const struct place *place)
{
	struct err e = {0};
	struct db *db = r->app->events;
	int moved = db_begin(db, DB_NORMAL, &e);
	if (moved == 0)
		moved = retention_move(db, session, place, &e);
	if (moved < 0 || db_commit(db, &e) != 0) {
		db_rollback(db);
		report(r, &e);
		return false;
	}
	struct run *run = registry_find(r->app->registry, id);
	if (moved && run) {
		run->row.first_seq = place->seq + 1;
		run->row.first_output = place->output;
	}
	if (moved)
		hub_pruned(r->app->hub, session, place->seq + 1);
	add_job(r, session);
	return moved;
}

static void
take_later(struct place *best, const struct place *place, int found)
{
	if (found > 0 && place->seq > best->seq)
		*best = *place;
}

static void
by_bytes(struct retention *r, const struct kept *k, struct place *best)
{
	struct place place;
	int64_t most = r->app->conf.retention_bytes;
	if (!most || k->output - k->first_output <= most)
		return;
	take_later(best, &place,
		retention_newest(r->app->events, k->number, k->first_seq,
			k->output - most, INT64_MAX, &place, NULL));
}

static void
ask_for_snapshot(struct retention *r, const struct kept *k)
{
	int64_t now = clock_monotonic();
	if (k->output - k->first_output < SNAPSHOT_LEAST || now < r->next_ask)
		return;
	r->next_ask = now + ASK_MS;
	snapshots_want(r->app->snapshots, k->number, false);
}

static void
terminal_by_age(struct retention *r, const struct kept *k, bool over, int64_t before,
	struct place *best)
{
	struct place place;
	int found = retention_newest(r->app->events, k->number, k->first_seq, INT64_MAX,
		over ? INT64_MAX : before, &place, NULL);
	take_later(best, &place, found);
	if (over && found == 0)
		ask_for_snapshot(r, k);
}

static void
by_age(struct retention *r, const struct kept *k, const struct rule *rule,
	struct place *best)
{
	struct db *db = r->app->events;
	int64_t days, before;
	struct place place = {k->last_seq, k->output};
	memcpy(&days, (const char *)&r->app->conf + rule->days, sizeof days);
	before = clock_now() - days * DAY_MS;
	if (days <= 0)
		return;
	bool over = !k->live && k->ended_at && k->ended_at < before;
	if (rule->terminal)
		terminal_by_age(r, k, over, before, best);
	else if (over)
		take_later(best, &place, 1);
	else
		take_later(best, &place, retention_before(db, k, before, &place, NULL));
}

static void
apply(struct retention *r, const struct kept *k)
{
	const struct rule *rule = rule_of(k->kind);
	struct place best = {k->first_seq - 1, 0};
	if (!rule)
		return;
	if (rule->terminal)
		by_bytes(r, k, &best);
	by_age(r, k, rule, &best);
	if (best.seq >= k->first_seq)
		move(r, k->number, k->id, &best);
}

/* ---- looking ---- */

static void
look_at_run(void *arg, struct run *run)
{
	struct retention *r = arg;
	const struct session *row = &run->row;
	int64_t most = r->app->conf.retention_bytes;
	struct kept k = {
		.number = row->number,
		.first_seq = row->first_seq,
		.first_output = row->first_output,
		.output = row->output,
	};
	struct place best = {row->first_seq - 1, 0};
	if (!row->number || !run->adapter->has_size || !most ||
		row->output - row->first_output <= most)
		return;
	by_bytes(r, &k, &best);
	if (best.seq >= k.first_seq)
		move(r, k.number, row->id, &best);
}

static void
count(struct retention *r, const struct kept *k)
{
	int64_t bytes = k->output - k->first_output;
	struct place place;
	r->round.sum += bytes;
	if (bytes <= r->round.second ||
		retention_oldest(r->app->events, k->number, k->first_seq, &place, NULL) <=
			0)
		return;
	if (bytes <= r->round.most) {
		r->round.second = bytes;
		return;
	}
	r->round.second = r->round.most;
	r->round.most = bytes;
	r->round.largest = k->number;
	r->round.first = (struct place){k->first_seq - 1, k->first_output};
	snprintf(r->round.id, sizeof r->round.id, "%s", k->id);
}

/* The rows are looked at when the statement that reads them is done. */
struct batch {
	struct kept kept[LOOK_SESSIONS];
	char ids[LOOK_SESSIONS][ID_SIZE], kinds[LOOK_SESSIONS][32];
	int count;
};

static void
put_in(void *arg, const struct kept *kept)
{
	struct batch *b = arg;
	struct kept *k = &b->kept[b->count];
	*k = *kept;
	snprintf(b->ids[b->count], ID_SIZE, "%s", kept->id);
	snprintf(b->kinds[b->count], sizeof *b->kinds, "%s", kept->kind);
	k->id = b->ids[b->count];
	k->kind = b->kinds[b->count++];
}

/* Begins the log of the session that keeps most at its next snapshots, until it is no
 * longer the one or enough is gone. */
static void
by_total(struct retention *r, int64_t most)
{
	struct place at = r->round.first, next;
	for (int i = 0; i < TOTAL_MOVES; i++) {
		if (r->round.sum <= most || r->round.most < r->round.second ||
			retention_oldest(r->app->events, r->round.largest, at.seq + 1,
				&next, NULL) <= 0)
			return;
		move(r, r->round.largest, r->round.id, &next);
		r->round.sum -= next.output - at.output;
		r->round.most -= next.output - at.output;
		at = next;
	}
}

/* All had their turn. */
static void
end_round(struct retention *r)
{
	int64_t most = r->app->conf.retention_total;
	if (most && r->round.largest)
		by_total(r, most);
	memset(&r->round, 0, sizeof r->round);
	if (r->job_count == 0 && !event_pending(r->shrink, EV_TIMEOUT, NULL) &&
		retention_free_pages(r->app->events, NULL) > 2 * FREE_KEPT)
		after(r->shrink, SHRINK_MS);
}

static void
on_look(evutil_socket_t fd, short what, void *arg)
{
	struct retention *r = arg;
	struct err e = {0};
	struct batch *b = xcalloc(1, sizeof *b);
	(void)fd, (void)what;
	registry_each(r->app->registry, look_at_run, r);
	int n = retention_each(r->app->events, r->round.after, LOOK_SESSIONS, put_in, b,
		&e);
	for (int i = 0; i < b->count; i++) {
		struct kept *k = &b->kept[i];
		r->round.after = k->number;
		if (k->leftovers)
			add_job(r, k->number);
		if (k->deleted)
			continue;
		count(r, k);
		apply(r, k);
	}
	if (n < 0)
		report(r, &e);
	else if (n < LOOK_SESSIONS)
		end_round(r);
	free(b);
}

/* ---- cleaning ---- */

/* 1: there is more to do; 0: no more; -1: error. */
static int
step(struct retention *r, int (*work)(struct retention *r, struct err *e), struct err *e)
{
	struct db *db = r->app->events;
	int result = db_begin(db, DB_NORMAL, e);
	if (result == 0)
		result = work(r, e);
	if (result < 0 || db_commit(db, e) != 0) {
		db_rollback(db);
		report(r, e);
		return -1;
	}
	r->trouble[0] = '\0';
	return result;
}

static int
clean_one(struct retention *r, struct err *e)
{
	return retention_clean(r->app->events, r->jobs[r->job_next], e);
}

static void
on_clean(evutil_socket_t fd, short what, void *arg)
{
	struct retention *r = arg;
	struct err e = {0};
	(void)fd, (void)what;
	r->job_next = (r->job_next + 1) % r->job_count;
	int more = step(r, clean_one, &e);
	if (more == 0)
		r->jobs[r->job_next] = r->jobs[--r->job_count];
	bool wait = more < 0 && strcmp(e.code, "db.busy") != 0;
	if (r->job_count > 0)
		after(r->clean, wait ? TROUBLE_MS : CLEAN_MS);
}

static int
shrink_some(struct retention *r, struct err *e)
{
	return retention_shrink(r->app->events, e);
}

static void
on_shrink(evutil_socket_t fd, short what, void *arg)
{
	struct retention *r = arg;
	struct err e = {0};
	(void)fd, (void)what;
	if (r->job_count == 0 && step(r, shrink_some, &e) == 0 &&
		retention_free_pages(r->app->events, NULL) > FREE_KEPT)
		after(r->shrink, SHRINK_MS);
}

struct retention *
retention_create(struct app *app)
{
	static const struct timeval often = {.tv_usec = LOOK_MS * 1000};
	struct retention *r = xcalloc(1, sizeof *r);
	r->app = app;
	r->look = event_new(app->base, -1, EV_PERSIST, on_look, r);
	r->clean = event_new(app->base, -1, 0, on_clean, r);
	r->shrink = event_new(app->base, -1, 0, on_shrink, r);
	struct event *events[] = {r->look, r->clean, r->shrink};
	for (int i = 0; i < 3; i++)
		event_priority_set(events[i], PRIORITY_TURN);
	event_add(r->look, &often);
	return r;
}

void
retention_destroy(struct retention *r)
{
	if (!r)
		return;
	event_free(r->look);
	event_free(r->clean);
	event_free(r->shrink);
	free(r);
}
