/*
 * The loop of an attached terminal; see attach.h. A runner that is away is asked again
 * until it is there, since the session goes on without it: what is typed meanwhile is
 * stored, and waits as long as command.ttl says. Only after NOTICE_MS is a line of ours
 * on the screen, which is drawn anew afterwards.
 */
#include "config.h"

#include "cli/attach.h"

#include "cli/os_linux.h"
#include "lib/clock.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

enum {
	AGAIN_LEAST_MS = 50, /* between two tries to reach the runner; twice as long … */
	AGAIN_MOST_MS = 1000, /* … each time */
	NOTICE_MS = 3000,
	RETRY_MS = 50,   /* what could not be stored, or acknowledged */
	RESIZE_MS = 80,  /* a window that is dragged has many sizes */
	LEAVE_MS = 1000, /* for a terminal that takes nothing, at the end */
	PIECE = 4096,    /* read from the terminal at once */
	FOREVER = -1,
};

/* What is due at which time, monotonic ms; 0: it is not. */
struct due {
	int64_t ask, notice, store, acknowledge, size;
	int64_t patience; /* until the next try after this one */
	bool noticed;     /* our line is on the screen */
	int signals;
};

/* ---- the terminal ---- */

/* Writes what it takes now. */
static void
flush(struct attach *a)
{
	while (a->out_at < a->out.len) {
		ssize_t n =
			write(a->tty.fd, a->out.data + a->out_at, a->out.len - a->out_at);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && errno != EAGAIN && !a->end)
			a->end = ATTACH_HUNG_UP;
		if (n < 0)
			return;
		a->out_at += (size_t)n;
	}
	buf_clear(&a->out);
	a->out_at = 0;
}

static void
acknowledge(struct attach *a, struct due *due)
{
	due->acknowledge = 0;
	if (a->out.len || !a->id[0] || a->told == a->messages)
		return;
	if (wake_ack(&a->wake, a->id, a->session.owner, a->messages))
		a->told = a->messages;
	else
		due->acknowledge = clock_monotonic() + RETRY_MS;
}

static void
store(struct attach *a, struct due *due)
{
	due->store = 0;
	if (input_store(&a->input, NULL) != 0)
		due->store = clock_monotonic() + RETRY_MS;
}

/* The length of what a terminal says by itself at this place: that it is looked at, or
 * what the mouse does. 0: something else is there, which somebody has typed. */
static size_t
report_length(const char *bytes, size_t len)
{
	if (len < 3 || bytes[0] != '\x1b' || bytes[1] != '[')
		return 0;
	if (bytes[2] == 'I' || bytes[2] == 'O')
		return 3;
	if (bytes[2] == 'M')
		return len < 6 ? 0 : 6;
	size_t n = 3;
	if (bytes[2] == '<')
		while (n < len &&
			((bytes[n] >= '0' && bytes[n] <= '9') || bytes[n] == ';'))
			n++;
	return n > 3 && n < len && (bytes[n] == 'M' || bytes[n] == 'm') ? n + 1 : 0;
}

/* Who only watches does not tell the program that their terminal is looked at. */
static void
add_typed(struct attach *a, const char *bytes, size_t len)
{
	bool typed = false;
	while (len > 0) {
		size_t n = report_length(bytes, len);
		typed = typed || n == 0;
		if (n != 3 || a->mine)
			buf_add(&a->input.waiting, bytes, n ? n : 1);
		bytes += n ? n : 1;
		len -= n ? n : 1;
	}
	if (typed)
		attach_take_size(a);
}

static void
take_keys(struct attach *a, struct due *due)
{
	char bytes[PIECE];
	ssize_t n = read(a->tty.fd, bytes, sizeof bytes);
	if (n == 0 || (n < 0 && errno != EAGAIN && errno != EINTR))
		a->end = ATTACH_HUNG_UP;
	if (n <= 0)
		return;
	size_t len = input_before_key(&a->input, bytes, (size_t)n);
	if (len < (size_t)n)
		a->end = ATTACH_DETACHED;
	if (a->read_only)
		return;
	add_typed(a, bytes, len);
	store(a, due);
}

/* ---- the stream ---- */

static void
lost(struct attach *a, struct due *due)
{
	int64_t now = clock_monotonic();
	stream_close(&a->stream);
	a->redraw = a->redraw || a->drawing;
	if (!due->notice && !due->noticed)
		due->notice = now + NOTICE_MS;
	due->ask = now + due->patience;
	due->patience *= 2;
	if (due->patience > AGAIN_MOST_MS)
		due->patience = AGAIN_MOST_MS;
}

/* The first screen is of everything; later ones take the place of what is shown. */
static void
ask(struct attach *a, struct due *due)
{
	bool screen = a->redraw || a->seq == 0;
	due->ask = 0;
	if (attach_ask(a, screen) != 0) {
		lost(a, due);
		return;
	}
	a->redraw = false;
	a->drawing = screen;
}

static void
notice(struct attach *a, struct due *due)
{
	due->notice = 0;
	due->noticed = true;
	tty_notice(&a->out, "waiting for Dispatch; the session goes on");
}

/* The stream is level with the log: our line can go. */
static void
caught_up(struct attach *a, struct due *due)
{
	due->notice = 0;
	due->patience = AGAIN_LEAST_MS;
	if (due->noticed)
		a->redraw = true;
	due->noticed = false;
}

static void
take_stream(struct attach *a, struct due *due)
{
	if (!attach_take(a)) {
		lost(a, due);
		return;
	}
	if (a->id[0] && a->seq >= a->level)
		caught_up(a, due);
	if (a->redraw)
		ask(a, due);
}

/* ---- signals, and what is due ---- */

static void
window_changed(struct attach *a, struct due *due)
{
	tty_size(&a->tty, &a->cols, &a->rows);
	if (a->mine)
		due->size = clock_monotonic() + RESIZE_MS;
	else
		a->redraw = true;
}

static void
take_signals(struct attach *a, struct due *due)
{
	int number;
	while ((number = os_next_signal(due->signals)) != 0) {
		if (number == SIGCONT) {
			tty_raw(&a->tty);
			a->redraw = true;
		}
		if (number == SIGWINCH || number == SIGCONT) {
			window_changed(a, due);
			continue;
		}
		a->end = ATTACH_SIGNALLED;
		a->end_signal = number;
	}
}

static void
size_settled(struct attach *a, struct due *due)
{
	due->size = 0;
	if (a->mine)
		attach_take_size(a);
}

struct deed {
	int64_t *at;
	void (*act)(struct attach *a, struct due *due);
};

enum { DEEDS = 5 };

static void
list_deeds(struct due *due, struct deed deeds[DEEDS])
{
	const struct deed all[DEEDS] = {
		{&due->ask, ask},
		{&due->notice, notice},
		{&due->store, store},
		{&due->acknowledge, acknowledge},
		{&due->size, size_settled},
	};
	memcpy(deeds, all, sizeof all);
}

static void
do_what_is_due(struct attach *a, struct due *due)
{
	struct deed deeds[DEEDS];
	int64_t now = clock_monotonic();
	list_deeds(due, deeds);
	for (int i = 0; i < DEEDS; i++)
		if (*deeds[i].at && *deeds[i].at <= now)
			deeds[i].act(a, due);
}

static int
until_due(struct due *due)
{
	struct deed deeds[DEEDS];
	int64_t first = INT64_MAX, now = clock_monotonic();
	list_deeds(due, deeds);
	for (int i = 0; i < DEEDS; i++)
		if (*deeds[i].at && *deeds[i].at < first)
			first = *deeds[i].at;
	return first == INT64_MAX ? FOREVER : first <= now ? 0 : (int)(first - now);
}

static void
turn(struct attach *a, struct due *due)
{
	bool room = a->input.waiting.len < INPUT_MOST - PIECE;
	struct pollfd fds[] = {
		{.fd = due->signals, .events = POLLIN},
		{.fd = a->tty.fd,
			.events = (short)((room ? POLLIN : 0) |
				(a->out.len ? POLLOUT : 0))},
		{.fd = a->out.len ? -1 : a->stream.fd, .events = POLLIN},
	};
	if (poll(fds, 3, until_due(due)) < 0)
		return;
	if (fds[0].revents)
		take_signals(a, due);
	if (fds[1].revents & (POLLIN | POLLHUP | POLLERR))
		take_keys(a, due);
	if (fds[2].revents)
		take_stream(a, due);
	else if (a->redraw && !a->out.len && a->stream.fd >= 0)
		ask(a, due);
	do_what_is_due(a, due);
	flush(a);
	acknowledge(a, due);
}

/* ---- from the beginning to the end ---- */

static int
open_signals(void)
{
	static const int ours[] = {SIGWINCH, SIGCONT, SIGTERM, SIGHUP, SIGINT, SIGQUIT};
	sigset_t set;
	sigemptyset(&set);
	for (size_t i = 0; i < sizeof ours / sizeof *ours; i++)
		sigaddset(&set, ours[i]);
	return os_signals(&set);
}

/* What is still to be written, for as long as a person waits for their prompt. */
static void
leave(struct attach *a)
{
	int64_t end = clock_monotonic() + LEAVE_MS, left = LEAVE_MS;
	struct pollfd fd = {.fd = a->tty.fd, .events = POLLOUT};
	tty_end(&a->out);
	flush(a);
	while (a->out.len && a->end != ATTACH_HUNG_UP && left > 0 &&
		poll(&fd, 1, (int)left) > 0) {
		flush(a);
		left = end - clock_monotonic();
	}
	tty_close(&a->tty);
}

void
attach_loop(struct attach *a)
{
	struct due due = {.patience = AGAIN_LEAST_MS, .signals = open_signals()};
	tty_size(&a->tty, &a->cols, &a->rows);
	tty_raw(&a->tty);
	tty_begin(&a->out, a->rows);
	attach_take_size(a);
	ask(a, &due);
	while (!a->end)
		turn(a, &due);
	if (a->end != ATTACH_ENDED)
		store(a, &due);
	leave(a);
	stream_close(&a->stream);
	close(due.signals);
}
