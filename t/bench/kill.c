/*
 * The runner is killed (SIGKILL) while a program prints and somebody watches:
 * until the next commit of its output, until the viewer is live again (what it gets is at
 * most LIVE_MS old), and whether a byte was lost or doubled. The program's lines are
 * numbered, and the viewer looks at each.
 */
#include "config.h"

#include "t/bench/bench.h"
#include "t/bench/child.h"
#include "t/bench/client.h"
#include "t/bench/viewer.h"

#include "lib/clock.h"
#include "lib/db.h"

#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

enum {
	BETWEEN_US = 1300000, /* serve starts at once again what ran for a second */
	LOOK_US = 200,
	LIVE_MS = 50,
	PATIENCE_US = 10000000, /* for a viewer to be live, on a machine that is busy */
	DIGITS = 10,
};

struct killing {
	struct instance in;
	struct client client;
	struct viewer viewer;
	struct db *db;
	char id[ID_SIZE];
	int64_t seq;         /* of the last event seen */
	struct buf rest;     /* bytes of a line that is not whole */
	long long line;      /* number of the next line */
	long long wrong;     /* lines that were not that */
	double bytes, began; /* since then */
	struct row commit, commit_worst, live, live_worst, rate, lost;
};

static void
check_lines(struct killing *k)
{
	size_t used = 0;
	for (; k->rest.len - used >= CHILD_LINE; used += CHILD_LINE) {
		char digits[DIGITS + 1] = {0};
		memcpy(digits, k->rest.data + used, DIGITS);
		long long number = strtoll(digits, NULL, 10);
		k->wrong += number != k->line;
		k->line = number + 1;
	}
	k->rest.len -= used;
	memmove(k->rest.data, k->rest.data + used, k->rest.len);
}

/* The next event; false when the stream has ended. */
static bool
watch(struct killing *k, struct message *m)
{
	do
		if (!viewer_next(&k->viewer, m))
			return false;
	while (strcmp(m->event, "event") != 0);
	if (m->seq != k->seq + 1)
		fail("event %lld follows %lld", (long long)m->seq, (long long)k->seq);
	k->seq = m->seq;
	if (!m->base64)
		return true;
	message_bytes(m, &k->rest);
	k->bytes += (double)m->len;
	check_lines(k);
	return true;
}

static void
watch_for(struct killing *k, double us)
{
	struct message m;
	double end = now_us() + us;
	while (now_us() < end)
		if (!watch(k, &m))
			fail("the stream ended");
}

static int64_t
newest(struct killing *k)
{
	int64_t id = 0;
	db_int(k->db, &id, NULL, "SELECT max(id) FROM session_event", "");
	return id;
}

/* Returns when it is gone. */
static void
kill_runner(struct killing *k)
{
	pid_t pid = processes_pid(instance_look(&k->in), RUNNER);
	struct pollfd gone = {.fd = (int)syscall(SYS_pidfd_open, pid, 0),
		.events = POLLIN};
	kill(pid, SIGKILL);
	poll(&gone, 1, -1);
	close(gone.fd);
}

static void
watch_again(struct killing *k)
{
	viewer_close(&k->viewer);
	viewer_open(&k->viewer, &k->in, k->id, k->seq, "");
}

static void
strike(struct killing *k)
{
	struct message m;
	int64_t wall = clock_now(), last;
	double began = now_us();
	kill_runner(k);
	last = newest(k);
	while (newest(k) <= last)
		sleep_us(LOOK_US);
	double commit = (now_us() - began) / 1000;
	while (watch(k, &m)) /* what was on its way still */
		;
	watch_again(k);
	for (;;) {
		if (!watch(k, &m))
			watch_again(k);
		else if (m.ts > wall && clock_now() - m.ts < LIVE_MS)
			break;
		if (now_us() - began > PATIENCE_US)
			break;
	}
	double live = (now_us() - began) / 1000;
	row_add(&k->commit, OURS, commit);
	row_add(&k->commit_worst, OURS, commit);
	row_add(&k->live, OURS, live);
	row_add(&k->live_worst, OURS, live);
}

static void
init_rows(struct killing *k, int kills)
{
	row_init(&k->commit, "ms", "until the next commit, median of %d", kills);
	row_init(&k->commit_worst, "ms", "until the next commit, worst of %d", kills);
	row_init(&k->live, "ms", "until the viewer is live, median of %d", kills);
	row_init(&k->live_worst, "ms", "until the viewer is live, worst of %d", kills);
	row_init(&k->rate, "MB/s", "... output, all the time");
	row_init(&k->lost, "lines", "... lost or doubled");
	k->commit_worst.worst = k->live_worst.worst = true;
}

static void
report_rows(struct killing *k, struct report *report)
{
	report_row(report, &k->commit);
	report_row(report, &k->commit_worst);
	report_row(report, &k->live);
	report_row(report, &k->live_worst);
	report_row(report, &k->rate);
	report_row(report, &k->lost);
}

void
bench_kill(struct bench *b)
{
	static const char *const settings[] = {"log.level=error", NULL};
	struct killing k = {0};
	struct err e = {0};
	char *command = xasprintf("exec %s print %d 0", b->program, b->size->kill_rate);
	init_rows(&k, b->size->kills);
	bench_open(b, &k.in, "kill", settings);
	client_open(&k.client, &k.in);
	if (db_open(&k.db, k.in.dir, "events.db", DB_READ, 1000, &e) != 0)
		fail("%s", e.text);
	client_create(&k.client, command, k.id);
	viewer_open(&k.viewer, &k.in, k.id, 0, "");
	k.began = now_us();
	for (int i = 0; i < b->size->kills; i++) {
		watch_for(&k, BETWEEN_US);
		strike(&k);
	}
	row_add(&k.rate, OURS, k.bytes / (now_us() - k.began));
	row_add(&k.lost, OURS, (double)k.wrong);
	report_rows(&k, &b->report);
	viewer_close(&k.viewer);
	client_delete(&k.client, k.id);
	client_close(&k.client);
	db_close(k.db);
	buf_free(&k.rest);
	free(command);
	bench_close(&k.in);
}
