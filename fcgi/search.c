/* See search.h: what both ways of searching share. */
#include "config.h"

#include "fcgi/search.h"

#include "lib/json.h"
#include "lib/path_text.h"
#include "lib/utf8.h"

#include <string.h>

enum { BEFORE = 80 }; /* characters shown before a match that is far to the right */

/* The line as text, character by character, so that places in bytes become places in
 * characters. */
struct line {
	const char *bytes;
	size_t len;
};

/* Bytes of the character at `at`; 1 for what is none. */
static size_t
step(const struct line *line, size_t at)
{
	size_t n = utf8_decode(line->bytes + at, line->len - at, NULL);
	return n ? n : 1;
}

static int64_t
characters(const struct line *line, size_t from, size_t to)
{
	int64_t count = 0;
	for (size_t at = from; at < to && at < line->len; at += step(line, at))
		count++;
	return count;
}

/* Where the part begins that is shown, so that the first match is in it. */
static size_t
find_start(const struct line *line, size_t match)
{
	int64_t before = characters(line, 0, match), skip = 0;
	size_t at = 0;
	if (before > SEARCH_TEXT_MAX - BEFORE)
		skip = before - BEFORE;
	for (; skip > 0; skip--)
		at += step(line, at);
	return at;
}

static size_t
find_end(const struct line *line, size_t start)
{
	size_t at = start;
	for (int i = 0; i < SEARCH_TEXT_MAX && at < line->len; i++)
		at += step(line, at);
	return at < line->len ? at : line->len;
}

static void
put_ranges(struct buf *b, const struct line *line, size_t start, size_t end,
	const struct search_range *ranges, int count)
{
	json_begin(b, '[');
	for (int i = 0; i < count && i < SEARCH_RANGES && ranges[i].from < end; i++) {
		size_t to = ranges[i].to < end ? ranges[i].to : end;
		json_begin(b, '[');
		json_int(b, characters(line, start, ranges[i].from));
		json_int(b, characters(line, start, to));
		json_end(b, ']');
	}
	json_end(b, ']');
}

bool
search_add(struct search *s, const char *path, int64_t number, const char *text,
	size_t len, const struct search_range *ranges, int count)
{
	const struct line line = {text, len};
	struct buf *b = &s->items;
	if (s->count == s->limit) {
		s->truncated = true;
		return false;
	}
	size_t first = count && ranges[0].from < len ? ranges[0].from : 0;
	size_t start = find_start(&line, first), end = find_end(&line, start);
	if (s->count++)
		buf_char(b, ',');
	/* By itself, since the writer puts commas by what stands before. */
	struct buf one = BUF_INIT;
	json_begin(&one, '{');
	json_key(&one, "path"), path_text_json(&one, path);
	json_key(&one, "line"), json_int(&one, number);
	json_key(&one, "column"), json_int(&one, characters(&line, 0, first) + 1);
	json_key(&one, "text"), json_string_n(&one, text + start, end - start);
	json_key(&one, "matches"), put_ranges(&one, &line, start, end, ranges, count);
	json_end(&one, '}');
	buf_add(b, one.data, one.len);
	buf_free(&one);
	return true;
}
