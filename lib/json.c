/*
 * See json.h. The writer keeps no state: whether a comma is due is read off the last byte
 * written, which after a complete value is never one of `{ [ , :` or a blank.
 */
#include "config.h"

#include "lib/json.h"

#include "lib/crypt.h"
#include "lib/utf8.h"

#include <json-c/json.h>

#include <string.h>

enum { MAX_DEPTH = 32 };

int
json_parse(struct json_object **out, const char *text, size_t len, struct err *e)
{
	struct json_tokener *tokener = json_tokener_new_ex(MAX_DEPTH);
	*out = NULL;
	if (!tokener)
		return err_set(e, 500, "internal", "There is no memory to read JSON.");
	json_tokener_set_flags(tokener, JSON_TOKENER_STRICT | JSON_TOKENER_VALIDATE_UTF8);
	struct json_object *value = json_tokener_parse_ex(tokener, text, (int)len);
	enum json_tokener_error error = json_tokener_get_error(tokener);
	if (error == json_tokener_continue) /* a bare number ends only here */
		value = json_tokener_parse_ex(tokener, "", -1);
	error = json_tokener_get_error(tokener);
	size_t end = json_tokener_get_parse_end(tokener);
	json_tokener_free(tokener);
	if (error == json_tokener_success && value) {
		*out = value;
		return 0;
	}
	json_object_put(value);
	if (error == json_tokener_continue)
		return err_set(e, 400, "request.json", "The JSON ends too early.");
	if (error == json_tokener_error_depth)
		return err_set(e, 400, "request.json",
			"The JSON is nested deeper than %d levels.", MAX_DEPTH);
	return err_set(e, 400, "request.json", "The JSON is broken at byte %zu.", end);
}

static void
separate(struct buf *b)
{
	if (b->len && !strchr("{[,: ", b->data[b->len - 1]))
		buf_char(b, ',');
}

void
json_begin(struct buf *b, char bracket)
{
	separate(b);
	buf_char(b, bracket);
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
	separate(b);
	char *to = buf_room(b, n + 3);
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

void
json_string_n(struct buf *b, const char *text, size_t len)
{
	const unsigned char *s = (const unsigned char *)text;
	separate(b);
	buf_char(b, '"');
	for (size_t i = 0, plain = 0; i <= len; i++) {
		bool end = i == len;
		if (!end && s[i] >= 0x20 && s[i] < 0x7f && s[i] != '"' && s[i] != '\\')
			continue;
		buf_add(b, s + plain, i - plain);
		plain = i + 1;
		if (end)
			break;
		size_t n = s[i] < 0x80 ? 0 : utf8_decode(text + i, len - i, NULL);
		if (n) {
			buf_add(b, s + i, n);
			plain = (i += n - 1) + 1;
		} else if (s[i] >= 0x80) {
			buf_str(b, "\xef\xbf\xbd");
		} else {
			put_escaped(b, s[i]);
		}
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
	do
		*--at = (char)('0' + left % 10);
	while (left /= 10);
	if (value < 0)
		*--at = '-';
	separate(b);
	buf_add(b, at, (size_t)(end - at));
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
json_raw(struct buf *b, const char *json)
{
	separate(b);
	buf_str(b, json ? json : "null");
}

void
json_base64(struct buf *b, const void *bytes, size_t len)
{
	separate(b);
	buf_char(b, '"');
	crypt_base64(b, bytes, len);
	buf_char(b, '"');
}
