/* Waiting in a handler for what the runner does. */
#ifndef DISPATCH_FCGI_AWAIT_H
#define DISPATCH_FCGI_AWAIT_H

#include "fcgi/route.h"

/*
 * Calls look(c, arg, e) again and again until it returns something else than 0, or for
 * `ms` milliseconds. When half of the threads wait already it looks only once, so that
 * the others go on answering. Returns what look() returned last: 1 for there, 0 for not
 * yet, -1 for an error.
 */
int await(struct call *c, int ms, int (*look)(struct call *c, void *arg, struct err *e),
	void *arg, struct err *e);

#endif
