/*
 * The list of sessions over kept-alive connections that ask again as soon as they have
 * their answer. The limit: nginx answering with a file of the same size.
 */
#include "config.h"

#include "t/bench/bench.h"
#include "t/bench/client.h"

#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

enum { CONNECTIONS = 8, LISTED = 50, READ_BYTES = 65536 };

struct asker {
	int fd;
	struct buf in;
	double began;
};

static void
ask(struct asker *a, const struct buf *request)
{
	a->began = now_us();
	write_all(a->fd, request->data, request->len);
}

/* Reads once. Returns true when the answer is whole, and takes it. */
static bool
hear(struct asker *a)
{
	int status;
	a->in.len += read_some(a->fd, buf_room(&a->in, READ_BYTES), READ_BYTES);
	a->in.data[a->in.len] = '\0';
	if (!answer_length(&a->in, &status, NULL))
		return false;
	if (status != 200)
		fail("the list: %.200s", a->in.data);
	buf_clear(&a->in);
	return true;
}

/* Adds requests per second and p99 to the rows. */
static void
load(int port, const struct buf *request, double us, struct row *rate, struct row *p99,
	enum column column)
{
	struct asker askers[CONNECTIONS] = {0};
	struct epoll_event events[CONNECTIONS];
	struct samples samples = {0};
	int epoll = epoll_create1(EPOLL_CLOEXEC);
	double began = now_us(), now = began;
	for (int i = 0; i < CONNECTIONS; i++) {
		events[0] =
			(struct epoll_event){.events = EPOLLIN, .data.ptr = &askers[i]};
		askers[i].fd = connect_tcp(port);
		epoll_ctl(epoll, EPOLL_CTL_ADD, askers[i].fd, &events[0]);
		ask(&askers[i], request);
	}
	while (now - began < us) {
		int n = epoll_wait(epoll, events, CONNECTIONS, -1);
		for (int i = 0; i < n; i++) {
			struct asker *a = events[i].data.ptr;
			if (!hear(a))
				continue;
			now = now_us();
			samples_add(&samples, now - a->began);
			ask(a, request);
		}
	}
	row_add(rate, column, samples.count / ((now - began) / 1e6));
	row_add(p99, column, samples_quantile(&samples, 0.99) / 1000);
	samples_free(&samples);
	for (int i = 0; i < CONNECTIONS; i++) {
		close(askers[i].fd);
		buf_free(&askers[i].in);
	}
	close(epoll);
}

void
bench_rest(struct bench *b)
{
	static const char file[] = "GET /file HTTP/1.1\r\nHost: localhost\r\n\r\n";
	struct buf ours = BUF_INIT, limit = BUF_INIT;
	struct instance in;
	struct client client;
	struct row rate, p99;
	char id[ID_SIZE];
	bench_open(b, &in, "rest", NULL);
	client_open(&client, &in);
	for (int i = 0; i < LISTED; i++)
		client_create(&client, "exec cat", id);
	if (client_request(&client, "GET", "sessions", NULL) != 200)
		fail("there is no list");
	front_file(&b->front, client.answer.len);
	client_head(&in, &ours, "GET", "sessions", 1, "");
	buf_str(&limit, file);
	row_init(&rate, "/s", "list of %d sessions, %d connections", LISTED, CONNECTIONS);
	row_init(&p99, "ms", "... p99");
	for (int round = 0; round < b->size->rounds; round++) {
		load(b->front.port, &limit, b->size->load_us, &rate, &p99, LIMIT);
		load(in.port, &ours, b->size->load_us, &rate, &p99, OURS);
	}
	report_row(&b->report, &rate);
	report_row(&b->report, &p99);
	buf_free(&ours);
	buf_free(&limit);
	client_close(&client);
	bench_close(&in);
}
