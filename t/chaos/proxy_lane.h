/*
 * The parts of the proxy: the weather and its chances, the queue of one direction,
 * requests, sockets. See proxy.c.
 */
#ifndef DISPATCH_T_CHAOS_PROXY_LANE_H
#define DISPATCH_T_CHAOS_PROXY_LANE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/queue.h>

enum {
	PIECE_MAX = 65536,
	QUEUE_MAX = 4 * PIECE_MAX, /* then the sender waits */
	REQUEST_MAX = 256 * 1024,
};

enum { UP, DOWN };

/* The first four strike connections, the others requests. */
enum fault { RESET, CLOSE, HOLE, STALL, TWICE, UNANSWERED, FAULTS };
const char *fault_name(enum fault fault);
/* FAULTS when there is none of this name. NULL is allowed. */
enum fault fault_named(const char *name);

enum setting {
	UP_DELAY,
	UP_JITTER,
	UP_RATE,
	DOWN_DELAY,
	DOWN_JITTER,
	DOWN_RATE,
	AFTER,
	PAUSE,
	CHANCE, /* of each fault, from here on */
	SETTINGS = CHANCE + FAULTS
};

struct weather {
	uint64_t state; /* of the random numbers */
	int64_t value[SETTINGS];
};

void weather_init(struct weather *w, uint64_t seed);
/* "NAME=VALUE"; -1 when there is no such setting. Changes `word`. */
int weather_set(struct weather *w, char *word);
/* 0 … limit-1 */
int64_t weather_below(struct weather *w, int64_t limit);
bool weather_chance(struct weather *w, int64_t in_1000);
/* What will happen to a new connection; FAULTS: nothing. */
enum fault weather_doom(struct weather *w);
/* When a piece that comes now is to leave. */
int64_t weather_due(struct weather *w, int direction);

struct piece;
struct lane {
	STAILQ_HEAD(, piece) pieces;
	size_t queued;
	int64_t last;    /* nothing leaves before this, to keep the order */
	int64_t free_at; /* the rate allows more from then on */
	int64_t passed;  /* bytes, in all */
	bool ended, shut;
};

void lane_init(struct lane *lane);
void lane_clear(struct lane *lane);
bool lane_empty(const struct lane *lane);
void lane_put(struct lane *lane, const char *bytes, size_t len, int64_t due);
/* When the next piece may leave; INT64_MAX: there is none. */
int64_t lane_due(const struct lane *lane);
/* Writes what is due and fits; -1 when the socket is broken. */
int lane_write(struct lane *lane, int fd, int64_t rate, int64_t now);

/* One request on its way in. */
struct request {
	char *bytes;
	size_t len, size;
	size_t expected; /* 0: its end is not known yet */
	bool whole;
	bool opaque; /* not HTTP, or too large: passed on as it comes */
};

/* Adds bytes up to the end of the request; returns how many. */
size_t request_take(struct request *r, const char *bytes, size_t len);

int64_t now_ms(void);
/* Of 127.0.0.1; all non-blocking. -1: it did not work. */
int socket_listen(int *port);
int socket_accept(int listener);
int socket_connect(int port);
/* -1 is allowed. */
void socket_close(int fd, bool reset);

#endif
