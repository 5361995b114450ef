/* See viewer.h. JSON is not parsed: the members that we need come early and once. */
#include "config.h"

#include "t/bench/viewer.h"

#include "t/bench/client.h"
#include "t/bench/instance.h"
#include "t/bench/measure.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
	READ_BYTES = 256 * 1024,
	SLACK_BYTES = 1 << 20, /* of what was used, before the rest is moved down */
	MEMBERS_BYTES = 2048,  /* members before "bytes" fit in here */
};

void
viewer_open(struct viewer *v, const struct instance *in, const char *id, int64_t seq,
	const char *more)
{
	struct buf b = BUF_INIT;
	char path[256];
	*v = (struct viewer){.fd = connect_tcp(in->port)};
	snprintf(path, sizeof path, "stream?s=%s:%lld&window=0%s", id, (long long)seq,
		more);
	/* As HTTP/1.0 it comes without the chunks of a transfer coding. */
	client_head(in, &b, "GET", path, 0, "");
	write_all(v->fd, b.data, b.len);
	buf_free(&b);
}

void
viewer_close(struct viewer *v)
{
	close(v->fd);
	buf_free(&v->in);
}

void
viewer_rewind(struct viewer *v)
{
	v->used = v->head;
}

static void
make_room(struct viewer *v)
{
	if (v->keep || (v->used < v->in.len && v->used < SLACK_BYTES))
		return;
	v->in.len -= v->used;
	if (v->in.len)
		memmove(v->in.data, v->in.data + v->used, v->in.len);
	v->head = v->head ? 1 : 0;
	v->used = 0;
}

bool
viewer_read(struct viewer *v)
{
	make_room(v);
	ssize_t n = read(v->fd, buf_room(&v->in, READ_BYTES), READ_BYTES);
	if (n <= 0)
		return false;
	v->in.len += (size_t)n;
	v->received += (uint64_t)n;
	return true;
}

static bool
take_head(struct viewer *v)
{
	char *end = v->in.len ? memmem(v->in.data, v->in.len, "\r\n\r\n", 4) : NULL;
	if (!end)
		return false;
	v->refused = strncmp(v->in.data + 8, " 200", 4) != 0;
	if (v->refused)
		return false;
	v->head = v->used = (size_t)(end - v->in.data) + 4;
	return true;
}

static const char *
member(const struct message *m, const char *key)
{
	size_t n = m->data_len < MEMBERS_BYTES ? m->data_len : MEMBERS_BYTES;
	const char *at = memmem(m->data, n, key, strlen(key));
	return at ? at + strlen(key) : NULL;
}

static int64_t
number_member(const struct message *m, const char *key)
{
	const char *at = member(m, key);
	return at ? strtoll(at, NULL, 10) : 0;
}

static void
parse_data(struct viewer *v, struct message *m, const char *data, size_t len)
{
	*m = (struct message){.event = v->event, .data = data, .data_len = len};
	m->seq = number_member(m, "\"seq\":");
	m->ts = number_member(m, "\"ts\":");
	m->base64 = member(m, "\"bytes\":\"");
	if (!m->base64)
		return;
	const char *end = memchr(m->base64, '"', (size_t)(data + len - m->base64));
	m->base64_len = end ? (size_t)(end - m->base64) : 0;
	m->len = m->base64_len / 4 * 3;
	for (size_t i = m->base64_len; i > 0 && m->base64[i - 1] == '='; i--)
		m->len--;
}

bool
viewer_take(struct viewer *v, struct message *m)
{
	if (!v->head && !take_head(v))
		return false;
	for (;;) {
		char *line = v->in.data + v->used;
		char *end = memchr(line, '\n', v->in.len - v->used);
		if (!end)
			return false;
		v->used += (size_t)(end - line) + 1;
		if (strncmp(line, "event: ", 7) == 0)
			snprintf(v->event, sizeof v->event, "%.*s", (int)(end - line - 7),
				line + 7);
		if (strncmp(line, "data: ", 6) != 0)
			continue;
		parse_data(v, m, line + 6, (size_t)(end - line) - 6);
		return true;
	}
}

bool
viewer_next(struct viewer *v, struct message *m)
{
	while (!viewer_take(v, m))
		if (!viewer_read(v))
			return false;
	return true;
}

void
viewer_output(struct viewer *v, struct message *m)
{
	do {
		errno = 0;
		if (!viewer_next(v, m))
			fail("the stream ended: %.*s", v->refused ? (int)v->in.len : 0,
				v->in.data);
		if (message_is_end(m))
			fail("the program of a session ended");
	} while (!m->base64);
}

/* ---- messages ---- */

void
message_bytes(const struct message *m, struct buf *to)
{
	static const char alphabet[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	unsigned char values[256] = {0};
	char *out = buf_room(to, m->len + 3);
	for (unsigned char i = 0; i < 64; i++)
		values[(unsigned char)alphabet[i]] = i;
	for (size_t i = 0; i + 3 < m->base64_len; i += 4) {
		const unsigned char *in = (const unsigned char *)m->base64 + i;
		unsigned bits = (unsigned)values[in[0]] << 18 |
			(unsigned)values[in[1]] << 12 | (unsigned)values[in[2]] << 6 |
			values[in[3]];
		*out++ = (char)(bits >> 16);
		*out++ = (char)(bits >> 8);
		*out++ = (char)bits;
	}
	to->len += m->len;
}

bool
message_is_end(const struct message *m)
{
	return strcmp(m->event, "event") == 0 && !m->base64 &&
		member(m, "\"status\":\"exited\"");
}
