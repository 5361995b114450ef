/*
 * Attaching to a terminal with a history, which is still there and quiet: from connecting
 * until the snapshot, if there is one, and every event up to the newest have arrived, and
 * how many bytes that took. The limit: nginx sends a file of as many bytes over a new
 * connection. Nothing is pruned meanwhile (retention.bytes=0).
 */
#include "config.h"

#include "t/bench/bench.h"
#include "t/bench/child.h"
#include "t/bench/client.h"
#include "t/bench/viewer.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char no_retention[] = "retention.bytes=0";

struct attach {
	struct bench *bench;
	struct instance in;
	struct client client;
	char id[ID_SIZE];
	int64_t last;  /* seq */
	bool snapshot; /* one came */
	uint64_t received;
};

static const char *
size_name(size_t bytes, char text[16])
{
	if (bytes >= 1000000000)
		snprintf(text, 16, "%.0f GB", (double)bytes / 1e9);
	else
		snprintf(text, 16, "%.0f MB", (double)bytes / 1e6);
	return text;
}

/* Prints so much, says so, and stays. A viewer that has it all tells that it is done. */
static void
make_history(struct attach *a, size_t bytes)
{
	struct message m;
	struct viewer v;
	char *path = xasprintf("%s/history", a->bench->folder);
	size_t done = 0, len = child_write_text(path, bytes);
	char *command = xasprintf("cat %s; exec sleep 1000", path);
	client_create(&a->client, command, a->id);
	viewer_open(&v, &a->in, a->id, 0, "");
	while (done < len) {
		viewer_output(&v, &m);
		done += m.len;
	}
	viewer_close(&v);
	a->last = client_session_number(&a->client, a->id, "last_seq");
	free(command);
	free(path);
}

/* Returns microseconds. */
static double
attach(struct attach *a, const char *more)
{
	struct viewer v;
	struct message m = {0};
	double began = now_us();
	a->snapshot = false;
	viewer_open(&v, &a->in, a->id, 0, more);
	while (m.seq < a->last) {
		if (!viewer_next(&v, &m))
			fail("the stream ended");
		a->snapshot = a->snapshot || strcmp(m.event, "snapshot") == 0;
	}
	double took = now_us() - began;
	a->received = v.received;
	viewer_close(&v);
	return took;
}

static void
measure(struct attach *a, const char *name, const char *more)
{
	struct row first, again, sent;
	int count = a->bench->size->rounds * a->bench->size->attaches;
	count = count < ROUNDS_MAX ? count : ROUNDS_MAX;
	row_init(&first, "ms", "attach to %s, the first", name);
	row_init(&again, "ms", "attach to %s", name);
	row_init(&sent, "KiB", "... sent");
	row_add(&first, OURS, attach(a, more) / 1000);
	uint64_t received = a->received; /* a little more or less the next time */
	front_file(&a->bench->front, received);
	if (a->received > 4 * a->bench->size->replay_most)
		count = 1; /* there was no snapshot: this would take all day */
	for (int i = 0; i < count; i++) {
		row_add(&again, LIMIT, front_fetch(&a->bench->front, received) / 1000);
		row_add(&again, OURS, attach(a, more) / 1000);
	}
	row_add(&sent, OURS, (double)a->received / 1024);
	report_row(&a->bench->report, &first);
	report_row(&a->bench->report, &again);
	report_row(&a->bench->report, &sent);
	if (*more && !a->snapshot)
		report_note("no snapshot was sent: all of the history was");
}

static void
measure_history(struct attach *a, size_t bytes)
{
	char text[16], name[48];
	make_history(a, bytes);
	snprintf(name, sizeof name, "%s, jump", size_name(bytes, text));
	measure(a, name, "&jump=1");
	if (bytes <= a->bench->size->replay_most) {
		snprintf(name, sizeof name, "%s, all of it", text);
		measure(a, name, "");
	}
	client_delete(&a->client, a->id);
}

void
bench_attach(struct bench *b)
{
	struct attach a = {.bench = b};
	const char *settings[] = {NULL, NULL};
	if (instance_knows(no_retention))
		settings[0] = no_retention;
	else
		report_note("there is no setting %s", no_retention);
	bench_open(b, &a.in, "attach", settings);
	client_open(&a.client, &a.in);
	for (int i = 0; b->size->histories[i]; i++)
		measure_history(&a, b->size->histories[i]);
	client_close(&a.client);
	bench_close(&a.in);
}
