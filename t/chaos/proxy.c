/*
 * A bad network for tests: a TCP proxy that is slow, stalls, resets, swallows, and
 * repeats whole HTTP requests. One poll loop, one seed; the same seed and the same
 * connections in the same order meet the same faults.
 *
 *	proxy TARGET-PORT [SEED [PORT]]     on 127.0.0.1; PORT 0: any
 *
 * It prints "port N", then one line for each line that it reads; it ends with its input.
 *
 *	set NAME=VALUE …   changes the weather (below); answered with "ok"
 *	now FAULT          does it to all connections that are open: "ok"
 *	count              how often each fault struck: "{…}", JSON
 *
 * Weather. `up` is from the client to the server. What is read is passed on
 * after a delay, in order, and never faster than the rate (0: any).
 *
 *	up.delay up.jitter down.delay down.jitter   ms
 *	up.rate down.rate                           bytes per second
 *	reset close hole stall   chance per connection, in 1/1000, of one of these faults,
 *	                         after at most `after` bytes in one of the directions
 *	after                    bytes
 *	pause                    ms that a stall lasts
 *	twice        chance per request that it reaches the server twice: on a
 *	             connection of its own whose answer nobody hears, before or after
 *	             the other one
 *	unanswered   chance per request that the client is cut off when the answer comes
 *
 * Faults: `reset` is a RST to both, `close` a FIN to both, `hole` silence for ever on
 * connections that stay open, `stall` silence for a while.
 *
 * A request is passed on when it is whole. What does not look like HTTP/1.1, or has more
 * than REQUEST_MAX bytes, is passed on as it comes. A slow reader holds back the sender:
 * at most QUEUE_MAX bytes wait in each direction.
 */
#include "config.h"

#include "t/chaos/proxy_lane.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { LINKS_MAX = 1000, COPY_MS = 2000, COPY_MAX = 65536, COPY_LATER_MS = 60 };

/* A client's connection with ours to the server; or, without client, a repeated request.
 */
struct link {
	LIST_ENTRY(link) entry;
	int fd[2]; /* client (-1: a copy), server */
	struct lane lane[2];
	struct request request;
	enum fault doom;
	int doom_lane;
	int64_t doom_at;     /* bytes through that lane */
	int64_t silent_till; /* INT64_MAX: a hole */
	int64_t ends_at;     /* of a copy */
	bool unanswered;     /* cut the client off with the answer */
};

struct proxy {
	struct weather weather;
	int listener, target;
	LIST_HEAD(, link) links;
	int count;
	int64_t struck[FAULTS];
	char line[1024];
	size_t line_len;
};

static void
drop(struct proxy *p, struct link *l, bool reset)
{
	LIST_REMOVE(l, entry);
	p->count--;
	for (int i = 0; i < 2; i++) {
		socket_close(l->fd[i], reset);
		lane_clear(&l->lane[i]);
	}
	free(l->request.bytes);
	free(l);
}

static struct link *
add(struct proxy *p, int client)
{
	int server = socket_connect(p->target);
	if (server < 0) {
		socket_close(client, true);
		return NULL;
	}
	struct link *l = calloc(1, sizeof *l);
	if (!l)
		abort();
	l->fd[0] = client;
	l->fd[1] = server;
	lane_init(&l->lane[UP]);
	lane_init(&l->lane[DOWN]);
	l->doom = client < 0 ? FAULTS : weather_doom(&p->weather);
	l->doom_lane = (int)weather_below(&p->weather, 2);
	l->doom_at = weather_below(&p->weather, p->weather.value[AFTER] + 1);
	LIST_INSERT_HEAD(&p->links, l, entry);
	p->count++;
	return l;
}

/* Returns false when the link is gone. */
static bool
strike(struct proxy *p, struct link *l, enum fault fault)
{
	p->struck[fault]++;
	if (fault == RESET || fault == CLOSE) {
		drop(p, l, fault == RESET);
		return false;
	}
	l->silent_till = fault == HOLE ? INT64_MAX : now_ms() + p->weather.value[PAUSE];
	return true;
}

/* ---- requests ------------------------------------------------------------------ */

static void
repeat(struct proxy *p, const struct request *r, struct lane *lane)
{
	struct link *copy = add(p, -1);
	if (!copy)
		return;
	p->struck[TWICE]++;
	int64_t later = weather_below(&p->weather, COPY_LATER_MS), now = now_ms();
	bool first = weather_below(&p->weather, 2) == 0;
	lane_put(&copy->lane[UP], r->bytes, r->len, first ? now : now + later);
	if (first)
		lane->last = now + later; /* what follows comes after this */
	copy->ends_at = now + COPY_MS;
}

static void
pass_request(struct proxy *p, struct link *l)
{
	struct request *r = &l->request;
	if (weather_chance(&p->weather, p->weather.value[CHANCE + TWICE]))
		repeat(p, r, &l->lane[UP]);
	if (weather_chance(&p->weather, p->weather.value[CHANCE + UNANSWERED]))
		l->unanswered = true;
	lane_put(&l->lane[UP], r->bytes, r->len, weather_due(&p->weather, UP));
	r->len = 0;
}

static void
take_up(struct proxy *p, struct link *l, const char *bytes, size_t len)
{
	while (len) {
		size_t n = request_take(&l->request, bytes, len);
		bytes += n;
		len -= n;
		if (l->request.whole || l->request.opaque)
			pass_request(p, l);
		l->request.whole = false;
		if (l->request.opaque && len) {
			lane_put(&l->lane[UP], bytes, len, weather_due(&p->weather, UP));
			return;
		}
	}
}

/* ---- bytes --------------------------------------------------------------------- */

/* Returns false when the link is gone. */
static bool
take(struct proxy *p, struct link *l, int direction)
{
	static char bytes[PIECE_MAX];
	struct lane *lane = &l->lane[direction];
	ssize_t n = read(l->fd[direction], bytes, sizeof bytes);
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return true;
	if (n < 0) {
		drop(p, l, true);
		return false;
	}
	if (n == 0) {
		lane->ended = true;
		return true;
	}
	if (direction == DOWN && l->fd[0] < 0) {
		lane->passed += n;
		return true;
	}
	if (direction == DOWN && l->unanswered) {
		p->struck[UNANSWERED]++;
		drop(p, l, true);
		return false;
	}
	if (direction == UP)
		take_up(p, l, bytes, (size_t)n);
	else
		lane_put(lane, bytes, (size_t)n, weather_due(&p->weather, DOWN));
	return true;
}

/* Passes on what is due. Returns false when the link is gone. */
static bool
give(struct proxy *p, struct link *l, int direction, int64_t now)
{
	struct lane *lane = &l->lane[direction];
	int64_t rate = p->weather.value[direction == UP ? UP_RATE : DOWN_RATE];
	if (lane_write(lane, l->fd[!direction], rate, now) != 0) {
		drop(p, l, true);
		return false;
	}
	if (l->doom < FAULTS && direction == l->doom_lane && lane->passed > l->doom_at) {
		enum fault doom = l->doom;
		l->doom = FAULTS;
		return strike(p, l, doom);
	}
	if (lane->ended && lane_empty(lane) && !lane->shut) {
		lane->shut = true;
		shutdown(l->fd[!direction], SHUT_WR);
	}
	if (l->lane[UP].shut && l->lane[DOWN].shut) {
		drop(p, l, false);
		return false;
	}
	return true;
}

static bool
copy_is_done(const struct link *l, int64_t now)
{
	return l->fd[0] < 0 &&
		(now > l->ends_at || l->lane[DOWN].passed > COPY_MAX ||
			l->lane[DOWN].ended);
}

static void
serve_link(struct proxy *p, struct link *l, const struct pollfd *fds, int64_t now)
{
	bool gone = fds[0].revents & (POLLHUP | POLLERR) ||
		(now < l->silent_till && fds[0].revents & POLLRDHUP);
	if (gone || copy_is_done(l, now)) {
		drop(p, l, true);
		return;
	}
	for (int i = 0; i < 2; i++)
		if (fds[i].revents & (POLLIN | POLLHUP | POLLERR) && !take(p, l, i))
			return;
	if (now < l->silent_till)
		return;
	for (int i = 0; i < 2; i++)
		if ((l->fd[0] >= 0 || i == UP) && !give(p, l, i, now))
			return;
}

/* What to wait for; returns when something is due, in ms from now. */
static int
prepare(const struct link *l, struct pollfd *fds, int64_t now, int timeout)
{
	bool silent = now < l->silent_till;
	for (int i = 0; i < 2; i++) {
		const struct lane *in = &l->lane[i], *out = &l->lane[!i];
		fds[i] = (struct pollfd){.fd = l->fd[i]};
		if (silent && i == 1)
			fds[i].fd = -1; /* nobody hears of its end */
		else if (silent)
			fds[i].events = POLLRDHUP;
		else if (!in->ended && in->queued < QUEUE_MAX)
			fds[i].events = POLLIN;
		int64_t due = lane_due(out);
		if (!silent && due <= now)
			fds[i].events |= POLLOUT;
		else if (!silent && due - now < timeout)
			timeout = (int)(due - now);
	}
	if (silent && l->silent_till - now < timeout)
		timeout = (int)(l->silent_till - now);
	return timeout;
}

/* ---- commands ------------------------------------------------------------------ */

static const char *
command(struct proxy *p, char *line)
{
	static char text[512];
	char *rest = NULL, *verb = strtok_r(line, " ", &rest), *word;
	if (verb && strcmp(verb, "set") == 0) {
		while ((word = strtok_r(NULL, " ", &rest)))
			if (weather_set(&p->weather, word) != 0)
				return "error: no such setting";
		return "ok";
	}
	if (verb && strcmp(verb, "now") == 0) {
		enum fault fault = fault_named(strtok_r(NULL, " ", &rest));
		struct link *l, *next;
		if (fault > STALL)
			return "error: no such fault";
		for (l = LIST_FIRST(&p->links); l; l = next) {
			next = LIST_NEXT(l, entry);
			strike(p, l, fault);
		}
		return "ok";
	}
	if (!verb || strcmp(verb, "count") != 0)
		return "error: no such command";
	int n = snprintf(text, sizeof text, "{\"open\":%d", p->count);
	for (int i = 0; i < FAULTS; i++)
		n += snprintf(text + n, sizeof text - (size_t)n, ",\"%s\":%lld",
			fault_name((enum fault)i), (long long)p->struck[i]);
	snprintf(text + n, sizeof text - (size_t)n, "}");
	return text;
}

/* Returns false at the end of the input. */
static bool
read_commands(struct proxy *p)
{
	ssize_t n = read(STDIN_FILENO, p->line + p->line_len,
		sizeof p->line - 1 - p->line_len);
	if (n <= 0)
		return n < 0 && errno == EINTR;
	p->line_len += (size_t)n;
	p->line[p->line_len] = '\0';
	for (char *end; (end = strchr(p->line, '\n'));) {
		*end = '\0';
		puts(command(p, p->line));
		p->line_len -= (size_t)(end + 1 - p->line);
		memmove(p->line, end + 1, p->line_len + 1);
	}
	fflush(stdout);
	return p->line_len < sizeof p->line - 1;
}

static int
loop(struct proxy *p)
{
	static struct pollfd fds[2 * LINKS_MAX + 2];
	static struct link *at[LINKS_MAX];
	for (;;) {
		struct link *l;
		int timeout = 1000, n = 0, client;
		int64_t now = now_ms();
		LIST_FOREACH(l, &p->links, entry)
		{
			if (n == LINKS_MAX)
				break;
			timeout = prepare(l, &fds[2 * n + 2], now, timeout);
			at[n++] = l;
		}
		fds[0] = (struct pollfd){.fd = STDIN_FILENO, .events = POLLIN};
		fds[1] = (struct pollfd){.fd = p->listener, .events = POLLIN};
		if (poll(fds, (nfds_t)(2 * n + 2), timeout) < 0 && errno != EINTR)
			return 1;
		now = now_ms();
		for (int i = 0; i < n; i++)
			serve_link(p, at[i], &fds[2 * i + 2], now);
		if (fds[1].revents && p->count < LINKS_MAX / 2 &&
			(client = socket_accept(p->listener)) >= 0)
			add(p, client);
		if (fds[0].revents && !read_commands(p))
			return 0;
	}
}

int
main(int argc, char **argv)
{
	struct proxy p = {.target = argc > 1 ? (int)strtol(argv[1], NULL, 10) : 0};
	int port = argc > 3 ? (int)strtol(argv[3], NULL, 10) : 0;
	LIST_INIT(&p.links);
	weather_init(&p.weather, argc > 2 ? strtoull(argv[2], NULL, 10) : 1);
	p.listener = socket_listen(&port);
	if (p.target <= 0 || p.listener < 0) {
		fprintf(stderr, "Usage: proxy TARGET-PORT [SEED [PORT]]\n");
		return 2;
	}
	printf("port %d\n", port);
	fflush(stdout);
	return loop(&p);
}
