/* See attach_stream.h; server-sent events as the HTML standard has them. */
#include "config.h"

#include "cli/attach_stream.h"

#include "lib/json.h"
#include "lib/json_read.h"
#include "lib/path.h"

#include <json-c/json.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

enum {
	PIECE = 64 * 1024,              /* read at once */
	MESSAGE_MOST = 8 * 1024 * 1024, /* a screen of 1000 by 500 has less */
	OK = 200,
};

static int
connect_to(const char *dir)
{
	struct sockaddr_un to = {.sun_family = AF_UNIX};
	char *path = path_join(dir, "run/console.sock");
	bool fits = strlen(path) < sizeof to.sun_path;
	if (fits)
		memcpy(to.sun_path, path, strlen(path));
	free(path);
	int fd = fits ? socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0)
		      : -1;
	if (fd >= 0 && connect(fd, (struct sockaddr *)&to, sizeof to) == 0)
		return fd;
	if (fd >= 0)
		close(fd);
	return -1;
}

int
stream_open(struct stream *s, const char *dir, const char *query)
{
	stream_close(s);
	s->fd = connect_to(dir);
	if (s->fd < 0)
		return -1;
	char *request =
		xasprintf("GET /api/stream?%s HTTP/1.0\r\nHost: localhost\r\n\r\n",
			query);
	ssize_t len = (ssize_t)strlen(request);
	bool sent = send(s->fd, request, (size_t)len, MSG_NOSIGNAL) == len;
	free(request);
	if (!sent)
		stream_close(s);
	return sent ? 0 : -1;
}

bool
stream_read(struct stream *s)
{
	size_t rest = s->in.len - s->at;
	if (s->at) {
		memmove(s->in.data, s->in.data + s->at, rest);
		s->in.len = rest;
		s->at = 0;
	}
	if (rest > MESSAGE_MOST)
		return false;
	ssize_t n = recv(s->fd, buf_room(&s->in, PIECE), PIECE, 0);
	if (n > 0)
		s->in.len += (size_t)n;
	return n > 0 || (n < 0 && (errno == EAGAIN || errno == EINTR));
}

/* What ends with `mark`, made a text without it; NULL: it is not there yet. */
static char *
take_until(struct stream *s, const char *mark)
{
	char *from = s->in.data + s->at;
	size_t len = strlen(mark);
	char *end = s->in.len > s->at ? memmem(from, s->in.len - s->at, mark, len) : NULL;
	if (!end)
		return NULL;
	*end = '\0';
	s->at = (size_t)(end - s->in.data) + len;
	return from;
}

/* The body of a refusal is short and is there with its head, or soon is. */
static int
refused(struct stream *s, struct err *e)
{
	struct json_object *problem = NULL;
	if (json_parse(&problem, s->in.data + s->at, s->in.len - s->at, NULL) != 0)
		return 0;
	const char *detail = json_member_text(problem, "detail");
	err_set(e, s->status, "stream.refused", "%s", detail ? detail : "Refused.");
	json_object_put(problem);
	return -1;
}

static void
read_line(char *line, struct stream_message *m)
{
	if (strncmp(line, "event: ", 7) == 0)
		m->event = line + 7;
	else if (strncmp(line, "data: ", 6) == 0)
		m->data = line + 6;
}

int
stream_next(struct stream *s, struct stream_message *m, struct err *e)
{
	char *text, *next = NULL;
	*m = (struct stream_message){0};
	if (!s->status) {
		text = take_until(s, "\r\n\r\n");
		if (!text || sscanf(text, "HTTP/%*d.%*d %d", &s->status) != 1)
			return 0;
	}
	if (s->status != OK)
		return refused(s, e);
	text = take_until(s, "\n\n");
	if (!text)
		return 0;
	for (char *line = strtok_r(text, "\n", &next); line;
		line = strtok_r(NULL, "\n", &next))
		read_line(line, m);
	return 1;
}

void
stream_close(struct stream *s)
{
	if (s->fd >= 0)
		close(s->fd);
	buf_free(&s->in);
	*s = (struct stream){.fd = -1};
}
