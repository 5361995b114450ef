/*
 * Floods of plain lines. Of text that only adds lines at the bottom, no more than the
 * scrollback and the screen can be seen in the end; so such text waits here, and when
 * there is more of it than that, the oldest lines are dropped unread. Only the colours in
 * them are applied, since they hold on.
 *
 * That is exact while the normal buffer is shown with the whole screen as its scroll
 * region, for printable characters, CR, LF, TAB, BS and complete SGR: they change nothing
 * but rows, the cursor and the pen. What is kept begins behind a CR LF and has SCROLLBACK
 * + 2 * rows line ends, so that every row there was before has left the scrollback when
 * it was read, and everything is as full as it would be.
 *
 * At most WAITING_MAX bytes wait. When lines are so long that those that count do not
 * fit, they are read.
 */
#include "config.h"

#include "runner/terminal_model.h"

#include <string.h>

enum {
	WAITING_MAX = 512 * 1024,
	/* Less at a time is read at once. */
	WORTH_WAITING = 4096,
	SGR_MAX = 128,
};

static long
lines_that_count(const struct terminal *t)
{
	return TERMINAL_SCROLLBACK + 2 * t->rows;
}

/* Eight bytes that are all printable ASCII. */
static bool
is_plain_word(const uint8_t *s)
{
	const uint64_t ones = 0x0101010101010101u, high = 0x8080808080808080u;
	uint64_t w, low, del;
	memcpy(&w, s, sizeof w);
	low = (w - ones * 0x20) & ~w; /* high bit: below 0x20 */
	del = ((w ^ ones * 0x7f) - ones) & ~(w ^ ones * 0x7f);
	return !((w | low | del) & high);
}

/* The length of a complete SGR sequence at s; 0: it is none, -1: it may become one. */
static long
sgr_length(const uint8_t *s, size_t len)
{
	size_t i = 2;
	if (len >= 2 && s[1] != '[')
		return 0;
	while (i < len && i < SGR_MAX && s[i] >= 0x30 && s[i] <= 0x3b)
		i++;
	if (i >= len)
		return -1;
	return s[i] == 'm' ? (long)i + 1 : 0;
}

/* The length of what is plain at s, as above: a character or a sequence. */
static long
plain_length(const uint8_t *s, size_t len)
{
	if (*s == 0x1b)
		return sgr_length(s, len);
	if (*s == 0xc2 && len < 2)
		return -1;
	if (*s == 0xc2 && s[1] >= 0x80 && s[1] < 0xa0)
		return 0; /* a C1 control */
	return *s >= 0x80 || (*s >= 0x08 && *s <= 0x0a) || *s == '\r' ||
		(*s >= 0x20 && *s < 0x7f);
}

/* How much of s is plain; counts the line ends. *open: the rest may become plain. */
static size_t
scan(const uint8_t *s, size_t len, long *lines, bool *open)
{
	size_t i = 0;
	*open = false;
	while (i < len) {
		long n;
		while (i + 8 <= len && is_plain_word(s + i))
			i += 8;
		if (i == len)
			break;
		n = plain_length(s + i, len - i);
		if (n <= 0) {
			*open = n < 0;
			break;
		}
		*lines += s[i] == '\n';
		i += (size_t)n;
	}
	return i;
}

/* Applies the SGR sequences of text that nobody will see. */
static void
apply_colours(struct terminal *t, const uint8_t *s, size_t len)
{
	const uint8_t *end = s + len;
	while ((s = memchr(s, 0x1b, (size_t)(end - s)))) {
		long n = sgr_length(s, (size_t)(end - s));
		struct params params;
		params_read(&params, s + 2, (size_t)n - 3);
		terminal_sgr(t, &params);
		s += n;
	}
}

/* Drops the lines that do not count. */
static void
drop(struct terminal *t)
{
	struct forward *f = &t->forward;
	long keep = lines_that_count(t);
	char *at = f->text.data + f->scanned;
	if (f->lines <= keep)
		return;
	/* One line end more: what is kept begins behind it, and behind CR LF. */
	for (long n = 0; n <= keep && at; n++)
		at = memrchr(f->text.data, '\n', (size_t)(at - f->text.data));
	while (at && (at == f->text.data || at[-1] != '\r')) {
		at = memrchr(f->text.data, '\n', (size_t)(at - f->text.data));
		keep++;
	}
	if (!at)
		return;
	at++;
	apply_colours(t, (uint8_t *)f->text.data, (size_t)(at - f->text.data));
	f->text.len -= (size_t)(at - f->text.data);
	f->scanned -= (size_t)(at - f->text.data);
	memmove(f->text.data, at, f->text.len);
	f->lines = keep;
}

void
forward_flush(struct terminal *t)
{
	struct forward *f = &t->forward;
	struct buf text = f->text;
	if (!text.len)
		return;
	drop(t);
	text = f->text;
	f->text = BUF_INIT;
	f->scanned = 0;
	f->lines = 0;
	parser_write(t, (uint8_t *)text.data, text.len);
	buf_free(&text);
}

static bool
may_wait(const struct terminal *t)
{
	return !t->modes.reverse_wrap && t->active == &t->normal && t->normal.top == 0 &&
		t->normal.bottom == t->rows - 1 && parser_is_idle(&t->parser);
}

/* Takes bytes in; those that are not plain, and all before them, are read. Returns how
 * many were taken. */
static size_t
wait_or_read(struct terminal *t, const uint8_t *bytes, size_t len)
{
	struct forward *f = &t->forward;
	bool open;
	if (f->text.len + len > WAITING_MAX)
		drop(t);
	if (f->text.len + len > WAITING_MAX) {
		forward_flush(t);
		len = len > WAITING_MAX ? WAITING_MAX : len;
	}
	buf_add(&f->text, bytes, len);
	f->scanned += scan((uint8_t *)f->text.data + f->scanned, f->text.len - f->scanned,
		&f->lines, &open);
	if (f->scanned < f->text.len && !open)
		forward_flush(t);
	return len;
}

void
forward_write(struct terminal *t, const uint8_t *bytes, size_t len)
{
	size_t i = 0;
	while (i < len) {
		size_t left = len - i;
		if (!t->forward.text.len && (left < WORTH_WAITING || !may_wait(t))) {
			size_t piece = left < WORTH_WAITING ? left : WORTH_WAITING;
			parser_write(t, bytes + i, piece);
			i += piece;
			continue;
		}
		if (left > WAITING_MAX / 4)
			left = WAITING_MAX / 4;
		i += wait_or_read(t, bytes + i, left);
	}
}

void
forward_finish(struct terminal *t)
{
	buf_free(&t->forward.text);
}
