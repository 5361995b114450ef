/* See typing.h. */
#include "config.h"

#include "t/bench/typing.h"

#include "t/bench/child.h"

#include <string.h>

static void
wait_ready(struct viewer *v)
{
	struct message m;
	struct buf text = BUF_INIT;
	do {
		viewer_output(v, &m);
		message_bytes(&m, &text);
	} while (!memchr(text.data, '\n', text.len));
	buf_free(&text);
}

void
typing_start(struct typing *t, struct bench *b, const struct instance *in)
{
	*t = (struct typing){.used = {true, true, b->front.ttyd != 0}};
	bare_start(&t->bare, child_echo);
	bare_ready(&t->bare);
	client_open(&t->client, in);
	client_create(&t->client, child_echo, t->id);
	viewer_open(&t->viewer, in, t->id, 0, "");
	wait_ready(&t->viewer);
	if (!t->used[PEER])
		return;
	peer_open(&t->peer, &b->front, "echo");
	peer_ready(&t->peer);
}

void
typing_stop(struct typing *t)
{
	bare_stop(&t->bare);
	client_delete(&t->client, t->id);
	viewer_close(&t->viewer);
	client_close(&t->client);
	if (t->used[PEER])
		peer_close(&t->peer);
}

static double
our_key(struct typing *t)
{
	struct message m;
	double began = now_us();
	client_type(&t->client, t->id, "x", 1);
	viewer_output(&t->viewer, &m);
	double took = now_us() - began;
	client_typed(&t->client);
	return took;
}

double
typing_key(struct typing *t, enum column column)
{
	if (column == LIMIT)
		return bare_key(&t->bare);
	return column == OURS ? our_key(t) : peer_key(&t->peer);
}

void
typing_keys(struct typing *t, enum column column, int count, struct samples *to)
{
	for (int i = 0; i < count; i++)
		samples_add(to, typing_key(t, column));
}
