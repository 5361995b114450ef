/* See client.h. */
#include "config.h"

#include "t/bench/client.h"

#include "t/bench/instance.h"
#include "t/bench/measure.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

enum { READ_BYTES = 65536 };

void
client_open(struct client *c, const struct instance *in)
{
	*c = (struct client){.instance = in};
	c->fd = connect_tcp(in->port);
	crypt_id(c->writer);
}

void
client_close(struct client *c)
{
	close(c->fd);
	buf_free(&c->answer);
}

void
client_head(const struct instance *in, struct buf *b, const char *method,
	const char *path, int minor, const char *more)
{
	buf_printf(b,
		"%s /api/%s HTTP/1.%d\r\nHost: 127.0.0.1:%d\r\n"
		"Authorization: Bearer %s\r\n%s\r\n",
		method, path, minor, in->port, in->key, more);
}

size_t
answer_length(const struct buf *in, int *status, size_t *body)
{
	char *end = in->len ? memmem(in->data, in->len, "\r\n\r\n", 4) : NULL;
	if (!end)
		return 0;
	size_t head = (size_t)(end - in->data) + 4, length = 0;
	char *field = strcasestr(in->data, "\r\ncontent-length:");
	if (field && field < end)
		length = strtoul(field + 17, NULL, 10);
	if (status)
		*status = (int)strtol(in->data + 9, NULL, 10);
	if (body)
		*body = length;
	return in->len >= head + length ? head + length : 0;
}

static int
read_answer(struct client *c)
{
	struct buf *in = &c->answer;
	size_t whole, body;
	int status;
	buf_clear(in);
	while (!(whole = answer_length(in, &status, &body))) {
		in->len += read_some(c->fd, buf_room(in, READ_BYTES), READ_BYTES);
		in->data[in->len] = '\0';
	}
	memmove(in->data, in->data + whole - body, body + 1);
	in->len = body;
	return status;
}

/* The web server closes a connection that was idle for long. */
static void
renew(struct client *c)
{
	char byte;
	if (recv(c->fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT) != 0)
		return;
	close(c->fd);
	c->fd = connect_tcp(c->instance->port);
}

int
client_request(struct client *c, const char *method, const char *path, const char *json)
{
	struct buf b = BUF_INIT;
	char type[96] = "";
	renew(c);
	if (json)
		snprintf(type, sizeof type,
			"Content-Type: application/json\r\nContent-Length: %zu\r\n",
			strlen(json));
	client_head(c->instance, &b, method, path, 1, type);
	if (json)
		buf_str(&b, json);
	write_all(c->fd, b.data, b.len);
	buf_free(&b);
	return read_answer(c);
}

static void
expect(int status, int expected, const struct client *c, const char *what)
{
	errno = 0;
	if (status != expected)
		fail("%s: %d %s", what, status, c->answer.data ? c->answer.data : "");
}

void
client_create(struct client *c, const char *command, char id[ID_SIZE])
{
	char *json = xasprintf("{\"kind\":\"pty\",\"command\":[\"sh\",\"-c\",\"%s\"]}",
		command);
	expect(client_request(c, "POST", "sessions", json), 201, c, "create");
	memcpy(id, strstr(c->answer.data, "\"id\":\"") + 6, ID_LENGTH);
	id[ID_LENGTH] = '\0';
	c->typed = 0;
	free(json);
}

void
client_delete(struct client *c, const char *id)
{
	char path[64];
	snprintf(path, sizeof path, "sessions/%s?force=1", id);
	expect(client_request(c, "DELETE", path, NULL), 204, c, "delete");
}

int64_t
client_session_number(struct client *c, const char *id, const char *key)
{
	char path[64], quoted[64];
	snprintf(path, sizeof path, "sessions/%s", id);
	snprintf(quoted, sizeof quoted, "\"%s\":", key);
	expect(client_request(c, "GET", path, NULL), 200, c, "session");
	char *at = strstr(c->answer.data, quoted);
	if (!at)
		fail("a session has no %s", key);
	return strtoll(at + strlen(quoted), NULL, 10);
}

void
client_type(struct client *c, const char *id, const void *bytes, size_t len)
{
	struct buf b = BUF_INIT;
	char path[128], type[96];
	snprintf(path, sizeof path, "sessions/%s/input?w=%s&n=%lld", id, c->writer,
		(long long)++c->typed);
	snprintf(type, sizeof type,
		"Content-Type: application/octet-stream\r\nContent-Length: %zu\r\n", len);
	client_head(c->instance, &b, "POST", path, 1, type);
	buf_add(&b, bytes, len);
	write_all(c->fd, b.data, b.len);
	buf_free(&b);
}

void
client_typed(struct client *c)
{
	expect(read_answer(c), 204, c, "input");
}
