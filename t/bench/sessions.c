/*
 * Many sessions, each with a viewer that another process drains; some print moderately.
 * Somebody types in one of them.
 */
#include "config.h"

#include "t/bench/bench.h"
#include "t/bench/typing.h"

#include <stdio.h>
#include <stdlib.h>

enum { SESSIONS_MAX = 256, MODERATE = 10000 /* bytes per second */ };

void
bench_sessions(struct bench *b)
{
	static const char *const settings[] = {"session.limit=300", "stream.limit=300",
		NULL};
	static struct viewer viewers[SESSIONS_MAX];
	int fds[SESSIONS_MAX], count = b->size->sessions - 1;
	struct instance in;
	struct client client;
	struct typing t;
	struct latency l;
	char id[ID_SIZE];
	char *loud = xasprintf("exec %s print %d 0", b->program, MODERATE);
	bench_open(b, &in, "sessions", settings);
	client_open(&client, &in);
	for (int i = 0; i < count; i++) {
		client_create(&client, i < b->size->loud ? loud : "exec cat", id);
		viewer_open(&viewers[i], &in, id, 0, "");
		fds[i] = viewers[i].fd;
	}
	pid_t reader = drain_start(fds, count);
	typing_start(&t, b, &in);
	latency_init(&l, "echo, %d sessions, %d of them print", count + 1, b->size->loud);
	for (int round = 0; round < b->size->rounds; round++) {
		for (int i = 0; i < b->size->loaded_keys; i++) {
			samples_add(&l.samples[LIMIT], typing_key(&t, LIMIT));
			samples_add(&l.samples[OURS], typing_key(&t, OURS));
		}
		latency_round(&l);
	}
	report_latency(&b->report, &l);
	typing_stop(&t);
	end_process(reader);
	for (int i = 0; i < count; i++)
		viewer_close(&viewers[i]);
	client_close(&client);
	free(loud);
	bench_close(&in);
}
