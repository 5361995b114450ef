/*
 * See json.h. The writer keeps no state: whether a comma is due is read off the last byte
 * written, which after a complete value is never one of `{ [ , :` or a blank.
 */
#include "config.h"

#include "lib/json.h"

#include "lib/crypt.h"

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
	json_string(b, key);
	buf_char(b, ':');
}

/* Bytes of the UTF-8 sequence at s (RFC 3629: no overlong forms, no surrogates), 0 if none. */
static size_t
utf8_length(const unsigned char *s, size_t left)
{
	static const struct {
		unsigned char mask, lead, low, high; /* bounds of the second byte */
		size_t length;
	} forms[] = {
		{0xff, 0xe0, 0xa0, 0xbf, 3}, {0xff, 0xed, 0x80, 0x9f, 3},
		{0xf0, 0xe0, 0x80, 0xbf, 3}, {0xff, 0xf0, 0x90, 0xbf, 4},
		{0xff, 0xf4, 0x80, 0x8f, 4}, {0xe0, 0xc0, 0x80, 0xbf, 2},
	};
	if (*s < 0x80)
		return 1;
	if (*s == 0xc0 || *s == 0xc1)
		return 0;
	size_t length = 0;
	for (size_t i = 0; i < sizeof forms / sizeof *forms && !length; i++) {
		bool fits = (*s & forms[i].mask) == forms[i].lead;
		if (fits && left > 1 && (s[1] < forms[i].low || s[1] > forms[i].high))
			return 0;
		if (fits)
			length = forms[i].length;
	}
	if (!length && *s > 0xf0 && *s < 0xf4)
		length = 4;
	if (!length || length > left)
		return 0;
	for (size_t i = 1; i < length; i++)
		if ((s[i] & 0xc0) != 0x80)
			return 0;
	return length;
}

static void
put_escaped(struct buf *b, unsigned char c)
{
	static const char names[0x20] = {
		['\b'] = 'b', ['\f'] = 'f', ['\n'] = 'n', ['\r'] = 'r', ['\t'] = 't'};
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
		size_t n = s[i] < 0x80 ? 0 : utf8_length(s + i, len - i);
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

void
json_int(struct buf *b, int64_t value)
{
	separate(b);
	buf_printf(b, "%lld", (long long)value);
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
