/* See client.h. */
#include "config.h"

#include "t/bench/client.h"

#include "lib/crypt.h"

#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

static void
fail(const char *what)
{
	perror(what);
	exit(1);
}

double
now_us(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec * 1e6 + (double)t.tv_nsec / 1e3;
}

static int
connect_to(int port)
{
	struct sockaddr_in to = {
		.sin_family = AF_INET,
		.sin_port = htons((uint16_t)port),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	};
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), one = 1;
	if (fd < 0 || connect(fd, (struct sockaddr *)&to, sizeof to) != 0)
		fail("connect");
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
	return fd;
}

void
client_open(struct client *c, int port, const char *key)
{
	*c = (struct client){.port = port, .key = key, .stream = -1};
	c->requests = connect_to(port);
	crypt_id(c->writer);
}

void
client_close(struct client *c)
{
	close(c->requests);
	if (c->stream >= 0)
		close(c->stream);
	buf_free(&c->text);
}

static void
send_all(int fd, const char *bytes, size_t len)
{
	while (len) {
		ssize_t n = write(fd, bytes, len);
		if (n <= 0)
			fail("write");
		bytes += n;
		len -= (size_t)n;
	}
}

static void
read_more(int fd, struct buf *b, size_t most)
{
	ssize_t n = read(fd, buf_room(b, most), most);
	if (n <= 0)
		fail("read");
	b->len += (size_t)n;
	b->data[b->len] = '\0';
}

static void
send_request(struct client *c, int fd, const char *method, const char *path,
	const char *type, const void *body, size_t len)
{
	struct buf b = BUF_INIT;
	/* As HTTP/1.0 the stream comes without the chunks of a transfer coding. */
	buf_printf(&b,
		"%s /api/%s HTTP/1.%d\r\nHost: 127.0.0.1:%d\r\nAuthorization: Bearer "
		"%s\r\n",
		method, path, fd != c->stream, c->port, c->key);
	if (type)
		buf_printf(&b, "Content-Type: %s\r\nContent-Length: %zu\r\n", type, len);
	buf_str(&b, "\r\n");
	buf_add(&b, body, len);
	send_all(fd, b.data, b.len);
	buf_free(&b);
}

static int
read_answer(int fd, struct buf *answer)
{
	char *end = NULL, *length;
	buf_clear(answer);
	while (!answer->len || !(end = strstr(answer->data, "\r\n\r\n")))
		read_more(fd, answer, 16384);
	size_t head = (size_t)(end - answer->data) + 4, body = 0;
	int status = (int)strtol(answer->data + 9, NULL, 10);
	if ((length = strcasestr(answer->data, "\r\ncontent-length:")) && length < end)
		body = strtoul(length + 17, NULL, 10);
	while (answer->len < head + body)
		read_more(fd, answer, 16384);
	memmove(answer->data, answer->data + head, body + 1);
	answer->len = body;
	return status;
}

int
client_request(struct client *c, const char *method, const char *path, const char *type,
	const void *body, size_t len, struct buf *answer)
{
	send_request(c, c->requests, method, path, type, body, len);
	return read_answer(c->requests, answer);
}

void
client_create(struct client *c, const char *command, char id[27])
{
	struct buf body = BUF_INIT, answer = BUF_INIT;
	buf_printf(&body, "{\"kind\":\"pty\",\"command\":[\"sh\",\"-c\",\"%s\"]}",
		command);
	int status = client_request(c, "POST", "sessions", "application/json", body.data,
		body.len, &answer);
	if (status != 201) {
		fprintf(stderr, "create: %d %s\n", status, answer.data);
		exit(1);
	}
	c->n = 0;
	memcpy(id, strstr(answer.data, "\"id\":\"") + 6, 26);
	id[26] = '\0';
	buf_free(&body);
	buf_free(&answer);
}

void
client_delete(struct client *c, const char *id)
{
	struct buf answer = BUF_INIT;
	char *path = xasprintf("sessions/%s?force=1", id);
	client_request(c, "DELETE", path, NULL, NULL, 0, &answer);
	free(path);
	buf_free(&answer);
}

void
client_follow(struct client *c, const char *id, int64_t seq)
{
	char *path = xasprintf("stream?s=%s:%lld&window=0", id, (long long)seq);
	if (c->stream >= 0)
		close(c->stream);
	buf_clear(&c->text);
	c->stream = connect_to(c->port);
	send_request(c, c->stream, "GET", path, NULL, NULL, 0);
	free(path);
}

void
client_type(struct client *c, const char *id, const void *bytes, size_t len)
{
	char path[128];
	snprintf(path, sizeof path, "sessions/%s/input?w=%s&n=%lld", id, c->writer,
		(long long)++c->n);
	send_request(c, c->requests, "POST", path, "application/octet-stream", bytes,
		len);
}

void
client_typed(struct client *c)
{
	struct buf answer = BUF_INIT;
	int status = read_answer(c->requests, &answer);
	if (status != 204) {
		fprintf(stderr, "input: %d %s\n", status, answer.data);
		exit(1);
	}
	buf_free(&answer);
}

/* The end of the first line, which is read whole. */
static char *
first_line_end(struct client *c)
{
	char *end = NULL;
	size_t seen = 0;
	while (!c->text.len ||
		!(end = memchr(c->text.data + seen, '\n', c->text.len - seen))) {
		seen = c->text.len;
		read_more(c->stream, &c->text, 256 * 1024);
	}
	return end;
}

static void
add_decoded(struct buf *output, const char *base64)
{
	static const char alphabet[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	static unsigned char values[256];
	uint32_t bits = 0;
	int count = 0;
	for (unsigned char i = 0; !values['/'] && i < 64; i++)
		values[(unsigned char)alphabet[i]] = i;
	char *to = buf_room(output, strcspn(base64, "\"="));
	for (; *base64 != '"' && *base64 != '='; base64++) {
		bits = bits << 6 | values[(unsigned char)*base64];
		if ((count += 6) >= 8) {
			*to++ = (char)(bits >> (count -= 8));
			output->len++;
		}
	}
}

int
client_output(struct client *c, struct buf *output)
{
	for (;;) {
		char *end = first_line_end(c), *line = c->text.data;
		*end = '\0';
		char *bytes = strstr(line, "\"bytes\":\"");
		bool ended = strncmp(line, "data: {\"session\"", 16) == 0 &&
			strstr(line, "\"status\":\"exited\"");
		if (bytes)
			add_decoded(output, bytes + 9);
		c->text.len -= (size_t)(end + 1 - line);
		memmove(line, end + 1, c->text.len);
		if (bytes || ended)
			return bytes ? 0 : -1;
	}
}
