/* The body of a request whose row says BODY_STREAM: it is never in memory as a whole. */
#ifndef DISPATCH_FCGI_BODY_H
#define DISPATCH_FCGI_BODY_H

#include "fcgi/route.h"

/* Takes bytes of it. 0, or -1 with an error, which ends the reading. */
typedef int body_fn(void *arg, const char *bytes, size_t len, struct err *e);

/* Gives all of the body to take(), in pieces of at most 256 KiB, in order. 0, or -1:
 * take() failed, or 400 "request.invalid": it ended too early; what had come was given.
 */
int body_take(struct call *c, body_fn *take, void *arg, struct err *e);

#endif
