/*
 * See front.h. ttyd speaks WebSocket (RFC 6455), subprotocol "tty": the client says its
 * size as JSON and then sends "0" and what is typed; the server sends "0" and output.
 */
#include "config.h"

#include "t/bench/front.h"

#include "lib/buf.h"
#include "t/bench/measure.h"

#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { PEER_BYTES = 1 << 20, SMALL = 125 };

/* A message of at most SMALL bytes; the mask is zero, which leaves it as it is. */
static void
send_message(struct peer *p, const char *text, size_t len)
{
	char frame[6 + SMALL] = {(char)0x82, (char)(0x80 | len)};
	memcpy(frame + 6, text, len);
	write_all(p->fd, frame, 6 + len);
}

static void
read_more(struct peer *p)
{
	memmove(p->in, p->in + p->used, p->len - p->used);
	p->len -= p->used;
	p->used = 0;
	p->len += read_some(p->fd, p->in + p->len, PEER_BYTES - p->len);
}

/* The next whole frame of what was read; NULL: there is none. */
static const char *
take_frame(struct peer *p, size_t *len)
{
	const unsigned char *in = (const unsigned char *)p->in + p->used;
	size_t have = p->len - p->used, head = 2, n = have > 1 ? in[1] & 127u : 0;
	if (n == 126)
		head = 4;
	else if (n == 127)
		head = 10;
	if (have < head)
		return NULL;
	if (head > 2)
		n = 0;
	for (size_t i = 2; i < head; i++)
		n = n << 8 | in[i];
	if (have < head + n)
		return NULL;
	p->used += head + n;
	*len = n;
	return (const char *)in + head;
}

size_t
peer_output(struct peer *p)
{
	size_t sum = 0, len;
	const char *frame;
	while (!sum) {
		while ((frame = take_frame(p, &len)))
			if (len > 0 && *frame == '0')
				sum += len - 1;
		if (!sum)
			read_more(p);
	}
	return sum;
}

void
peer_open(struct peer *p, const struct front *f, const char *word)
{
	static const char hello[] = "{\"AuthToken\":\"\",\"columns\":80,\"rows\":24}";
	struct buf b = BUF_INIT;
	char *end = NULL;
	*p = (struct peer){.fd = connect_tcp(f->port), .in = xcalloc(1, PEER_BYTES + 1)};
	buf_printf(&b,
		"GET /ws?arg=%s HTTP/1.1\r\nHost: 127.0.0.1:%d\r\nUpgrade: websocket\r\n"
		"Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
		"Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n"
		"Sec-WebSocket-Protocol: tty\r\n\r\n",
		word, f->port);
	write_all(p->fd, b.data, b.len);
	buf_free(&b);
	while (!(end = memmem(p->in, p->len, "\r\n\r\n", 4)))
		read_more(p);
	errno = 0;
	if (strncmp(p->in + 8, " 101", 4) != 0)
		fail("ttyd: %.40s", p->in);
	p->used = (size_t)(end - p->in) + 4;
	send_message(p, hello, sizeof hello - 1);
}

void
peer_close(struct peer *p)
{
	close(p->fd);
	free(p->in);
}

void
peer_ready(struct peer *p)
{
	static const char ready[] = "ready\n";
	for (size_t seen = 0; seen < sizeof ready - 1;)
		seen += peer_output(p);
}

double
peer_key(struct peer *p)
{
	double began = now_us();
	send_message(p, "0x", 2);
	peer_output(p);
	return now_us() - began;
}
