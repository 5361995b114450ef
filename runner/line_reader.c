/* See line_reader.h. */
#include "config.h"

#include "runner/line_reader.h"

#include "lib/store/partial.h"

#include <string.h>

enum { KEEP_BYTES = 64 * 1024 }; /* of memory, for the next line */

static void
next_line(struct line_reader *r)
{
	if (r->text.size > KEEP_BYTES)
		buf_free(&r->text);
	else
		buf_clear(&r->text);
	r->skipping = false;
	r->line++;
}

/* Up to and with the newline, which ends the line. */
static void
finish_line(struct line_reader *r, const char *bytes, size_t len,
	const struct line_handler *handler, void *arg)
{
	if (!r->skipping) {
		buf_add(&r->text, bytes, len);
		handler->line(arg, r->text.len ? r->text.data : "", r->text.len);
	}
	next_line(r);
}

void
line_reader_feed(struct line_reader *r, const char *bytes, size_t len,
	const struct line_handler *handler, void *arg)
{
	const char *newline;
	while ((newline = memchr(bytes, '\n', len))) {
		size_t n = (size_t)(newline - bytes);
		finish_line(r, bytes, n, handler, arg);
		bytes += n + 1;
		len -= n + 1;
	}
	if (r->skipping || len == 0)
		return;
	buf_add(&r->text, bytes, len);
	if (r->text.len <= (r->most ? r->most : LINE_BYTES_MAX))
		return;
	handler->too_long(arg, r->text.data, r->text.len);
	buf_free(&r->text);
	r->skipping = true;
}

void
line_reader_end(struct line_reader *r, const struct line_handler *handler, void *arg)
{
	if (r->text.len || r->skipping)
		finish_line(r, "", 0, handler, arg);
}

int
line_reader_load(struct line_reader *r, struct db *db, int64_t session, struct err *e)
{
	int skip = partial_load(db, session, &r->text, e);
	if (skip < 0)
		return -1;
	r->skipping = skip;
	if (skip)
		buf_clear(&r->text);
	r->stored = (struct line_place){.bytes = r->text.len, .skipping = r->skipping};
	return 0;
}

int
line_reader_save(struct line_reader *r, struct db *db, int64_t session, struct err *e)
{
	struct line_place old = r->stored;
	if (old.line != r->line) {
		if ((old.bytes || old.skipping) && partial_clear(db, session, e) != 0)
			return -1;
		old = (struct line_place){.line = r->line};
	}
	if (r->text.len > old.bytes &&
		partial_add(db, session, r->text.data + old.bytes,
			r->text.len - old.bytes, e) != 0)
		return -1;
	if (r->skipping && !old.skipping && partial_add(db, session, NULL, 0, e) != 0)
		return -1;
	r->staged = (struct line_place){r->line, r->text.len, r->skipping};
	return 0;
}

void
line_reader_saved(struct line_reader *r)
{
	r->stored = r->staged;
}

void
line_reader_free(struct line_reader *r)
{
	buf_free(&r->text);
	*r = (struct line_reader){0};
}
