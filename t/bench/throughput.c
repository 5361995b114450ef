/*
 * Coloured text to one viewer, from the moment it is asked for until the last byte is
 * there. While the clock runs the viewer only counts and keeps what comes; that it is
 * right, to the last byte, is seen afterwards by its hash.
 */
#include "config.h"

#include "t/bench/bench.h"
#include "t/bench/client.h"
#include "t/bench/limit.h"
#include "t/bench/viewer.h"

#include "lib/crypt.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ROOM = 2 }; /* base64 and what is around it takes less than so many times */

struct throughput {
	struct bench *bench;
	struct instance in;
	struct client client;
	char *command;
	uint8_t expected[SHA256_SIZE];
	struct row rate, stored, cpu, runner_peak, peak;
};

/* As it comes out of the terminal. */
static void
hash_text(struct throughput *t)
{
	struct buf b = BUF_INIT;
	FILE *f = fopen(t->bench->text, "re");
	int c;
	if (!f)
		fail("cannot read %s", t->bench->text);
	while ((c = getc(f)) != EOF) {
		if (c == '\n')
			buf_char(&b, '\r');
		buf_char(&b, (char)c);
	}
	fclose(f);
	crypt_sha256(b.data, b.len, t->expected);
	buf_free(&b);
}

static void
check_hash(struct throughput *t, struct viewer *v)
{
	struct buf b = BUF_INIT;
	struct message m;
	uint8_t hash[SHA256_SIZE];
	viewer_rewind(v);
	while (viewer_take(v, &m))
		if (m.base64)
			message_bytes(&m, &b);
	crypt_sha256(b.data, b.len, hash);
	buf_free(&b);
	if (memcmp(hash, t->expected, sizeof hash) != 0)
		fail("the text did not arrive as it was written");
}

static double
megabytes_per_second(const struct throughput *t, double us)
{
	return (double)t->bench->text_len / us;
}

static void
measure_limit(struct throughput *t)
{
	size_t len = t->bench->text_len;
	char *folder = xasprintf("%s/sqlite", t->bench->folder);
	double cpu;
	row_add(&t->rate, LIMIT,
		megabytes_per_second(t, bare_text(t->command, len, NULL, &cpu)));
	row_add(&t->cpu, LIMIT, cpu);
	row_add(&t->stored, LIMIT,
		megabytes_per_second(t, bare_text(t->command, len, folder, NULL)));
	free(folder);
}

static void
measure_ours(struct throughput *t)
{
	struct viewer v;
	struct message m;
	char id[ID_SIZE];
	size_t done = 0, len = t->bench->text_len;
	processes_reset_peak(instance_look(&t->in));
	double before = processes_cpu(&t->in.processes);
	struct buf room = BUF_INIT; /* touched before the clock starts */
	memset(buf_room(&room, len * ROOM), 0, len * ROOM);
	double began = now_us();
	client_create(&t->client, t->command, id);
	viewer_open(&v, &t->in, id, 0, "");
	v.in = room;
	v.keep = true;
	while (done < len) {
		viewer_output(&v, &m);
		done += m.len;
	}
	double took = now_us() - began;
	instance_look(&t->in); /* with the shim */
	row_add(&t->rate, OURS, megabytes_per_second(t, took));
	row_add(&t->stored, OURS, megabytes_per_second(t, took));
	row_add(&t->cpu, OURS, processes_cpu(&t->in.processes) - before);
	row_add(&t->runner_peak, OURS,
		process_peak(processes_pid(&t->in.processes, RUNNER)) / 1024);
	row_add(&t->peak, OURS, processes_peak(&t->in.processes) / 1024);
	check_hash(t, &v);
	viewer_close(&v);
	client_delete(&t->client, id);
}

static void
measure_peer(struct throughput *t)
{
	struct peer p;
	double before = front_cpu(&t->bench->front), began = now_us();
	peer_open(&p, &t->bench->front, "text");
	for (size_t done = 0; done < t->bench->text_len;)
		done += peer_output(&p);
	double took = now_us() - began;
	row_add(&t->rate, PEER, megabytes_per_second(t, took));
	row_add(&t->cpu, PEER, front_cpu(&t->bench->front) - before);
	row_add(&t->peak, PEER, front_peak(&t->bench->front) / 1024);
	peer_close(&p);
}

void
bench_throughput(struct bench *b)
{
	struct throughput t = {.bench = b};
	double megabytes = (double)b->size->text_bytes / 1e6;
	bench_open(b, &t.in, "throughput", NULL);
	client_open(&t.client, &t.in);
	t.command = xasprintf("cat %s; exec sleep 1000", b->text);
	hash_text(&t);
	row_init(&t.rate, "MB/s", "%.0f MB to one viewer", megabytes);
	row_init(&t.stored, "MB/s", "... limit: bare pty into SQLite");
	row_init(&t.cpu, "s", "... CPU of all processes (limit: the reader's)");
	row_init(&t.runner_peak, "MB", "... peak memory of the runner");
	row_init(&t.peak, "MB", "... peak memory, sum of all processes");
	for (int round = 0; round < b->size->rounds; round++) {
		measure_limit(&t);
		measure_ours(&t);
		if (b->front.ttyd)
			measure_peer(&t);
	}
	report_row(&b->report, &t.rate);
	report_row(&b->report, &t.stored);
	report_row(&b->report, &t.cpu);
	report_row(&b->report, &t.runner_peak);
	report_row(&b->report, &t.peak);
	free(t.command);
	client_close(&t.client);
	bench_close(&t.in);
}
