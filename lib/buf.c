/* The growing buffer and the allocation helpers of buf.h. Growth doubles, so appending n
 * bytes one at a time costs O(n). */
#include "config.h"

#include "lib/buf.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void
out_of_memory(void)
{
	static const char text[] = "dispatch: out of memory\n";
	fwrite(text, 1, sizeof text - 1, stderr);
	abort();
}

void *
xcalloc(size_t count, size_t size)
{
	void *p = calloc(count, size ? size : 1);
	if (!p)
		out_of_memory();
	return p;
}

void *
xrealloc(void *p, size_t size)
{
	p = realloc(p, size ? size : 1);
	if (!p)
		out_of_memory();
	return p;
}

char *
xstrdup(const char *text)
{
	return text ? xstrndup(text, strlen(text)) : NULL;
}

char *
xstrndup(const char *text, size_t len)
{
	char *copy = xcalloc(len + 1, 1);
	memcpy(copy, text, len);
	return copy;
}

static void
add_formatted(struct buf *b, const char *format, va_list args)
{
	va_list again;
	va_copy(again, args);
	int n = vsnprintf(NULL, 0, format, args);
	if (n < 0)
		abort();
	vsnprintf(buf_room(b, (size_t)n), (size_t)n + 1, format, again);
	va_end(again);
	b->len += (size_t)n;
}

char *
xasprintf(const char *format, ...)
{
	struct buf b = BUF_INIT;
	va_list args;
	va_start(args, format);
	add_formatted(&b, format, args);
	va_end(args);
	return buf_take(&b);
}

char *
buf_room(struct buf *b, size_t more)
{
	if (more > (size_t)-1 / 4 - b->len)
		out_of_memory();
	size_t need = b->len + more + 1;
	if (need > b->size) {
		size_t size = b->size ? b->size : 64;
		while (size < need)
			size *= 2;
		b->data = xrealloc(b->data, size);
		b->size = size;
	}
	return b->data + b->len;
}

void
buf_add(struct buf *b, const void *bytes, size_t len)
{
	char *to = buf_room(b, len);
	if (len)
		memcpy(to, bytes, len);
	b->len += len;
	b->data[b->len] = '\0';
}

void
buf_str(struct buf *b, const char *text)
{
	buf_add(b, text, strlen(text));
}

void
buf_char(struct buf *b, char c)
{
	char *to = buf_room(b, 1);
	to[0] = c;
	to[1] = '\0';
	b->len++;
}

void
buf_printf(struct buf *b, const char *format, ...)
{
	va_list args;
	va_start(args, format);
	add_formatted(b, format, args);
	va_end(args);
}

void
buf_clear(struct buf *b)
{
	b->len = 0;
	if (b->data)
		b->data[0] = '\0';
}

void
buf_free(struct buf *b)
{
	free(b->data);
	*b = BUF_INIT;
}

char *
buf_take(struct buf *b)
{
	buf_room(b, 0)[0] = '\0';
	char *data = b->data;
	*b = BUF_INIT;
	return data;
}
