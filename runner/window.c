/*
 * See window.h. The size is thought over once for each window's worth of bytes that was
 * acknowledged, so that one delay counts once: longer than wanted, it shrinks in
 * proportion, at most to half; else, if it was full meanwhile, it grows.
 */
#include "config.h"

#include "runner/window.h"

#include <string.h>

void
window_init(struct window *w, int64_t limit)
{
	*w = (struct window){.limit = limit, .least_ms = -1};
	w->size = limit < WINDOW_FIRST ? limit : WINDOW_FIRST;
}

bool
window_open(const struct window *w, int64_t more)
{
	return w->limit == 0 || w->in_flight < w->size + more;
}

/* When the marks run out the newest grows: it is then acknowledged a little later than it
 * could be. */
void
window_sent(struct window *w, size_t bytes, int64_t now)
{
	int last = w->mark_count - 1;
	w->sent++;
	if (w->limit == 0)
		return;
	w->in_flight += (int64_t)bytes;
	w->limited |= w->in_flight >= w->size;
	bool join = last >= 0 &&
		(w->mark_count == WINDOW_MARKS ||
			w->marks[last].bytes < w->size / WINDOW_MARKS);
	if (!join) {
		last = w->mark_count++;
		w->marks[last].bytes = 0;
		w->marks[last].at = now;
	}
	w->marks[last].n = w->sent;
	w->marks[last].bytes += (int64_t)bytes;
}

static void
think_over(struct window *w, int64_t delay)
{
	int64_t wanted = w->least_ms + WINDOW_DELAY_MS;
	if (delay > wanted) {
		int64_t fitting = w->size * wanted / delay;
		w->size = fitting > w->size / 2 ? fitting : w->size / 2;
		if (w->size < WINDOW_LEAST)
			w->size = WINDOW_LEAST;
	} else if (w->limited) {
		w->size += delay < wanted / 2 ? w->size : w->size / 8;
	}
	if (w->size > w->limit)
		w->size = w->limit;
	w->heard = 0;
	w->limited = w->in_flight >= w->size;
}

int
window_acknowledge(struct window *w, int64_t n, int64_t now)
{
	int done = 0;
	int64_t delay = -1;
	if (n > w->sent)
		return -1;
	if (n > w->done)
		w->done = n;
	for (; done < w->mark_count && w->marks[done].n <= n; done++) {
		w->in_flight -= w->marks[done].bytes;
		w->heard += w->marks[done].bytes;
		delay = now - w->marks[done].at;
		if (w->least_ms < 0 || delay < w->least_ms)
			w->least_ms = delay;
	}
	w->mark_count -= done;
	memmove(w->marks, w->marks + done, (size_t)w->mark_count * sizeof *w->marks);
	if (delay >= 0 && w->heard >= w->size)
		think_over(w, delay);
	return 0;
}
