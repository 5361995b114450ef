/* See say.h. */
#include "config.h"

#include "runner/say.h"

#include "lib/buf.h"
#include "runner/run.h"

#include <stdlib.h>
#include <string.h>

struct saying {
	TAILQ_ENTRY(saying) link;
	int64_t command; /* 0: of our own accord */
	bool eventful;   /* events of the command have to be in the log first */
	size_t at, len;  /* how far it was given to the shim */
	char line[];
};

static void
drop(struct run *run, struct saying *s)
{
	TAILQ_REMOVE(&run->sayings, s, link);
	free(s);
}

/* Our own words go before the commands that were not begun. */
static void
enqueue(struct run *run, struct saying *s)
{
	struct saying *other;
	TAILQ_FOREACH(other, &run->sayings, link)
	if (s->command == 0 && other->command && other->at == 0) {
		TAILQ_INSERT_BEFORE(other, s, link);
		return;
	}
	TAILQ_INSERT_TAIL(&run->sayings, s, link);
}

void
say(struct run *run, int64_t command, const char *line, size_t len)
{
	struct saying *s = xcalloc(1, sizeof *s + len);
	s->command = command;
	s->eventful = command && command <= run->noting;
	s->len = len;
	memcpy(s->line, line, len);
	enqueue(run, s);
	say_more(run);
}

static bool
may_begin(const struct run *run, const struct saying *s)
{
	if (s->command == 0)
		return run->taken_all;
	return run->listening && (!s->eventful || s->command <= run->noted) &&
		run->flight_count < MAX_FLIGHTS;
}

/* What goes on next, or NULL. Where a shim has had more than we knew of, it may be in the
 * middle of a line: the rest of that comes first. */
static struct saying *
next_saying(const struct run *run)
{
	struct saying *s;
	bool behind = run->said_k < run->heard_k;
	TAILQ_FOREACH(s, &run->sayings, link)
	if (s->command || !behind)
		return s->at > 0 || may_begin(run, s) ? s : NULL;
	return NULL;
}

static int
give_piece(struct run *run, struct saying *s)
{
	size_t n = s->len - s->at;
	uint64_t k = s->command ? (uint64_t)run->said_k + 1 : 0;
	if (n > SHIM_INPUT_MAX)
		n = SHIM_INPUT_MAX;
	if (shim_link_input(run->link, k, s->line + s->at, n, NULL) != 0)
		return -1; /* full: goes on with the next input_done */
	s->at += n;
	run->said_k += s->command != 0;
	return 0;
}

static void
take_off(struct run *run, struct saying *s)
{
	int at = (run->flight_first + run->flight_count) % MAX_FLIGHTS;
	if (s->command) {
		run->flights[at] = (struct flight){run->said_k, s->command};
		run->flight_count++;
	}
	drop(run, s);
}

void
say_more(struct run *run)
{
	struct saying *s;
	if (!run->link || !run->welcomed || run->link_lost ||
		run->row.status != SESSION_RUNNING)
		return;
	while ((s = next_saying(run))) {
		if (give_piece(run, s) != 0)
			return;
		if (s->at == s->len)
			take_off(run, s);
	}
}

void
say_again(struct run *run)
{
	struct saying *s, *next;
	for (s = TAILQ_FIRST(&run->sayings); s; s = next) {
		next = TAILQ_NEXT(s, link);
		if (s->command)
			drop(run, s);
	}
	run->said_k = run->row.input_done;
	run->taken_all = false;
}

void
say_nothing(struct run *run)
{
	while (!TAILQ_EMPTY(&run->sayings))
		drop(run, TAILQ_FIRST(&run->sayings));
	run->listens = run->listening = false;
}
