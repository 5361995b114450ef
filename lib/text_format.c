/* See text_format.h. */
#include "config.h"

#include "lib/text_format.h"

#include "lib/line_diff.h"
#include "lib/utf8.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

enum { SURROGATE = 0xd800, LOW_SURROGATE = 0xdc00, SURROGATES_END = 0xe000 };

const char *const text_encodings[] = {"utf-8", "utf-16le", "utf-16be", "latin1", NULL};
const char *const line_ends[] = {"lf", "crlf", "cr", "mixed", NULL};

static const char *const ends[] = {"\n", "\r\n", "\r"};

static const struct {
	const char *bytes;
	size_t len;
} marks[] = {
	[TEXT_UTF8] = {"\xef\xbb\xbf", 3},
	[TEXT_UTF16LE] = {"\xff\xfe", 2},
	[TEXT_UTF16BE] = {"\xfe\xff", 2},
	[TEXT_LATIN1] = {"", 0},
};

/* ---- characters ---- */

static void
put_utf8(struct buf *out, uint32_t c)
{
	char *to = buf_room(out, 4);
	size_t n = c < 0x80 ? 1 : c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;
	static const unsigned char heads[] = {0, 0, 0xc0, 0xe0, 0xf0};
	for (size_t i = n - 1; i > 0; i--, c >>= 6)
		to[i] = (char)(0x80 | (c & 0x3f));
	to[0] = (char)(heads[n] | c);
	out->len += n;
	out->data[out->len] = '\0';
}

static uint32_t
unit_at(const char *bytes, bool big)
{
	uint32_t first = (unsigned char)bytes[0], second = (unsigned char)bytes[1];
	return big ? first << 8 | second : second << 8 | first;
}

/* One character of UTF-16; its length in bytes, 0 when it is none. */
static size_t
utf16_decode(const char *bytes, size_t left, bool big, uint32_t *c)
{
	if (left < 2)
		return 0;
	*c = unit_at(bytes, big);
	if (*c < SURROGATE || *c >= SURROGATES_END)
		return 2;
	uint32_t low = left < 4 ? 0 : unit_at(bytes + 2, big);
	if (*c >= LOW_SURROGATE || low < LOW_SURROGATE || low >= SURROGATES_END)
		return 0;
	*c = 0x10000 + ((*c - SURROGATE) << 10) + (low - LOW_SURROGATE);
	return 4;
}

static void
put_unit(struct buf *out, uint32_t unit, bool big)
{
	buf_char(out, (char)(big ? unit >> 8 : unit & 0xff));
	buf_char(out, (char)(big ? unit & 0xff : unit >> 8));
}

static void
put_utf16(struct buf *out, uint32_t c, bool big)
{
	if (c < 0x10000) {
		put_unit(out, c, big);
		return;
	}
	put_unit(out, SURROGATE + ((c - 0x10000) >> 10), big);
	put_unit(out, LOW_SURROGATE + ((c - 0x10000) & 0x3ff), big);
}

/* One character; its length in bytes, 0 when it is none. */
static size_t
decode(const char *bytes, size_t left, enum text_encoding encoding, uint32_t *c)
{
	switch (encoding) {
	case TEXT_UTF8:
		return utf8_decode(bytes, left, c);
	case TEXT_LATIN1:
		*c = (unsigned char)*bytes;
		return 1;
	default:
		return utf16_decode(bytes, left, encoding == TEXT_UTF16BE, c);
	}
}

/* ---- which it is ---- */

/* Controls that no text has are rare in one that a person would edit. */
static bool
looks_like_latin1(const char *bytes, size_t len)
{
	size_t controls = 0;
	for (size_t i = 0; i < len; i++) {
		unsigned char c = (unsigned char)bytes[i];
		controls += c < 0x20 && !strchr("\t\n\r\f\033\b", c);
	}
	return controls * 256 <= len;
}

static bool
has_mark(const char *bytes, size_t len, enum text_encoding encoding)
{
	size_t n = marks[encoding].len;
	return n && len >= n && memcmp(bytes, marks[encoding].bytes, n) == 0;
}

struct counts {
	size_t lf, crlf, cr;
	bool nul;
};

/* False: not in this encoding. */
static bool
count_ends(const char *bytes, size_t len, enum text_encoding encoding, struct counts *n)
{
	uint32_t c = 0, before = 0;
	*n = (struct counts){0};
	for (size_t at = 0; at < len; before = c) {
		size_t size = decode(bytes + at, len - at, encoding, &c);
		if (size == 0)
			return false;
		at += size;
		n->nul = n->nul || c == 0;
		if (c == '\r')
			n->cr++;
		else if (c == '\n' && before == '\r')
			n->crlf++, n->cr--;
		else if (c == '\n')
			n->lf++;
	}
	return true;
}

static enum line_end
line_end_of(const struct counts *n)
{
	int kinds = (n->lf > 0) + (n->crlf > 0) + (n->cr > 0);
	if (kinds > 1)
		return LINE_END_MIXED;
	return n->crlf ? LINE_END_CRLF : n->cr ? LINE_END_CR : LINE_END_LF;
}

bool
text_format_detect(const char *bytes, size_t len, struct text_format *format)
{
	struct counts n;
	*format = (struct text_format){0};
	for (int i = TEXT_UTF8; i <= TEXT_UTF16BE; i++)
		if (has_mark(bytes, len, i))
			*format = (struct text_format){.encoding = i, .bom = true};
	size_t skip = format->bom ? marks[format->encoding].len : 0;
	bool good = count_ends(bytes + skip, len - skip, format->encoding, &n);
	if (!good && format->encoding == TEXT_UTF8) {
		*format = (struct text_format){.encoding = TEXT_LATIN1};
		good = looks_like_latin1(bytes, len) &&
			count_ends(bytes, len, TEXT_LATIN1, &n);
	}
	if (!good || n.nul)
		return false;
	format->line_end = line_end_of(&n);
	return true;
}

/* ---- to UTF-8 ---- */

/* With line ends as they are. */
static void
decode_all(struct buf *out, const char *bytes, size_t len,
	const struct text_format *format)
{
	uint32_t c;
	size_t n,
		at = format->bom && has_mark(bytes, len, format->encoding)
		? marks[format->encoding].len
		: 0;
	if (format->encoding == TEXT_UTF8) {
		buf_add(out, bytes + at, len - at);
		return;
	}
	for (; at < len && (n = decode(bytes + at, len - at, format->encoding, &c)) > 0;
		at += n)
		put_utf8(out, c);
}

/* The length of the line end that begins here, and which it is; 0: none does. */
static size_t
end_at(const char *text, size_t left, enum line_end *which)
{
	if (*text == '\n')
		return *which = LINE_END_LF, 1;
	if (*text != '\r')
		return 0;
	*which = left > 1 && text[1] == '\n' ? LINE_END_CRLF : LINE_END_CR;
	return *which == LINE_END_CRLF ? 2 : 1;
}

/* Appends the text with line feeds; tells each line end in `told` unless that is NULL. */
static void
with_line_feeds(struct buf *out, const char *text, size_t len, struct buf *told)
{
	enum line_end which;
	size_t from = 0, n;
	for (size_t at = 0; at < len;) {
		if ((n = end_at(text + at, len - at, &which)) == 0) {
			at++;
			continue;
		}
		buf_add(out, text + from, at - from);
		buf_char(out, '\n');
		if (told)
			buf_char(told, (char)which);
		from = at += n;
	}
	buf_add(out, text + from, len - from);
}

void
text_format_decode(struct buf *out, const char *bytes, size_t len,
	const struct text_format *format)
{
	struct buf text = BUF_INIT;
	decode_all(&text, bytes, len, format);
	with_line_feeds(out, text.data, text.len, NULL);
	buf_free(&text);
}

/* ---- from UTF-8 ---- */

static void
with_ends(struct buf *out, const char *text, size_t len, const char *end)
{
	const char *newline;
	while ((newline = memchr(text, '\n', len))) {
		size_t n = (size_t)(newline - text);
		buf_add(out, text, n);
		buf_str(out, end);
		text += n + 1;
		len -= n + 1;
	}
	buf_add(out, text, len);
}

/* Walks through both texts: lines that are in both keep their ends. */
static void
put_mixed(struct buf *out, const struct line_diff *d, const struct buf *told)
{
	size_t old = 0;
	enum line_end end = told->len ? (enum line_end)told->data[0] : LINE_END_LF;
	for (size_t i = 0; i < d->after.count; i++) {
		while (old < d->before.count && d->before.changed[old])
			old++;
		if (!d->after.changed[i]) {
			if (old < told->len)
				end = (enum line_end)told->data[old];
			old++;
		}
		with_ends(out, d->after.text + d->after.start[i],
			d->after.start[i + 1] - d->after.start[i], ends[end]);
	}
}

static void
with_old_ends(struct buf *out, const char *text, size_t len,
	const struct text_format *format, const char *old, size_t old_len)
{
	struct buf raw = BUF_INIT, plain = BUF_INIT, told = BUF_INIT;
	struct line_diff d;
	decode_all(&raw, old, old_len, format);
	with_line_feeds(&plain, raw.data, raw.len, &told);
	line_diff_make(&d, plain.data ? plain.data : "", plain.len, text, len);
	put_mixed(out, &d, &told);
	line_diff_free(&d);
	buf_free(&raw);
	buf_free(&plain);
	buf_free(&told);
}

static int
encode_all(struct buf *out, const char *text, size_t len, enum text_encoding encoding,
	struct err *e)
{
	uint32_t c = 0;
	size_t n;
	if (encoding == TEXT_UTF8) {
		buf_add(out, text, len);
		return 0;
	}
	for (size_t at = 0; at < len; at += n) {
		n = utf8_decode(text + at, len - at, &c);
		if (n == 0)
			return err_set(e, 422, "editor.encoding",
				"The text is not valid UTF-8.");
		if (encoding != TEXT_LATIN1)
			put_utf16(out, c, encoding == TEXT_UTF16BE);
		else if (c <= 0xff)
			buf_char(out, (char)c);
		else
			return err_set(e, 422, "editor.encoding",
				"Latin-1 has no character \"%.*s\"; save the file as "
				"UTF-8 to keep it.",
				(int)n, text + at);
	}
	return 0;
}

int
text_format_encode(struct buf *out, const char *text, size_t len,
	const struct text_format *format, const char *old, size_t old_len, struct err *e)
{
	struct buf lines = BUF_INIT, plain = BUF_INIT;
	bool mixed = format->line_end == LINE_END_MIXED;
	with_line_feeds(&plain, text, len, NULL);
	const char *from = plain.data ? plain.data : "";
	if (mixed && memchr(text, '\r', len))
		buf_add(&lines, text, len);
	else if (mixed && old)
		with_old_ends(&lines, from, plain.len, format, old, old_len);
	else
		with_ends(&lines, from, plain.len,
			ends[format->line_end % LINE_END_MIXED]);
	if (format->bom)
		buf_add(out, marks[format->encoding].bytes, marks[format->encoding].len);
	int rc = encode_all(out, lines.data ? lines.data : "", lines.len,
		format->encoding, e);
	buf_free(&lines);
	buf_free(&plain);
	return rc;
}
