/* See path_text.h. */
#include "config.h"

#include "lib/path_text.h"

#include "lib/json.h"
#include "lib/utf8.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

enum { FIRST = 0xef00, LAST = 0xefff }; /* the characters that stand for bytes */

static bool
stands_for_byte(uint32_t c)
{
	return c >= FIRST && c <= LAST;
}

static void
add_byte(struct buf *out, unsigned char byte)
{
	const char text[] = {'\xee', (char)(0xbc | byte >> 6),
		(char)(0x80 | (byte & 0x3f))};
	buf_add(out, text, sizeof text);
}

void
path_text_add(struct buf *out, const char *bytes, size_t len)
{
	size_t done = 0;
	for (size_t i = 0; i < len;) {
		uint32_t c = 0;
		size_t n = utf8_decode(bytes + i, len - i, &c);
		if (n && c >= 0x20 && c != 0x7f && !stands_for_byte(c)) {
			i += n;
			continue;
		}
		buf_add(out, bytes + done, i - done);
		for (size_t end = i + (n ? n : 1); i < end; i++)
			add_byte(out, (unsigned char)bytes[i]);
		done = i;
	}
	buf_add(out, bytes + done, len - done);
}

char *
path_text(const char *path)
{
	struct buf out = BUF_INIT;
	path_text_add(&out, path, strlen(path));
	return buf_take(&out);
}

void
path_text_json(struct buf *out, const char *path)
{
	struct buf text = BUF_INIT;
	path_text_add(&text, path, strlen(path));
	json_string_n(out, text.data ? text.data : "", text.len);
	buf_free(&text);
}

/* Whether this is how the bytes are written. */
static bool
is_text_of(const struct buf *bytes, const char *text, size_t len)
{
	struct buf again = BUF_INIT;
	path_text_add(&again, bytes->data, bytes->len);
	bool same = again.len == len && (len == 0 || memcmp(again.data, text, len) == 0);
	buf_free(&again);
	return same;
}

char *
path_text_bytes(const char *text, size_t len)
{
	struct buf out = BUF_INIT;
	bool good = true;
	for (size_t i = 0; i < len && good;) {
		uint32_t c = 0;
		size_t n = utf8_decode(text + i, len - i, &c);
		good = n && c && c != FIRST;
		if (stands_for_byte(c))
			buf_char(&out, (char)(c - FIRST));
		else
			buf_add(&out, text + i, n);
		i += n;
	}
	if (good && is_text_of(&out, text, len))
		return buf_take(&out);
	buf_free(&out);
	return NULL;
}

bool
path_is_relative(const char *path)
{
	if (!*path)
		return true;
	if (strlen(path) > PATH_TEXT_BYTES)
		return false;
	for (;;) {
		size_t n = strcspn(path, "/");
		if (n == 0 || n > PATH_TEXT_SEGMENT || (n == 1 && path[0] == '.') ||
			(n == 2 && strncmp(path, "..", 2) == 0))
			return false;
		if (!path[n])
			return true;
		path += n + 1;
	}
}

char *
path_text_relative(const char *text, size_t len, const char *field, struct err *e)
{
	if (len == 1 && *text == '.')
		len = 0;
	char *path = len <= PATH_TEXT_MAX ? path_text_bytes(text, len) : NULL;
	if (path && path_is_relative(path))
		return path;
	free(path);
	err_field(e, field,
		"%s is not the path of something in the workspace: it must be relative, "
		"without empty, . and .. segments.",
		field);
	return NULL;
}
