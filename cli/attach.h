/*
 * A terminal that is attached to a session, for cli/attach*.c. It is one more viewer of
 * the session: attach_view.c takes what the runner's stream says and what of it is shown;
 * attach_loop.c waits for the terminal, the stream and signals; attach.c is the command.
 *
 * Output goes from the stream to the terminal a piece at a time: nothing is read while
 * the terminal has not taken the last piece, and what is not acknowledged stops the
 * stream.
 */
#ifndef DISPATCH_CLI_ATTACH_H
#define DISPATCH_CLI_ATTACH_H

#include <stdbool.h>
#include <stdint.h>

#include "cli/attach_filter.h"
#include "cli/attach_input.h"
#include "cli/attach_stream.h"
#include "cli/attach_tty.h"
#include "lib/buf.h"
#include "lib/conf.h"
#include "lib/err.h"
#include "lib/store/session.h"
#include "lib/wake.h"

struct db;

/* Why an attachment is over. */
enum attach_end {
	ATTACH_GOES_ON,
	ATTACH_DETACHED, /* by the key */
	ATTACH_SIGNALLED,
	ATTACH_HUNG_UP, /* the terminal is gone */
	ATTACH_ENDED,   /* the session is */
	ATTACH_REFUSED, /* the runner will not show it any more */
};

struct attach {
	/* Given, for as long as it lasts. */
	const struct conf *conf;
	struct db *state, *events;
	struct session session; /* as it was at first */
	char *name;             /* for people */
	bool read_only;

	struct wake wake;
	struct tty tty;
	struct input input;
	struct stream stream;
	struct filter filter;

	int64_t seq;      /* shown up to this event */
	int64_t news;     /* what is behind this one nobody has seen before us */
	int64_t level;    /* seq at which a new stream has caught up */
	int64_t messages; /* of this stream, taken; … */
	int64_t told;     /* … and acknowledged */
	char id[ID_SIZE]; /* of this stream; "" before its hello */

	int cols, rows;         /* of the terminal; 0: it does not tell */
	int log_cols, log_rows; /* of the session, where it is shown */
	bool mine;              /* we decide the size */
	int64_t asked_at; /* when we last asked to, monotonic ms; 0: it was answered */
	bool redraw;      /* what is on the screen is not as it should be */
	bool drawing;     /* the snapshot that will be is asked for */

	struct buf out; /* for the terminal */
	size_t out_at;

	enum attach_end end;
	int end_signal; /* ours, or what ended the session; 0: none */
	int end_code;   /* of the session; -1: it has none */
	struct err why; /* it was refused */
};

/* Attaches until it is over: a->end and what belongs to it. The terminal is as it was
 * before. */
void attach_loop(struct attach *a);

/* Takes whatever has come whole. False: the stream is over, and a->end may say why. */
bool attach_take(struct attach *a);

/* Asks for the stream: with the screen as it is now, or (false) with what is behind
 * a->seq. 0, or -1 when there is no runner now. */
int attach_ask(struct attach *a, bool screen);

/* Asks for the terminal's size and to decide it from now on, unless that is so or asked.
 */
void attach_take_size(struct attach *a);

#endif
