/* See outside.h. */
#include "config.h"

#include "fcgi/outside.h"

#include "fcgi/child.h"
#include "lib/crypt.h"
#include "lib/path.h"

#include <stdlib.h>
#include <unistd.h>

enum {
	LATE_MS = 2000,   /* for a name whose address is not found */
	LINE_MOST = 1024, /* in front of the body */
};

struct saying {
	struct buf said;
	size_t most;
};

static bool
take(void *arg, const char *bytes, size_t len)
{
	struct saying *s = arg;
	if (s->said.len + len > s->most)
		return false;
	buf_add(&s->said, bytes, len);
	return true;
}

static int
talk(const struct http_request *request, struct saying *s, struct err *e)
{
	char *program = path_program("dispatch-http");
	char *const argv[] = {program, NULL};
	struct buf input = BUF_INIT;
	http_request_write(&input, request);
	const struct child child = {
		.argv = argv,
		.env = environ,
		.dir = -1,
		.input = input.data,
		.input_len = input.len,
		.ms = request->timeout_ms + LATE_MS,
		.take = take,
		.arg = s,
	};
	int rc = child_talk(&child, e);
	crypt_wipe(input.data, input.len);
	buf_free(&input);
	free(program);
	return rc < 0 ? -1 : 0;
}

int
outside_ask(const struct http_request *request, int *status, struct buf *out,
	struct err *e)
{
	struct saying s = {.most = request->most + LINE_MOST};
	size_t body = 0;
	int rc = talk(request, &s, e);
	if (rc == 0)
		rc = http_answer_read(&s.said, status, &body, e);
	if (rc == 0)
		buf_add(out, s.said.data + body, s.said.len - body);
	if (s.said.data)
		crypt_wipe(s.said.data, s.said.len);
	buf_free(&s.said);
	return rc;
}
