/*
 * From a request to an answer: finds the row of THE table, has the guards and the
 * parameter table look at the request, calls the handler, and writes the answer. The only
 * place that turns a `struct err` into one.
 */
#ifndef DISPATCH_FCGI_ROUTER_H
#define DISPATCH_FCGI_ROUTER_H

#include "fcgi/route.h"

/* Where an answer goes that is too long to be held: write() returns 0, or -1 when nobody
 * reads any more. */
struct sink {
	int (*write)(void *arg, const char *bytes, size_t len);
	void *arg;
};

/*
 * Answers the request that the CGI variables describe. What was not written to the sink
 * is in *out: mostly the whole answer. 0, or -1 when the answer could not be finished and
 * the connection must not look as if it had been.
 */
int router_answer(struct app *app, struct db *state, struct db *events, char *const *env,
	const struct source *source, const struct sink *sink, struct buf *out);

/* True when the path has the pattern's segments. */
bool router_matches(const char *pattern, const char *path);

#endif
