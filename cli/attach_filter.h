/*
 * What of a session's output reaches the terminal. Whoever decides the size answers what
 * the program asks of its terminal, and only what is asked now; a terminal answers by
 * itself, and what it answers comes as if it was typed. So while another viewer decides,
 * or while it is history that is shown, questions are left out, and with them what acts
 * beyond the screen: the clipboard, notifications, the bell, and forgetting the lines
 * above.
 */
#ifndef DISPATCH_CLI_ATTACH_FILTER_H
#define DISPATCH_CLI_ATTACH_FILTER_H

#include <stdbool.h>
#include <stddef.h>

#include "lib/buf.h"

/* Of a control sequence; what is longer asks nothing, or is left out by its beginning. */
enum { FILTER_HELD = 256 };

enum filter_state {
	FILTER_TEXT,
	FILTER_ESCAPE,     /* behind ESC */
	FILTER_SEQUENCE,   /* CSI */
	FILTER_STRING,     /* OSC, DCS, APC, PM or SOS */
	FILTER_STRING_END, /* behind ESC in one */
};

/* Zeroed: at the beginning of an output. */
struct filter {
	enum filter_state state;
	char held[FILTER_HELD]; /* of what is not whole yet, ESC and all */
	size_t count;
	bool over; /* it was longer, and is decided … */
	bool gone; /* … to be left out */
};

/* Appends what is shown of the output; `quiet`: without what is described above. A
 * sequence that is cut waits for its rest. */
void filter_output(struct filter *filter, const char *bytes, size_t len, bool quiet,
	struct buf *out);

#endif
