/*
 * See attach_filter.h. The forms are those of xterm's "Control Sequences", and what kitty
 * and others have added. C1 controls as single bytes are parts of characters here: a
 * session's output is UTF-8.
 */
#include "config.h"

#include "cli/attach_filter.h"

#include <stdlib.h>
#include <string.h>

#define COUNT(array) (sizeof(array) / sizeof *(array))

enum { ENQ = 0x05, BEL = 0x07, CAN = 0x18, SUB = 0x1a, ESC = 0x1b };

/* Control sequences by what is between the numbers and around them. */
static const struct question {
	char prefix;       /* in front of the numbers, or 0 */
	char intermediate; /* behind them, or 0 */
	char final;
	int least, most; /* the first number; most 0: any */
} questions[] = {
	{0, 0, 'c', 0, 0},                          /* DA1 */
	{'>', 0, 'c', 0, 0},                        /* DA2 */
	{'=', 0, 'c', 0, 0},                        /* DA3 */
	{0, 0, 'n', 0, 0},                          /* DSR */
	{'?', 0, 'n', 0, 0},                        /* the same, private */
	{0, '$', 'p', 0, 0},                        /* DECRQM */
	{'?', '$', 'p', 0, 0}, {'>', 0, 'q', 0, 0}, /* XTVERSION */
	{0, 0, 'x', 0, 0},                          /* DECREQTPARM */
	{0, 0, 't', 11, 21},                        /* the window */
	{'?', 0, 'u', 0, 0},                        /* kitty's keyboard */
	{'?', 0, 'm', 0, 0},                        /* XTQMODKEYS */
	{'?', 0, 'S', 0, 0},                        /* XTSMGRAPHICS */
	{0, '*', 'y', 0, 0},                        /* DECRQCRA */
	{0, '$', 'w', 0, 0},                        /* DECRQPSR */
	{0, '$', 'u', 0, 0},                        /* DECRQTSR */
	{0, '&', 'u', 0, 0},                        /* DECRQUPSS */
	{0, 0, 'J', 3, 3},                          /* the lines above the screen */
};

/* Strings by how they begin: behind the numbers of a DCS. */
static const struct {
	char kind;
	const char *begins;
} strings[] = {
	{']', "52;"},                             /* clipboard */
	{']', "9;"},                              /* notifications */
	{']', "99;"}, {']', "777;"}, {'P', "$q"}, /* DECRQSS */
	{'P', "+q"},                              /* XTGETTCAP */
	{'_', "G"}, /* kitty's pictures, which are answered */
};

static bool
is_between(char c, char low, char high)
{
	return c >= low && c <= high;
}

/* held: ESC [ prefix numbers intermediate final. */
static bool
is_question(const struct filter *f)
{
	const char *held = f->held + 2, *end = f->held + f->count - 1;
	char prefix = is_between(*held, '<', '?') ? *held++ : 0;
	char before = end > held ? end[-1] : 0;
	char intermediate = is_between(before, ' ', '/') ? before : 0;
	long number = strtol(held, NULL, 10);
	for (size_t i = 0; i < COUNT(questions); i++) {
		const struct question *q = &questions[i];
		if (q->prefix == prefix && q->intermediate == intermediate &&
			q->final == *end &&
			(!q->most || (number >= q->least && number <= q->most)))
			return true;
	}
	return false;
}

static bool
is_acting_string(const struct filter *f)
{
	char kind = f->held[1];
	const char *text = f->held + 2;
	if (kind == 'P')
		text += strspn(text, "0123456789;:<=>?");
	for (size_t i = 0; i < COUNT(strings); i++)
		if (strings[i].kind == kind &&
			strncmp(text, strings[i].begins, strlen(strings[i].begins)) == 0)
			return true;
	return kind == ']' && strstr(text, ";?"); /* colours, and more of the kind */
}

static bool
is_unwanted(struct filter *f)
{
	f->held[f->count] = '\0';
	if (f->state == FILTER_SEQUENCE)
		return is_question(f);
	if (f->state == FILTER_ESCAPE)
		return f->count == 2 && f->held[1] == 'Z'; /* DECID */
	return is_acting_string(f);
}

static void
let_go(struct filter *f, bool quiet, struct buf *out)
{
	if (!f->over)
		f->gone = quiet && is_unwanted(f);
	if (!f->gone)
		buf_add(out, f->held, f->count);
	f->count = 0;
}

static void
end(struct filter *f, bool quiet, struct buf *out)
{
	let_go(f, quiet, out);
	f->state = FILTER_TEXT;
	f->over = f->gone = false;
}

static void
hold(struct filter *f, char c, bool quiet, struct buf *out)
{
	if (!c)
		return; /* terminals take no notice of it */
	if (f->count == FILTER_HELD - 1) {
		let_go(f, quiet, out);
		f->over = true;
	}
	f->held[f->count++] = c;
}

static void
begin(struct filter *f, char c)
{
	f->state = FILTER_ESCAPE;
	f->held[0] = c;
	f->count = 1;
}

static void
text(struct filter *f, char c, bool quiet, struct buf *out)
{
	if (c == ESC)
		begin(f, c);
	else if (!quiet || (c != ENQ && c != BEL))
		buf_char(out, c);
}

static void
escape(struct filter *f, char c, bool quiet, struct buf *out)
{
	hold(f, c, quiet, out);
	if (c == '[')
		f->state = FILTER_SEQUENCE;
	else if (c && strchr("]P_^X", c))
		f->state = FILTER_STRING;
	else if (!is_between(c, ' ', '/'))
		end(f, quiet, out);
}

static void
sequence(struct filter *f, char c, bool quiet, struct buf *out)
{
	hold(f, c, quiet, out);
	if (is_between(c, '@', '~'))
		end(f, quiet, out);
}

static void
string(struct filter *f, char c, bool quiet, struct buf *out)
{
	hold(f, c, quiet, out);
	if (c == ESC)
		f->state = FILTER_STRING_END;
	else if (c == BEL)
		end(f, quiet, out);
}

/* Anything but a backslash begins something else: the string ends without its end. */
static void
string_end(struct filter *f, char c, bool quiet, struct buf *out)
{
	if (c == '\\') {
		hold(f, c, quiet, out);
		end(f, quiet, out);
		return;
	}
	f->count--;
	end(f, quiet, out);
	begin(f, ESC);
	escape(f, c, quiet, out);
}

static void (*const steps[])(struct filter *f, char c, bool quiet, struct buf *out) = {
	[FILTER_TEXT] = text,
	[FILTER_ESCAPE] = escape,
	[FILTER_SEQUENCE] = sequence,
	[FILTER_STRING] = string,
	[FILTER_STRING_END] = string_end,
};

/* What breaks off whatever has begun, or begins anew. */
static bool
breaks(const struct filter *f, char c)
{
	bool short_one = f->state == FILTER_ESCAPE || f->state == FILTER_SEQUENCE;
	return c == CAN || c == SUB || (c == ESC && short_one);
}

void
filter_output(struct filter *f, const char *bytes, size_t len, bool quiet,
	struct buf *out)
{
	for (size_t i = 0; i < len; i++) {
		if (f->state != FILTER_TEXT && breaks(f, bytes[i])) {
			end(f, quiet, out);
			text(f, bytes[i], quiet, out);
			continue;
		}
		steps[f->state](f, bytes[i], quiet, out);
	}
}
