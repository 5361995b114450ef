/*
 * How much may be on its way to one viewer. The viewer says how many messages it has on
 * the screen; from how long that takes the window learns how much the link and the screen
 * take in about WINDOW_DELAY_MS, and lets no more than that wait on the way. So a slow
 * phone is near live, and a fast link is never idle.
 *
 * Messages are counted 1, 2, 3 … in the order in which they are sent.
 */
#ifndef DISPATCH_RUNNER_WINDOW_H
#define DISPATCH_RUNNER_WINDOW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	WINDOW_LEAST = 8 * 1024,
	WINDOW_FIRST = 64 * 1024, /* before anything is known */
	WINDOW_DELAY_MS = 100,    /* longer than the quickest answer: that much waits */
	WINDOW_MARKS = 64,        /* how finely acknowledgements are accounted */
};

struct window {
	int64_t limit;     /* bytes, never more; 0: TCP paces, nothing is counted */
	int64_t size;      /* bytes, at present */
	int64_t in_flight; /* bytes that are sent and not acknowledged */
	int64_t sent;      /* messages */
	int64_t done;      /* of them, acknowledged */
	int64_t least_ms;  /* the quickest acknowledgement; -1: none yet */
	int64_t heard;     /* bytes acknowledged since the size was last thought over */
	bool limited;      /* it was full since then */
	struct {
		int64_t n, bytes, at; /* up to which message; when it was sent, ms */
	} marks[WINDOW_MARKS];        /* oldest first */
	int mark_count;
};

/* `limit` in bytes, at least WINDOW_LEAST; 0: nothing is counted and it is always open.
 */
void window_init(struct window *w, int64_t limit);

/* Whether another message may be sent, with `more` bytes beyond the window. */
bool window_open(const struct window *w, int64_t more);

/* A message of so many bytes is sent at `now` (monotonic milliseconds). */
void window_sent(struct window *w, size_t bytes, int64_t now);

/* Everything up to message n is on the screen. Returns 0, or -1 when there was no such
 * message. A lower n than before says nothing new. */
int window_acknowledge(struct window *w, int64_t n, int64_t now);

#endif
