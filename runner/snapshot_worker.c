/*
 * See snapshot_worker.h.
 *
 * A model of the terminal begins with the session's newest snapshot and takes what the
 * log has behind it. The models of the last sessions are kept for a while: during a flood
 * the same session is asked for again and again.
 */
#include "config.h"

#include "runner/snapshot_worker.h"

#include "lib/clock.h"
#include "lib/db.h"
#include "lib/json.h"
#include "lib/store/event.h"
#include "runner/app.h"
#include "runner/terminal.h"

#include <json-c/json.h>

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum {
	MODELS = 2,              /* kept */
	MODEL_MS = 5000,         /* that long */
	PORTION = 16,            /* events that are read at once */
	SCROLLBACK = 160 * 1024, /* bytes, at most */
	READ_WAIT_MS = 1000,     /* for a log that is being recovered */
	FIRST_COLS = 80,
	FIRST_ROWS = 24,
};

struct model {
	struct terminal *terminal; /* NULL: none here */
	int64_t used;              /* when, monotonic */
	struct snapshot at;        /* its place; the blobs are empty */
};

struct snapshot_worker {
	struct app *app;
	pthread_t thread;
	pthread_mutex_t mutex; /* of the three below */
	pthread_cond_t asked;
	TAILQ_HEAD(jobs, snapshot_job) waiting, finished;
	bool ending;
	int told; /* a byte goes in when a job is finished */
	struct db *db;
	struct model models[MODELS];
};

static bool
is_ending(struct snapshot_worker *w)
{
	pthread_mutex_lock(&w->mutex);
	bool ending = w->ending;
	pthread_mutex_unlock(&w->mutex);
	return ending;
}

/* ---- models ---- */

static void
model_clear(struct model *m)
{
	terminal_destroy(m->terminal);
	snapshot_clear(&m->at);
	*m = (struct model){0};
}

/* The newest snapshot as a model; without one the beginning of the log. */
static int
model_restore(struct snapshot_worker *w, struct model *m, int64_t session, struct err *e)
{
	struct snapshot *at = &m->at;
	int found = snapshot_find(w->db, session, 0, at, e);
	if (found < 0)
		return -1;
	if (found == 0)
		*at = (struct snapshot){.session = session,
			.cols = FIRST_COLS,
			.rows = FIRST_ROWS,
			.run = 1};
	m->terminal = terminal_create(at->cols, at->rows);
	terminal_write(m->terminal, at->scrollback.data, at->scrollback.len);
	terminal_write(m->terminal, at->screen.data, at->screen.len);
	buf_free(&at->scrollback);
	buf_free(&at->screen);
	return 0;
}

/* The session's model, if it is here, or else the place of the one that rested longest.
 */
static struct model *
find_model(struct snapshot_worker *w, int64_t session)
{
	struct model *oldest = &w->models[0];
	for (int i = 0; i < MODELS; i++) {
		struct model *m = &w->models[i];
		if (m->terminal && m->at.session == session)
			return m;
		if (m->used < oldest->used)
			oldest = m;
	}
	model_clear(oldest);
	return oldest;
}

static void
drop_rested(struct snapshot_worker *w)
{
	int64_t now = clock_monotonic();
	for (int i = 0; i < MODELS; i++)
		if (w->models[i].terminal && now - w->models[i].used > MODEL_MS)
			model_clear(&w->models[i]);
}

/* ---- reading the log ---- */

static int
int_of(struct json_object *object, const char *key, int otherwise)
{
	struct json_object *value;
	return json_object_object_get_ex(object, key, &value) ? json_object_get_int(value)
							      : otherwise;
}

static void
take_resize(struct model *m, struct json_object *data)
{
	struct json_object *by;
	m->at.cols = int_of(data, "cols", m->at.cols);
	m->at.rows = int_of(data, "rows", m->at.rows);
	terminal_resize(m->terminal, m->at.cols, m->at.rows);
	free(m->at.owner);
	m->at.owner = NULL;
	if (json_object_object_get_ex(data, "by", &by) && by)
		m->at.owner = xstrdup(json_object_get_string(by));
}

static void
take_status(struct model *m, struct json_object *data)
{
	int run = int_of(data, "run", 1);
	if (run <= m->at.run)
		return;
	m->at.run = run;
	terminal_between_runs(m->terminal);
}

static const struct {
	const char *channel;
	void (*take)(struct model *m, struct json_object *data);
} channels[] = {{"pty:resize", take_resize}, {"session:status", take_status}};

static void
take_data(struct model *m, const struct event *ev)
{
	struct json_object *data = NULL;
	for (size_t i = 0; i < sizeof channels / sizeof *channels; i++) {
		if (strcmp(ev->channel, channels[i].channel) != 0 ||
			json_parse(&data, ev->data, strlen(ev->data), NULL) != 0)
			continue;
		channels[i].take(m, data);
		json_object_put(data);
		return;
	}
}

struct reading {
	struct model *model;
	int64_t last; /* seq at which to stop */
	bool hole;
};

static int
take_event(void *arg, const struct event *ev)
{
	struct reading *r = arg;
	struct model *m = r->model;
	if (ev->seq > r->last)
		return 1;
	if (ev->seq != m->at.seq + 1) {
		r->hole = true;
		return 1;
	}
	if (ev->bytes)
		terminal_write(m->terminal, ev->bytes, ev->len);
	else
		take_data(m, ev);
	m->at.seq = ev->seq;
	m->at.ts = ev->ts;
	m->at.output = ev->output;
	return 0;
}

/* Brings the model to the end of the log as it is now. Each piece is a statement of its
 * own, so that no checkpoint waits for this. Returns 0; 1 when the log no longer has what
 * is behind the model; -1 on error. */
static int
catch_up(struct snapshot_worker *w, struct model *m, struct err *e)
{
	struct reading r = {.model = m};
	struct event_range range = {.session = m->at.session, .limit = PORTION};
	r.last = event_last_seq(w->db, m->at.session, e);
	if (r.last < 0)
		return -1;
	while (m->at.seq < r.last && !is_ending(w)) {
		range.after = m->at.seq;
		int n = event_read(w->db, &range, take_event, &r, e);
		if (n < 0)
			return -1;
		if (n == 0 || r.hole)
			return 1;
	}
	return 0;
}

static void
fill(struct snapshot_job *job, const struct model *m)
{
	struct snapshot *s = &job->snapshot;
	*s = m->at;
	s->owner = m->at.owner ? xstrdup(m->at.owner) : NULL;
	s->scrollback = s->screen = (struct buf)BUF_INIT;
	if (!job->follow)
		terminal_snapshot(m->terminal, &s->scrollback, &s->screen, SCROLLBACK);
}

/* A model that was overtaken by pruning begins anew, once. */
static int
make(struct snapshot_worker *w, struct snapshot_job *job, struct err *e)
{
	for (int try = 0; try < 2; try++) {
		struct model *m = find_model(w, job->session);
		if (!m->terminal && model_restore(w, m, job->session, e) != 0)
			return -1;
		int rc = catch_up(w, m, e);
		m->used = clock_monotonic();
		if (rc == 0) {
			fill(job, m);
			return 0;
		}
		model_clear(m);
		if (rc < 0)
			return -1;
	}
	return err_set(e, 500, "snapshot.hole", "the log has a hole");
}

static void
work(struct snapshot_worker *w, struct snapshot_job *job)
{
	struct err e = {0};
	if ((w->db ||
		    db_open(&w->db, w->app->conf.dir, "events.db", DB_READ, READ_WAIT_MS,
			    &e) == 0) &&
		make(w, job, &e) == 0)
		job->done = true;
	else
		log_warning(&w->app->log, "no snapshot of session %lld: %s",
			(long long)job->session, e.text);
}

/* ---- the thread ---- */

/* The next job; NULL when there was none for a while. */
static struct snapshot_job *
next_job(struct snapshot_worker *w)
{
	struct snapshot_job *job;
	struct timespec until;
	clock_gettime(CLOCK_REALTIME, &until);
	until.tv_sec += MODEL_MS / 1000;
	pthread_mutex_lock(&w->mutex);
	while (!w->ending && !(job = TAILQ_FIRST(&w->waiting)))
		if (pthread_cond_timedwait(&w->asked, &w->mutex, &until) == ETIMEDOUT)
			break;
	job = w->ending ? NULL : TAILQ_FIRST(&w->waiting);
	if (job)
		TAILQ_REMOVE(&w->waiting, job, link);
	pthread_mutex_unlock(&w->mutex);
	return job;
}

static void
finish(struct snapshot_worker *w, struct snapshot_job *job)
{
	pthread_mutex_lock(&w->mutex);
	TAILQ_INSERT_TAIL(&w->finished, job, link);
	pthread_mutex_unlock(&w->mutex);
	if (write(w->told, "", 1) < 0)
		return; /* the pipe is full of the same news */
}

static void *
run(void *arg)
{
	struct snapshot_worker *w = arg;
	while (!is_ending(w)) {
		struct snapshot_job *job = next_job(w);
		if (job) {
			work(w, job);
			finish(w, job);
		}
		drop_rested(w);
	}
	for (int i = 0; i < MODELS; i++)
		model_clear(&w->models[i]);
	db_close(w->db);
	return NULL;
}

void
snapshot_worker_ask(struct snapshot_worker *w, struct snapshot_job *job)
{
	pthread_mutex_lock(&w->mutex);
	TAILQ_INSERT_TAIL(&w->waiting, job, link);
	pthread_cond_signal(&w->asked);
	pthread_mutex_unlock(&w->mutex);
}

struct snapshot_job *
snapshot_worker_answer(struct snapshot_worker *w)
{
	pthread_mutex_lock(&w->mutex);
	struct snapshot_job *job = TAILQ_FIRST(&w->finished);
	if (job)
		TAILQ_REMOVE(&w->finished, job, link);
	pthread_mutex_unlock(&w->mutex);
	return job;
}

struct snapshot_worker *
snapshot_worker_create(struct app *app, int *fd)
{
	struct snapshot_worker *w = xcalloc(1, sizeof *w);
	sigset_t all, before;
	int ends[2];
	w->app = app;
	TAILQ_INIT(&w->waiting);
	TAILQ_INIT(&w->finished);
	pthread_mutex_init(&w->mutex, NULL);
	pthread_cond_init(&w->asked, NULL);
	if (pipe2(ends, O_CLOEXEC | O_NONBLOCK) != 0)
		abort();
	*fd = ends[0];
	w->told = ends[1];
	sigfillset(&all); /* signals are the loop's */
	pthread_sigmask(SIG_SETMASK, &all, &before);
	if (pthread_create(&w->thread, NULL, run, w) != 0)
		abort();
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	return w;
}

static void
free_jobs(struct jobs *jobs)
{
	struct snapshot_job *job;
	while ((job = TAILQ_FIRST(jobs))) {
		TAILQ_REMOVE(jobs, job, link);
		snapshot_clear(&job->snapshot);
		free(job);
	}
}

void
snapshot_worker_destroy(struct snapshot_worker *w)
{
	pthread_mutex_lock(&w->mutex);
	w->ending = true;
	pthread_cond_signal(&w->asked);
	pthread_mutex_unlock(&w->mutex);
	pthread_join(w->thread, NULL);
	free_jobs(&w->waiting);
	free_jobs(&w->finished);
	pthread_cond_destroy(&w->asked);
	pthread_mutex_destroy(&w->mutex);
	close(w->told);
	free(w);
}
