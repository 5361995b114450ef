/*
 * Many viewers of one session: from the key until the last of them has it, and a text to
 * all of them at once. The limits: a process that reads a bare pty and writes to as many
 * TCP connections; and nginx sending a file of as many bytes to as many. All are read by
 * one process, ours.
 */
#include "config.h"

#include "t/bench/bench.h"
#include "t/bench/child.h"
#include "t/bench/typing.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

enum { VIEWERS_MAX = 256, READ_BYTES = 256 * 1024 };

struct crowd {
	int count, epoll;
	int fds[VIEWERS_MAX];
	struct viewer viewers[VIEWERS_MAX];
	size_t received[VIEWERS_MAX];
	bool done[VIEWERS_MAX];
};

/* True when connection `i` has got what it waits for; called when it can be read. */
typedef bool crowd_reader(struct crowd *c, int i, size_t expected);

static void
crowd_begin(struct crowd *c, int count)
{
	*c = (struct crowd){.count = count, .epoll = epoll_create1(EPOLL_CLOEXEC)};
}

static void
crowd_watch(struct crowd *c, int i, int fd)
{
	struct epoll_event event = {.events = EPOLLIN, .data.u32 = (uint32_t)i};
	c->fds[i] = fd;
	if (epoll_ctl(c->epoll, EPOLL_CTL_ADD, fd, &event) != 0)
		fail("cannot watch a connection");
}

/* Reads until every one of them has got it. */
static void
crowd_wait(struct crowd *c, crowd_reader *reader, size_t expected)
{
	struct epoll_event events[64];
	int left = c->count;
	memset(c->done, 0, sizeof c->done);
	memset(c->received, 0, sizeof c->received);
	while (left > 0) {
		int n = epoll_wait(c->epoll, events, 64, -1);
		for (int k = 0; k < n; k++) {
			int i = (int)events[k].data.u32;
			bool had = c->done[i];
			c->done[i] = reader(c, i, expected) || had;
			left -= c->done[i] && !had;
		}
	}
}

static void
crowd_end(struct crowd *c, bool viewers)
{
	for (int i = 0; i < c->count; i++)
		if (viewers)
			viewer_close(&c->viewers[i]);
		else
			close(c->fds[i]);
	close(c->epoll);
}

/* ---- keys ---- */

static bool
has_output(struct crowd *c, int i, size_t expected)
{
	struct message m;
	bool has = false;
	(void)expected;
	if (!viewer_read(&c->viewers[i]))
		fail("a stream ended");
	while (viewer_take(&c->viewers[i], &m))
		has = has || m.base64;
	return has;
}

static bool
has_bytes(struct crowd *c, int i, size_t expected)
{
	static char bytes[READ_BYTES];
	c->received[i] += read_some(c->fds[i], bytes, sizeof bytes);
	return c->received[i] >= expected;
}

static void
open_viewers(struct crowd *c, const struct instance *in, const char *id, int count)
{
	crowd_begin(c, count);
	for (int i = 0; i < count; i++) {
		viewer_open(&c->viewers[i], in, id, 0, "");
		crowd_watch(c, i, c->viewers[i].fd);
	}
	crowd_wait(c, has_output, 0); /* it has said that it is ready */
}

static double
our_key(struct crowd *c, struct client *client, const char *id)
{
	double began = now_us();
	client_type(client, id, "x", 1);
	crowd_wait(c, has_output, 0);
	double took = now_us() - began;
	client_typed(client);
	return took;
}

static double
limit_key(struct crowd *c, struct bare *bare)
{
	double began = now_us();
	write_all(bare->master, "x", 1);
	crowd_wait(c, has_bytes, 1);
	return now_us() - began;
}

static void
measure_keys(struct bench *b, struct client *client, int count)
{
	static struct crowd ours, limit;
	struct latency l;
	struct bare bare;
	char id[ID_SIZE];
	client_create(client, child_echo, id);
	open_viewers(&ours, client->instance, id, count);
	bare_start(&bare, child_echo);
	bare_ready(&bare);
	crowd_begin(&limit, count);
	pid_t fan = bare_fan_out(&bare, limit.fds, count);
	for (int i = 0; i < count; i++)
		crowd_watch(&limit, i, limit.fds[i]);
	latency_init(&l, "echo, until the last of %d viewers has it", count);
	for (int round = 0; round < b->size->rounds; round++) {
		for (int i = 0; i < b->size->loaded_keys / 2; i++) {
			samples_add(&l.samples[LIMIT], limit_key(&limit, &bare));
			samples_add(&l.samples[OURS], our_key(&ours, client, id));
		}
		latency_round(&l);
	}
	report_row(&b->report, &l.p50);
	report_row(&b->report, &l.p99);
	end_process(fan);
	bare_stop(&bare);
	crowd_end(&limit, false);
	crowd_end(&ours, true);
	client_delete(client, id);
}

/* ---- a text ---- */

/* Nothing is copied but the end, in which it is said that the program has ended. */
static bool
has_end(struct crowd *c, int i, size_t expected)
{
	static const char ended[] = "\"status\":\"exited\"";
	struct viewer *v = &c->viewers[i];
	if (c->received[i] + READ_BYTES <= expected) {
		ssize_t n = recv(c->fds[i], NULL, READ_BYTES, MSG_TRUNC);
		if (n <= 0)
			fail("a stream ended");
		c->received[i] += (size_t)n;
		return false;
	}
	size_t before = v->in.len > sizeof ended ? v->in.len - sizeof ended : 0;
	if (!viewer_read(v))
		fail("a stream ended");
	return memmem(v->in.data + before, v->in.len - before, ended, sizeof ended - 1);
}

static double
share_ours(struct client *client, int count, const char *path, size_t len)
{
	static struct crowd c;
	char id[ID_SIZE];
	char *command =
		xasprintf("stty raw -echo; echo ready; read x; exec cat %s", path);
	client_create(client, command, id);
	open_viewers(&c, client->instance, id, count);
	double began = now_us();
	client_type(client, id, "\n", 1);
	crowd_wait(&c, has_end, len / 3 * 4);
	double took = now_us() - began;
	client_typed(client);
	crowd_end(&c, true);
	client_delete(client, id);
	free(command);
	return took / 1e6;
}

static double
share_limit(struct bench *b, int count, size_t len)
{
	static struct crowd c;
	crowd_begin(&c, count);
	front_file(&b->front, len / 3 * 4);
	double began = now_us();
	for (int i = 0; i < count; i++)
		crowd_watch(&c, i, front_ask(&b->front));
	crowd_wait(&c, has_bytes, len / 3 * 4);
	double took = now_us() - began;
	crowd_end(&c, false);
	return took / 1e6;
}

static void
measure_text(struct bench *b, struct client *client, int count)
{
	struct row row;
	char *path = xasprintf("%s/shared", b->folder);
	size_t len = b->size->shared_bytes;
	child_write_text(path, len);
	row_init(&row, "s", "%.1f MB to %d viewers at once", (double)len / 1e6, count);
	for (int round = 0; round < b->size->rounds; round++) {
		row_add(&row, LIMIT, share_limit(b, count, len));
		row_add(&row, OURS, share_ours(client, count, path, len));
	}
	report_row(&b->report, &row);
	free(path);
}

void
bench_viewers(struct bench *b)
{
	static const char *const settings[] = {"stream.limit=300",
		"stream.heartbeat=60000", NULL};
	struct instance in;
	struct client client;
	bench_open(b, &in, "viewers", settings);
	client_open(&client, &in);
	for (int i = 0; b->size->viewers[i]; i++)
		measure_keys(b, &client, b->size->viewers[i]);
	measure_text(b, &client, b->size->sharing);
	client_close(&client);
	bench_close(&in);
}
