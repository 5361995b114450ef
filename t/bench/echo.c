/*
 * Key to echo: idle, the three take turns key by key; beside a flood, each is measured
 * beside a flood of its own kind (`yes`, with somebody who watches it, in another
 * session), because two floods at once would be another measurement.
 */
#include "config.h"

#include "t/bench/bench.h"
#include "t/bench/typing.h"

#include <stdio.h>

enum { SETTLE_US = 300000 };

void
bench_echo(struct bench *b)
{
	struct instance in;
	struct typing t;
	struct latency l;
	bench_open(b, &in, "echo", NULL);
	typing_start(&t, b, &in);
	latency_init(&l, "echo, idle");
	for (int round = 0; round < b->size->rounds; round++) {
		for (int i = 0; i < b->size->keys; i++)
			for (int c = 0; c < COLUMNS; c++)
				if (t.used[c])
					samples_add(&l.samples[c], typing_key(&t, c));
		latency_round(&l);
	}
	report_latency(&b->report, &l);
	typing_stop(&t);
	bench_close(&in);
}

/* ---- flood ---- */

struct flood {
	struct bare bare;
	struct viewer viewer;
	struct peer peer;
	char id[ID_SIZE];
	pid_t reader;
};

static void
flood_start(struct flood *f, struct bench *b, struct typing *t, enum column column)
{
	if (column == LIMIT) {
		bare_start(&f->bare, "exec yes");
		f->reader = drain_start(&f->bare.master, 1);
	} else if (column == OURS) {
		int64_t typed = t->client.typed;
		client_create(&t->client, "exec yes", f->id);
		t->client.typed = typed; /* it goes on in the other session */
		viewer_open(&f->viewer, t->client.instance, f->id, 0, "");
		f->reader = drain_start(&f->viewer.fd, 1);
	} else {
		peer_open(&f->peer, &b->front, "flood");
		f->reader = drain_start(&f->peer.fd, 1);
	}
	sleep_us(SETTLE_US);
}

static void
flood_stop(struct flood *f, struct typing *t, enum column column)
{
	end_process(f->reader);
	if (column == LIMIT) {
		bare_stop(&f->bare);
	} else if (column == OURS) {
		viewer_close(&f->viewer);
		client_delete(&t->client, f->id);
	} else {
		peer_close(&f->peer);
	}
	sleep_us(SETTLE_US);
}

void
bench_flood(struct bench *b)
{
	struct instance in;
	struct typing t;
	struct flood f;
	struct latency l;
	bench_open(b, &in, "flood", NULL);
	typing_start(&t, b, &in);
	latency_init(&l, "echo, beside a flood");
	for (int round = 0; round < b->size->rounds; round++) {
		for (int c = 0; c < COLUMNS; c++) {
			if (!t.used[c])
				continue;
			flood_start(&f, b, &t, c);
			typing_keys(&t, c, b->size->loaded_keys, &l.samples[c]);
			flood_stop(&f, &t, c);
		}
		latency_round(&l);
	}
	report_latency(&b->report, &l);
	typing_stop(&t);
	bench_close(&in);
}
