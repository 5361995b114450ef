/* An answer while it is made, and how it is written for the web server (RFC 3875, 6). */
#ifndef DISPATCH_FCGI_RESPONSE_H
#define DISPATCH_FCGI_RESPONSE_H

#include <stdbool.h>

#include "lib/buf.h"
#include "lib/err.h"

struct response {
	int status;         /* 0: 204 when the body is empty, else 200 */
	struct buf body;    /* JSON */
	struct buf headers; /* by response_header() */
	struct buf extra;   /* members that go into an error: `"expect":3` */
};

#define RESPONSE_INIT ((struct response){0})

void response_free(struct response *r);

/* Adds a header. A value with a control character is a bug of ours and aborts: what came
 * from outside is checked before. */
void response_header(struct response *r, const char *name, const char *value);

/* Makes it the answer for an error, in the one shape that errors have (RFC 9457). */
void response_error(struct response *r, const struct err *e);

/* Appends head and body as they go to the web server; no body when `head_only`. */
void response_write(const struct response *r, bool head_only, struct buf *out);

#endif
