/* See body.h. */
#include "config.h"

#include "fcgi/body.h"

#include "fcgi/request.h"
#include "lib/buf.h"

#include <stdlib.h>

enum { PIECE = 256 * 1024 };

int
body_take(struct call *c, body_fn *take, void *arg, struct err *e)
{
	char *piece = xcalloc(1, PIECE);
	int64_t left = c->request->length;
	int rc = 0;
	while (left > 0 && rc == 0) {
		size_t want = left < PIECE ? (size_t)left : PIECE;
		size_t n = c->source->read(c->source->arg, piece, want);
		rc = take(arg, piece, n, e);
		if (rc == 0 && n < want)
			rc = err_field(e, "body", "The body ended too early.");
		left -= (int64_t)n;
	}
	free(piece);
	return rc;
}
