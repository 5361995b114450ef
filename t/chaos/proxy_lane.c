/* See proxy_lane.h. */
#include "config.h"

#include "t/chaos/proxy_lane.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

/* ---- weather ------------------------------------------------------------------- */

static const char *const faults[] = {"reset", "close", "hole", "stall", "twice",
	"unanswered"};
static const char *const settings[] = {"up.delay", "up.jitter", "up.rate", "down.delay",
	"down.jitter", "down.rate", "after", "pause"};

const char *
fault_name(enum fault fault)
{
	return faults[fault];
}

enum fault
fault_named(const char *name)
{
	int i = 0;
	while (i < FAULTS && !(name && strcmp(faults[i], name) == 0))
		i++;
	return (enum fault)i;
}

void
weather_init(struct weather *w, uint64_t seed)
{
	*w = (struct weather){.state = seed * 2654435769u + 88172645463325252u};
	w->value[AFTER] = 20000;
	w->value[PAUSE] = 500;
}

int
weather_set(struct weather *w, char *word)
{
	char *equals = strchr(word, '=');
	if (!equals)
		return -1;
	*equals = '\0';
	int i = 0;
	while (i < CHANCE && strcmp(settings[i], word) != 0)
		i++;
	if (i == CHANCE)
		i += fault_named(word);
	if (i == SETTINGS)
		return -1;
	w->value[i] = strtoll(equals + 1, NULL, 10);
	return 0;
}

int64_t
weather_below(struct weather *w, int64_t limit)
{
	w->state ^= w->state << 13;
	w->state ^= w->state >> 7;
	w->state ^= w->state << 17;
	return limit > 0 ? (int64_t)((w->state >> 11) % (uint64_t)limit) : 0;
}

bool
weather_chance(struct weather *w, int64_t in_1000)
{
	return weather_below(w, 1000) < in_1000;
}

enum fault
weather_doom(struct weather *w)
{
	int64_t chance = weather_below(w, 1000);
	int i = RESET;
	while (i <= STALL && (chance -= w->value[CHANCE + i]) >= 0)
		i++;
	return i <= STALL ? (enum fault)i : FAULTS;
}

int64_t
weather_due(struct weather *w, int direction)
{
	const int64_t *value = &w->value[direction == UP ? UP_DELAY : DOWN_DELAY];
	return now_ms() + value[0] + weather_below(w, value[1]);
}

/* ---- lanes --------------------------------------------------------------------- */

struct piece {
	STAILQ_ENTRY(piece) entry;
	int64_t due;
	size_t len, done;
	char bytes[];
};

void
lane_init(struct lane *lane)
{
	*lane = (struct lane){0};
	STAILQ_INIT(&lane->pieces);
}

bool
lane_empty(const struct lane *lane)
{
	return STAILQ_EMPTY(&lane->pieces);
}

static void
drop_first(struct lane *lane)
{
	struct piece *p = STAILQ_FIRST(&lane->pieces);
	STAILQ_REMOVE_HEAD(&lane->pieces, entry);
	lane->queued -= p->len;
	free(p);
}

void
lane_clear(struct lane *lane)
{
	while (!lane_empty(lane))
		drop_first(lane);
}

void
lane_put(struct lane *lane, const char *bytes, size_t len, int64_t due)
{
	struct piece *p = malloc(sizeof *p + len);
	if (!p)
		abort();
	lane->last = due > lane->last ? due : lane->last;
	*p = (struct piece){.due = lane->last, .len = len};
	memcpy(p->bytes, bytes, len);
	STAILQ_INSERT_TAIL(&lane->pieces, p, entry);
	lane->queued += len;
}

int64_t
lane_due(const struct lane *lane)
{
	const struct piece *p = STAILQ_FIRST(&lane->pieces);
	if (!p)
		return INT64_MAX;
	return p->due > lane->free_at ? p->due : lane->free_at;
}

/* The most that may leave at once under a rate: what it gives in 20 ms. */
static size_t
portion(const struct piece *p, int64_t rate)
{
	size_t left = p->len - p->done, most = (size_t)(rate / 50 + 1);
	return rate && left > most ? most : left;
}

int
lane_write(struct lane *lane, int fd, int64_t rate, int64_t now)
{
	while (lane_due(lane) <= now) {
		struct piece *p = STAILQ_FIRST(&lane->pieces);
		ssize_t n = send(fd, p->bytes + p->done, portion(p, rate), MSG_NOSIGNAL);
		if (n < 0)
			return errno == EAGAIN || errno == EINTR ? 0 : -1;
		p->done += (size_t)n;
		lane->passed += n;
		if (rate)
			lane->free_at = now + n * 1000 / rate + 1;
		if (p->done == p->len)
			drop_first(lane);
	}
	return 0;
}

/* ---- requests ------------------------------------------------------------------ */

/* Length of the body, by a header in bytes[0..end), or 0. */
static size_t
body_length(const char *bytes, size_t end)
{
	static const char name[] = "\ncontent-length:";
	for (size_t i = 0; i + sizeof name - 1 < end; i++)
		if (strncasecmp(bytes + i, name, sizeof name - 1) == 0)
			return strtoul(bytes + i + sizeof name - 1, NULL, 10);
	return 0;
}

static void
append(struct request *r, char byte)
{
	if (r->len + 1 >= r->size) {
		r->size = r->size ? r->size * 2 : 4096;
		r->bytes = realloc(r->bytes, r->size);
		if (!r->bytes)
			abort();
	}
	r->bytes[r->len++] = byte;
	r->bytes[r->len] = '\0';
}

size_t
request_take(struct request *r, const char *bytes, size_t len)
{
	size_t n = 0;
	if (r->len == 0)
		r->expected = 0;
	while (n < len && !r->whole && !r->opaque) {
		append(r, bytes[n++]);
		if (!r->expected && r->len >= 4 &&
			memcmp(r->bytes + r->len - 4, "\r\n\r\n", 4) == 0)
			r->expected = r->len + body_length(r->bytes, r->len);
		r->whole = r->expected && r->len >= r->expected;
		r->opaque = r->expected > REQUEST_MAX || r->len >= REQUEST_MAX;
	}
	return n;
}

/* ---- sockets ------------------------------------------------------------------- */

int64_t
now_ms(void)
{
	struct timespec now;
	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static struct sockaddr_in
loopback(int port)
{
	return (struct sockaddr_in){.sin_family = AF_INET,
		.sin_port = htons((uint16_t)port),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
}

int
socket_listen(int *port)
{
	struct sockaddr_in address = loopback(*port);
	socklen_t len = sizeof address;
	int on = 1, fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return -1;
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
	if (bind(fd, (struct sockaddr *)&address, len) != 0 || listen(fd, 128) != 0 ||
		getsockname(fd, (struct sockaddr *)&address, &len) != 0) {
		close(fd);
		return -1;
	}
	*port = ntohs(address.sin_port);
	return fd;
}

static int
ready(int fd)
{
	int on = 1;
	if (fd >= 0)
		setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
	return fd;
}

int
socket_accept(int listener)
{
	return ready(accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC));
}

int
socket_connect(int port)
{
	struct sockaddr_in address = loopback(port);
	int fd = ready(socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
	if (fd < 0)
		return -1;
	if (connect(fd, (struct sockaddr *)&address, sizeof address) == 0 ||
		errno == EINPROGRESS)
		return fd;
	close(fd);
	return -1;
}

void
socket_close(int fd, bool reset)
{
	struct linger hard = {.l_onoff = 1};
	if (fd < 0)
		return;
	if (reset)
		setsockopt(fd, SOL_SOCKET, SO_LINGER, &hard, sizeof hard);
	close(fd);
}
