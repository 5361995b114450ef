/*
 * See json.h. The writer keeps no state: whether a comma is due is read off the last byte
 * written, which after a complete value is never one of `{ [ , :` or a blank or a
 * newline.
 */
#include "config.h"

#include "lib/json.h"

#include "lib/crypt.h"
#include "lib/utf8.h"

#include <json-c/json.h>

#include <string.h>

enum { MAX_DEPTH = 32 };

static int
broken(struct err *e, size_t at)
{
	return err_set(e, 400, "request.json", "The JSON is broken at byte %zu.", at);
}

static size_t
count_members(struct json_object *value)
{
	size_t count = 0;
	if (json_object_is_type(value, json_type_array))
		for (size_t i = 0; i < json_object_array_length(value); i++)
			count += count_members(json_object_array_get_idx(value, i));
	if (!json_object_is_type(value, json_type_object))
		return count;
	json_object_object_foreach(value, name, member)
	{
		(void)name;
		count += 1 + count_members(member);
	}
	return count;
}

/* Refuses what json-c lets pass in a text that is JSON otherwise: NaN and Infinity,
 * controls as they are in strings, whatever follows a NUL, and names that come twice in
 * an object, of which it keeps one. Each name stands before a colon. */
static int
check_strictly(struct json_object *value, const char *text, size_t len, struct err *e)
{
	size_t names = 0;
	bool quoted = false;
	for (size_t i = 0; i < len; i++) {
		unsigned char c = (unsigned char)text[i];
		if (c == '\0' || (quoted ? c < 0x20 : c == 'N' || c == 'I'))
			return broken(e, i);
		if (c == '"')
			quoted = !quoted;
		else if (quoted && c == '\\')
			i++;
		else if (!quoted && c == ':')
			names++;
	}
	if (names == count_members(value))
		return 0;
	return err_set(e, 400, "request.json", "A name comes twice in the JSON.");
}

/* json-c's part. Returns the value, or NULL. */
static struct json_object *
parse(struct json_tokener *tokener, const char *text, size_t len, struct err *e)
{
	json_tokener_set_flags(tokener, JSON_TOKENER_STRICT | JSON_TOKENER_VALIDATE_UTF8);
	struct json_object *value = json_tokener_parse_ex(tokener, text, (int)len);
	bool ended = json_tokener_get_error(tokener) == json_tokener_continue;
	if (ended)
		value = json_tokener_parse_ex(tokener, "", -1); /* ends a bare number */
	enum json_tokener_error error = json_tokener_get_error(tokener);
	if (error == json_tokener_success && value)
		return value;
	json_object_put(value);
	if (ended)
		err_set(e, 400, "request.json", "The JSON ends too early.");
	else if (error == json_tokener_error_depth)
		err_set(e, 400, "request.json",
			"The JSON is nested deeper than %d levels.", MAX_DEPTH);
	else
		broken(e, json_tokener_get_parse_end(tokener));
	return NULL;
}

int
json_parse(struct json_object **out, const char *text, size_t len, struct err *e)
{
	struct json_tokener *tokener = json_tokener_new_ex(MAX_DEPTH);
	*out = NULL;
	if (!tokener)
		return err_set(e, 500, "internal", "There is no memory to read JSON.");
	struct json_object *value = parse(tokener, text, len, e);
	json_tokener_free(tokener);
	if (!value)
		return -1;
	if (check_strictly(value, text, len, e) != 0) {
		json_object_put(value);
		return -1;
	}
	*out = value;
	return 0;
}

/* Puts a comma where one is due and returns where the value goes, with room for `most`
 * bytes; the caller adds to b->len. */
static char *
place(struct buf *b, size_t most)
{
	char *to = buf_room(b, most + 1);
	char last = b->len ? to[-1] : ' ';
	if (last == '{' || last == '[' || last == ',' || last == ':' || last == ' ' ||
		last == '\n')
		return to;
	b->len++;
	*to++ = ',';
	return to;
}

void
json_begin(struct buf *b, char bracket)
{
	char *to = place(b, 1);
	to[0] = bracket;
	to[1] = '\0';
	b->len++;
}

void
json_end(struct buf *b, char bracket)
{
	buf_char(b, bracket);
}

void
json_key(struct buf *b, const char *key)
{
	size_t n = strlen(key);
	char *to = place(b, n + 3);
	*to++ = '"';
	memcpy(to, key, n);
	memcpy(to + n, "\":", 3);
	b->len += n + 3;
}

static void
put_escaped(struct buf *b, unsigned char c)
{
	static const char names[0x20] =
		{['\b'] = 'b', ['\f'] = 'f', ['\n'] = 'n', ['\r'] = 'r', ['\t'] = 't'};
	if (c == '"' || c == '\\')
		buf_printf(b, "\\%c", c);
	else if (c < 0x20 && names[c])
		buf_printf(b, "\\%c", names[c]);
	else
		buf_printf(b, "\\u%04x", c);
}

static bool
is_plain(unsigned char c)
{
	return c >= 0x20 && c < 0x7f && c != '"' && c != '\\';
}

/* How many bytes from here can stand in a string as they are; eight at a time as long as
 * none of them, taken as a number, sets its highest bit in one of these sums. */
static size_t
plain_run(const char *text, size_t len)
{
	const uint64_t each = 0x0101010101010101;
	size_t n = 0;
	for (uint64_t x; n + sizeof x <= len; n += sizeof x) {
		memcpy(&x, text + n, sizeof x);
		uint64_t odd = x | (x + each) | (x - each * 0x20) |
			((x ^ each * '"') - each) | ((x ^ each * '\\') - each);
		if (odd & each * 0x80)
			break;
	}
	while (n < len && is_plain((unsigned char)text[n]))
		n++;
	return n;
}

/* What cannot stand as it is: one character, or one byte that is none. Returns its
 * length.
 */
static size_t
put_special(struct buf *b, const char *text, size_t len)
{
	size_t n = (unsigned char)*text < 0x80 ? 0 : utf8_decode(text, len, NULL);
	if (n) {
		buf_add(b, text, n);
		return n;
	}
	if ((unsigned char)*text >= 0x80)
		buf_str(b, "\xef\xbf\xbd");
	else
		put_escaped(b, (unsigned char)*text);
	return 1;
}

void
json_string_n(struct buf *b, const char *text, size_t len)
{
	*place(b, len + 2) = '"';
	b->len++;
	for (size_t i = 0; i < len;) {
		size_t n = plain_run(text + i, len - i);
		buf_add(b, text + i, n);
		i += n;
		if (i < len)
			i += put_special(b, text + i, len - i);
	}
	buf_char(b, '"');
}

void
json_string(struct buf *b, const char *text)
{
	if (text)
		json_string_n(b, text, strlen(text));
	else
		json_null(b);
}

/* By hand, since a list of sessions is half numbers and printf() takes its time. */
void
json_int(struct buf *b, int64_t value)
{
	char digits[24], *end = digits + sizeof digits, *at = end;
	uint64_t left = value < 0 ? -(uint64_t)value : (uint64_t)value;
	for (; left >= 10; left /= 100) {
		unsigned two = (unsigned)(left % 100);
		*--at = (char)('0' + two % 10);
		*--at = (char)('0' + two / 10);
	}
	if (left || at == end)
		*--at = (char)('0' + left);
	if (value < 0)
		*--at = '-';
	size_t n = (size_t)(end - at);
	memcpy(place(b, sizeof digits), at, n);
	b->len += n;
	b->data[b->len] = '\0';
}

void
json_truth(struct buf *b, bool value)
{
	json_raw(b, value ? "true" : "false");
}

void
json_null(struct buf *b)
{
	json_raw(b, "null");
}

void
json_maybe(struct buf *b, const char *key, int64_t value, int64_t none)
{
	json_key(b, key);
	if (value == none)
		json_null(b);
	else
		json_int(b, value);
}

void
json_raw(struct buf *b, const char *json)
{
	const char *text = json ? json : "null";
	size_t n = strlen(text);
	memcpy(place(b, n), text, n + 1);
	b->len += n;
}

void
json_base64(struct buf *b, const void *bytes, size_t len)
{
	*place(b, 1) = '"';
	b->len++;
	crypt_base64(b, bytes, len);
	buf_char(b, '"');
}
