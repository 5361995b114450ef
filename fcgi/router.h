/*
 * From a request to an answer: finds the row of THE table, has the guards and the
 * parameter table look at the request, calls the handler, and writes the answer. The only
 * place that turns a `struct err` into one.
 */
#ifndef DISPATCH_FCGI_ROUTER_H
#define DISPATCH_FCGI_ROUTER_H

#include "fcgi/route.h"

/* Where a request's body comes from: read() returns less than `len` only at its end. */
struct source {
	size_t (*read)(void *arg, char *to, size_t len);
	void *arg;
};

/* Appends the whole answer to the request that the CGI variables describe. */
void router_answer(struct app *app, struct db *state, struct db *events, char *const *env,
	const struct source *source, struct buf *out);

/* True when the path has the pattern's segments. */
bool router_matches(const char *pattern, const char *path);

#endif
