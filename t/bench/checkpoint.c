/*
 * Key to echo during a checkpoint of a large write-ahead log.
 *
 * Left alone the runner would checkpoint long before the log is that large; so we hold a
 * read transaction from before it grew, which is what any slow reader does, while another
 * session prints, and then let go while keys are typed. Keys come by the clock, one every
 * KEY_US, and each counts from when it was due: a checkpoint that holds up the echo holds
 * up all the keys of that time. The bare pty gets one after each.
 *
 * A checkpoint runs while somebody holds its lock, a byte of the WAL-index
 * (events.db-shm, https://sqlite.org/walformat.html#wal_locks), and we ask the kernel
 * whether. A key counts as during the checkpoint when one ran as it was due, typed or
 * shown.
 */
#include "config.h"

#include "t/bench/bench.h"
#include "t/bench/typing.h"

#include "lib/db.h"
#include "lib/store/session.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
	KEY_US = 3000,
	GROW_US = 30000000, /* longest wait for the log to grow */
	WAIT_US = 5000000,  /* … and for the checkpoint to begin */
	LOOK_US = 1000,
	SETTLE_US = 300000,
	MORE_ROUNDS = 8,
	CHECKPOINT_LOCK = 121, /* WAL_CKPT_LOCK */
};

struct checkpoint {
	struct bench *bench;
	struct instance in;
	struct typing typing;
	struct db *reader;
	int index; /* events.db-shm; not closed before the reader is, see fcntl(2) */
	double began, ended; /* of the checkpoint that was seen; 0: not yet */
	struct latency during;
	struct row length, logged;
};

static void
open_index(struct checkpoint *c)
{
	char *path = xasprintf("%s/events.db-shm", c->in.dir);
	c->index = open(path, O_RDWR | O_CLOEXEC);
	if (c->index < 0)
		fail("cannot see %s", path);
	free(path);
}

static double
log_bytes(const struct checkpoint *c)
{
	struct stat st;
	char *path = xasprintf("%s/events.db-wal", c->in.dir);
	double size = stat(path, &st) == 0 ? (double)st.st_size : 0;
	free(path);
	return size;
}

static bool
is_running(struct checkpoint *c)
{
	struct flock lock = {.l_type = F_WRLCK, .l_start = CHECKPOINT_LOCK, .l_len = 1};
	if (fcntl(c->index, F_GETLK, &lock) != 0)
		fail("cannot ask for a lock");
	bool running = lock.l_type != F_UNLCK;
	if (running && c->began == 0)
		c->began = now_us();
	if (!running && c->began > 0 && c->ended == 0)
		c->ended = now_us();
	return running;
}

/* Holds the log where it is. */
static void
hold(struct checkpoint *c)
{
	struct err e = {0};
	if (db_open(&c->reader, c->in.dir, "events.db", DB_READ, 1000, &e) != 0 ||
		db_begin_read(c->reader, &e) != 0 || runner_generation(c->reader) <= 0)
		fail("cannot hold the log: %s", e.text);
}

static void
let_go(struct checkpoint *c)
{
	db_commit(c->reader, NULL);
	db_close(c->reader);
}

/* Has another session print until the log is as large as it is to be, and stops it. What
 * it printed stays: removing it would be other work. */
static void
grow(struct checkpoint *c)
{
	struct client client;
	char id[ID_SIZE], path[64];
	double deadline = now_us() + GROW_US;
	client_open(&client, &c->in);
	client_create(&client, "exec yes", id);
	while (log_bytes(c) < (double)c->bench->size->log_bytes && now_us() < deadline)
		sleep_us(LOOK_US);
	snprintf(path, sizeof path, "sessions/%s/signal", id);
	if (client_request(&client, "POST", path, "{\"name\":\"STOP\"}") != 204)
		fail("cannot stop a program: %s", client.answer.data);
	client_close(&client);
	sleep_us(SETTLE_US);
}

/* A key that was due during the checkpoint counts, also when it could be typed only
 * afterwards. */
static void
type_ours(struct checkpoint *c, double due)
{
	sleep_us(due - now_us());
	bool during = is_running(c);
	typing_key(&c->typing, OURS);
	double took = now_us() - due;
	if (is_running(c) || during || (due > c->began && due < c->ended))
		samples_add(&c->during.samples[OURS], took);
}

static void
type_bare(struct checkpoint *c)
{
	bool during = is_running(c);
	double took = typing_key(&c->typing, LIMIT);
	if (is_running(c) || during)
		samples_add(&c->during.samples[LIMIT], took);
}

/* Returns false when no checkpoint was seen. */
static bool
type_through(struct checkpoint *c)
{
	double due = now_us(), deadline = due + WAIT_US;
	c->began = c->ended = 0;
	let_go(c);
	while (c->ended == 0 || due < c->ended) {
		if (c->began == 0 && due > deadline)
			return false;
		due += KEY_US;
		type_ours(c, due);
		type_bare(c);
	}
	return true;
}

static void
run_round(struct checkpoint *c)
{
	hold(c);
	grow(c);
	row_add(&c->logged, OURS, log_bytes(c) / (1 << 20));
	if (!type_through(c)) {
		report_note("no checkpoint within %d s", WAIT_US / 1000000);
		return;
	}
	row_add(&c->length, OURS, (c->ended - c->began) / 1000);
}

void
bench_checkpoint(struct bench *b)
{
	struct checkpoint c = {.bench = b};
	double megabytes = (double)b->size->log_bytes / (1 << 20);
	bench_open(b, &c.in, "checkpoint", NULL);
	typing_start(&c.typing, b, &c.in);
	open_index(&c);
	latency_init(&c.during, "echo, during a checkpoint of %.0f MiB", megabytes);
	row_init(&c.length, "ms", "... the checkpoint took");
	row_init(&c.logged, "MiB", "... write-ahead log before it");
	/* Few keys fall into one, and with bad luck none, which asks for more rounds; all
	 * together make the quantiles. */
	for (int round = 0; round < b->size->rounds ||
		(c.during.samples[OURS].count == 0 &&
			round < b->size->rounds + MORE_ROUNDS);
		round++)
		run_round(&c);
	for (int column = 0; column < COLUMNS; column++)
		if (c.during.samples[column].count)
			report_note("%d keys %s", c.during.samples[column].count,
				column == OURS ? "in Dispatch" : "on the bare pty");
	latency_round(&c.during);
	report_latency(&b->report, &c.during);
	report_row(&b->report, &c.length);
	report_row(&b->report, &c.logged);
	close(c.index);
	typing_stop(&c.typing);
	bench_close(&c.in);
}
