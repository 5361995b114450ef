/*
 * See checkpoint.h.
 *
 * A checkpoint copies pages from the write-ahead log (WAL) into the database; when all
 * are copied and no reader needs the WAL, the next writer resets it: writes over it from
 * its beginning. Versions of SQLite before 3.51.3 (and 3.50.7, 3.44.6) have a race
 * there. A checkpointer reads the header of the WAL's index under the lock CKPT. If a
 * writer resets the WAL right behind that, the checkpointer takes the old count of frames
 * with the new nBackfill, which is 0, and at its end says of as many frames of the new
 * WAL that they are in the database. They are not, and are never copied.
 *
 * Therefore no checkpoint is made here, in whatever mode, but while another connection of
 * ours, the guard, holds a read transaction that began before. A reader holds one of the
 * locks READ(0) to READ(4), and either is enough:
 *
 * - READ(1) to READ(4): a reset needs all four of them exclusively (walRestartLog(), and
 *   TRUNCATE and RESTART). So there is none while the guard stands, and the header that
 *   the checkpointer reads is of the WAL that it copies from.
 * - READ(0), the lock of a reader that needs nothing of the WAL since all of it was
 *   copied: now a writer may reset it. But whoever raises nBackfill or writes to the
 *   database needs READ(0) exclusively (walCheckpoint()), so the checkpointer does
 *   neither. It may leave a read mark behind that is higher than the new WAL; no reader
 *   takes such a one.
 *
 * Other ways to change the header do not exist meanwhile: recovery needs CKPT, which the
 * checkpointer has; removal of the WAL needs the database file without any reader. The
 * argument needs no lock of writers and does not ask who writes, so it holds for state.db
 * with its many writers as for events.db. Locks go with the process that dies.
 *
 * What it means for those who write: PASSIVE syncs the WAL, copies, syncs the database,
 * and the lock WRITE stays free all the time. What was added meanwhile is left, so under
 * steady writing a WAL would never be copied to its end and grow for ever. When it has
 * grown to `begin`, passes follow one another, each with less to copy than the one
 * before; when the last of them was short, the guard takes the lock WRITE, and one more
 * PASSIVE copies the little that is left. The next writer then resets the WAL. Whoever
 * writes without a pause would hardly ever leave the lock to one who looks for it now and
 * then, so he is asked for a pause; see checkpoint_wants_lock(). The file
 * keeps its size, since cutting it takes tens of milliseconds under WRITE; that is done
 * when nobody has written for a while, with TRUNCATE, which with a guard at READ(0) does
 * just that.
 *
 * What is committed is in the WAL, and the system brings it to the disk when it likes,
 * which may be half a minute later. So each look at a WAL that has changed syncs it: a
 * power cut takes what was said since the last look, a second or so.
 *
 * When PASSIVE did not copy to the end it does not sync the database; we do, so that the
 * next pass has less to wait for. A sync that failed may have lost pages for good while
 * a second one says that all is well: then the WAL is never copied from again as long as
 * we live, so that it keeps everything.
 */
#include "config.h"

#include "runner/checkpoint.h"

#include "lib/buf.h"
#include "lib/clock.h"
#include "lib/db.h"
#include "lib/log.h"
#include "lib/path.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum {
	PAGE = 4096 + 24,    /* bytes of the WAL */
	SHORT_PASS = 256,    /* pages; few enough to copy them under the writer's lock */
	MOST_PASSES = 12,    /* until one is short */
	LOCK_TRY_US = 250,   /* a turn of the recorder is not much longer */
	LOCK_MS = 20,        /* then let them write again and copy more */
	LONG_LOCK_MS = 2000, /* longest wait for it from `hold` on */
	WISH_MS = 50,        /* so long others rest for it … */
	WISH_AGAIN_MS = 250, /* … and again after so long */
	READERS_MS = 50,     /* then also for readers of old pages, with the lock … */
	LONG_READERS_MS = 400, /* … when they were in the way from `hold` on */
	QUIET_TICKS = 5,       /* before the file is cut */
	CUT_TIMES = 16,        /* as large as `small`: not worth cutting below */
};

static const struct checkpoint_limits usual = {
	.tick_ms = 1000,
	.small = 256 << 10,
	.large = 4 << 20,
	.begin = 64 << 20,
	.hold = 96 << 20,
	.cap = 256 << 20,
};

struct watched {
	const char *name;
	struct db *guard, *copier; /* NULL: not open */
	struct timespec seen;      /* when the WAL was last changed, at the last look */
	struct timespec synced;    /* and when it was last brought to the disk */
	struct timespec done;      /* and when it was last copied to its end */
	int quiet;                 /* ticks without a change */
	int64_t reported;          /* bytes of the WAL that the administrator knows of */
	char trouble[40];          /* code of the last error that was told */
	bool broken;               /* its file cannot be trusted to reach the disk */
	_Atomic int64_t wish; /* monotonic: since when it wants WRITE; 0: it does not */
};

enum { STATE, EVENTS, DATABASES };

struct checkpoint {
	const struct log *log;
	const char *dir;
	struct checkpoint_limits limits;
	struct watched watched[DATABASES];
	pthread_t thread;
	pthread_mutex_t mutex;
	pthread_cond_t end;
	bool ending;
};

static bool
same_time(const struct timespec *a, const struct timespec *b)
{
	return a->tv_sec == b->tv_sec && a->tv_nsec == b->tv_nsec;
}

/* The file holds no locks of SQLite's, and this does not open it. */
static bool
look(const struct checkpoint *c, const struct watched *w, struct stat *st)
{
	char *path = xasprintf("%s/%s-wal", c->dir, w->name);
	bool found = stat(path, st) == 0;
	free(path);
	return found;
}

static void
report_trouble(const struct checkpoint *c, struct watched *w, const struct err *e)
{
	if (strcmp(e->code, "db.busy") == 0 || strcmp(e->code, w->trouble) == 0)
		return;
	memcpy(w->trouble, e->code, sizeof w->trouble);
	log_warning(c->log, "cannot checkpoint %s: %s", w->name, e->text);
	if (strcmp(e->code, "storage.io") != 0)
		return;
	w->broken = true;
	log_error(c->log,
		"%s-wal keeps everything from now on and grows; check the disk, make a "
		"copy of %s, and start again",
		w->name, c->dir);
}

static int
open_both(const struct checkpoint *c, struct watched *w, struct err *e)
{
	if (!w->guard && db_open(&w->guard, c->dir, w->name, DB_WRITE, 0, e) != 0)
		return -1;
	return w->copier ? 0 : db_open(&w->copier, c->dir, w->name, DB_WRITE, 0, e);
}

/* While the guard stands. */
static int
copy(struct watched *w, struct db_log *found, struct err *e)
{
	if (db_checkpoint(w->copier, false, found, e) != 0)
		return -1;
	return db_sync(w->copier, e);
}

static int
pass(struct watched *w, struct db_log *found, struct err *e)
{
	if (db_hold(w->guard, e) != 0)
		return -1;
	int result = copy(w, found, e);
	db_rollback(w->guard);
	return result;
}

/* Lets those who ask know, and again when they no longer listen. */
static void
wish(struct watched *w, int64_t now)
{
	if (now - w->wish >= WISH_AGAIN_MS)
		w->wish = now;
}

static int
lock_writers(struct watched *w, bool patiently, struct err *e)
{
	static const struct timespec pause = {.tv_nsec = LOCK_TRY_US * 1000};
	int64_t now = clock_monotonic(), end = now + (patiently ? LONG_LOCK_MS : LOCK_MS);
	int result;
	for (;; now = clock_monotonic()) {
		wish(w, now);
		result = db_begin(w->guard, DB_NORMAL, e);
		if (result == 0 || strcmp(e->code, "db.busy") != 0 || now >= end)
			break;
		nanosleep(&pause, NULL);
	}
	w->wish = 0;
	return result;
}

/* Readers who are kept from the processor take longer. */
static void
wait_for_readers(const struct checkpoint *c, const struct db_log *found)
{
	bool again = found->pages * PAGE >= c->limits.hold / 2 * 3;
	const struct timespec pause = {
		.tv_nsec = (again ? LONG_READERS_MS : READERS_MS) * 1000000L};
	nanosleep(&pause, NULL);
}

/*
 * Copies the rest while nobody can write. Who begins to read now needs nothing of the WAL
 * any more; to be patient is to wait for those who do.
 */
static int
last_pass(const struct checkpoint *c, struct watched *w, bool patiently,
	struct db_log *found, struct err *e)
{
	if (lock_writers(w, patiently, e) != 0)
		return -1;
	int result = copy(w, found, e);
	if (patiently)
		wait_for_readers(c, found);
	db_rollback(w->guard);
	return result;
}

static bool
must_end(const struct checkpoint *c, const struct db_log *found)
{
	return found->pages * PAGE >= c->limits.hold;
}

/* Passes until one is short, as long as each is shorter than the one before and there is
 * time. True when one was short, and no reader was in the way. */
static bool
catch_up(const struct checkpoint *c, struct watched *w, struct db_log *found,
	struct err *e)
{
	int64_t last = INT64_MAX;
	for (int i = 0; i < MOST_PASSES; i++) {
		int64_t before = found->copied;
		if (pass(w, found, e) != 0 || found->pages - found->copied > SHORT_PASS)
			return false;
		int64_t pages = found->copied - before;
		if (pages <= SHORT_PASS)
			return true;
		if (pages > last - last / 4 || must_end(c, found))
			return false;
		last = pages;
	}
	return false;
}

static void
report_size(const struct checkpoint *c, struct watched *w, int64_t size)
{
	if (size < c->limits.cap) {
		w->reported = 0;
		return;
	}
	if (w->reported && size < 2 * w->reported)
		return;
	w->reported = size;
	log_error(c->log,
		"%s-wal has %lld MiB: someone reads the database and does not end, or "
		"the disk is too slow",
		w->name, (long long)(size >> 20));
}

/* Lets the next writer begin at the start of the WAL. */
static void
begin_anew(const struct checkpoint *c, struct watched *w, struct db_log *found,
	struct err *e)
{
	bool ready = catch_up(c, w, found, e), now = must_end(c, found);
	if (ready || now)
		last_pass(c, w, now, found, e);
}

static void
work(const struct checkpoint *c, struct watched *w, const struct timespec *changed)
{
	struct db_log found = {0};
	struct err e = {0};
	if (open_both(c, w, &e) != 0 || pass(w, &found, &e) != 0) {
		report_trouble(c, w, &e);
		return;
	}
	w->trouble[0] = '\0';
	if (found.copied == found.pages)
		w->done = *changed;
	report_size(c, w, found.pages * PAGE);
	if (found.pages * PAGE >= c->limits.begin)
		begin_anew(c, w, &found, &e);
	if (*e.code)
		report_trouble(c, w, &e);
}

/* With the guard at READ(0), see above; at any other lock nothing happens. */
static void
cut(const struct checkpoint *c, struct watched *w)
{
	struct db_log found;
	struct err e = {0};
	if (open_both(c, w, &e) != 0 || db_hold(w->guard, &e) != 0) {
		report_trouble(c, w, &e);
		return;
	}
	if (db_checkpoint(w->copier, true, &found, &e) != 0)
		report_trouble(c, w, &e);
	db_rollback(w->guard);
}

/* As in look(), closing the file lets go of nothing. */
static void
bring_to_disk(const struct checkpoint *c, struct watched *w, const struct stat *st)
{
	struct err e = {0};
	char *path = xasprintf("%s/%s-wal", c->dir, w->name);
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd >= 0 && fdatasync(fd) != 0)
		err_errno(&e, errno, 503, "storage.io", "%s does not reach the disk",
			path);
	if (fd >= 0)
		close(fd);
	free(path);
	w->synced = st->st_mtim;
	if (*e.code)
		report_trouble(c, w, &e);
}

static void
attend(const struct checkpoint *c, struct watched *w)
{
	struct stat st;
	if (w->broken || !look(c, w, &st))
		return;
	if (!same_time(&st.st_mtim, &w->synced))
		bring_to_disk(c, w, &st);
	if (st.st_size <= c->limits.small)
		return;
	w->quiet = same_time(&st.st_mtim, &w->seen) ? w->quiet + 1 : 0;
	w->seen = st.st_mtim;
	if (!w->quiet && st.st_size < c->limits.large)
		return;
	if (!same_time(&st.st_mtim, &w->done))
		work(c, w, &st.st_mtim);
	else if (w->quiet >= QUIET_TICKS && st.st_size > CUT_TIMES * c->limits.small)
		cut(c, w);
}

/* False when the thread is to end. */
static bool
rest(struct checkpoint *c)
{
	struct timespec until;
	clock_gettime(CLOCK_REALTIME, &until);
	until.tv_nsec += c->limits.tick_ms % 1000 * 1000000L;
	until.tv_sec += c->limits.tick_ms / 1000 + until.tv_nsec / 1000000000;
	until.tv_nsec %= 1000000000;
	pthread_mutex_lock(&c->mutex);
	if (!c->ending)
		pthread_cond_timedwait(&c->end, &c->mutex, &until);
	bool go_on = !c->ending;
	pthread_mutex_unlock(&c->mutex);
	return go_on;
}

static void *
checkpointer(void *arg)
{
	struct checkpoint *c = arg;
	do {
		for (int i = 0; i < DATABASES; i++)
			attend(c, &c->watched[i]);
	} while (rest(c));
	for (int i = 0; i < DATABASES; i++) {
		db_close(c->watched[i].guard);
		db_close(c->watched[i].copier);
	}
	return NULL;
}

struct checkpoint *
checkpoint_create(const struct log *log, const char *dir,
	const struct checkpoint_limits *limits)
{
	struct checkpoint *c = xcalloc(1, sizeof *c);
	sigset_t all, before;
	c->log = log;
	c->dir = dir;
	c->limits = limits ? *limits : usual;
	c->watched[STATE].name = "state.db";
	c->watched[EVENTS].name = "events.db";
	pthread_mutex_init(&c->mutex, NULL);
	pthread_cond_init(&c->end, NULL);
	sigfillset(&all); /* signals are the loop's */
	pthread_sigmask(SIG_SETMASK, &all, &before);
	if (pthread_create(&c->thread, NULL, checkpointer, c) != 0)
		abort();
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	return c;
}

bool
checkpoint_wants_lock(const struct checkpoint *c)
{
	int64_t since = c->watched[EVENTS].wish;
	return since && clock_monotonic() - since < WISH_MS;
}

void
checkpoint_destroy(struct checkpoint *c)
{
	if (!c)
		return;
	pthread_mutex_lock(&c->mutex);
	c->ending = true;
	pthread_cond_signal(&c->end);
	pthread_mutex_unlock(&c->mutex);
	pthread_join(c->thread, NULL);
	pthread_cond_destroy(&c->end);
	pthread_mutex_destroy(&c->mutex);
	free(c);
}
