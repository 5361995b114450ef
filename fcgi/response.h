/* An answer while it is made, and how it is written for the web server (RFC 3875, 6). */
#ifndef DISPATCH_FCGI_RESPONSE_H
#define DISPATCH_FCGI_RESPONSE_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/buf.h"
#include "lib/err.h"

/* A body that is made while it is sent, so that its size does not matter. */
struct stream {
	/* Appends the next piece, about STREAM_PIECE bytes. 1: and there is more; 0: that
	 * was all; -1: it cannot go on, and the client must see that the body ended too
	 * early. NULL: the body is no stream. */
	int (*next)(void *arg, struct buf *out);
	void (*end)(void *arg); /* frees `arg` */
	void *arg;
	int64_t length; /* bytes; -1: not known */
};

enum { STREAM_PIECE = 128 * 1024 };

struct response {
	int status;       /* 0: 204 when the body is empty, else 200 */
	const char *type; /* of the body, a literal; NULL: JSON */
	struct buf body;
	struct stream stream; /* the body instead; no head is sent before it is made */
	struct buf headers;   /* by response_header() */
	bool is_file;         /* the body is a file's, whatever that may hold */
	struct buf extra;     /* members that go into an error: `"expect":3` */
};

#define RESPONSE_INIT ((struct response){0})

void response_free(struct response *r);

/* Adds a header. A value with a control character is a bug of ours and aborts: what came
 * from outside is checked before. */
void response_header(struct response *r, const char *name, const char *value);

/* What stands around the items of a list that is told whole; other members and a cursor
 * are for the handlers that have them. */
void response_list_begin(struct response *r);
void response_list_end(struct response *r);

/* Makes it the answer for an error, in the one shape that errors have (RFC 9457). */
void response_error(struct response *r, const struct err *e);

/* Appends head and body as they go to the web server; no body when `head_only`. */
void response_write(const struct response *r, bool head_only, struct buf *out);

#endif
