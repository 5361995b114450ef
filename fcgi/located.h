/* The workspace that a request names, and a path beneath it. */
#ifndef DISPATCH_FCGI_LOCATED_H
#define DISPATCH_FCGI_LOCATED_H

#include "fcgi/route.h"
#include "lib/beneath.h"

struct located {
	struct beneath b;
	const char *workspace; /* its id */
	char *path;            /* bytes, see path_text_relative(); "" without a path */
};

#define LOCATED_INIT ((struct located){.b = BENEATH_INIT})

/* Opens the workspace whose id is in values[workspace], and reads the path, a TYPE_FILE,
 * in values[path]; -1: there is none. located_close() is legal after an error. Errors:
 * 404 "workspace.unknown", and those of beneath_open(). */
int located_open(struct call *c, int workspace, int path, struct located *l,
	struct err *e);

/* The same for an id that comes from elsewhere. */
int located_open_id(struct call *c, const char *workspace, struct located *l,
	struct err *e);

void located_close(struct located *l);

/* Another path of the request, a TYPE_FILE; the caller frees. NULL: it was not given. */
char *located_path(const struct call *c, int path);

#endif
