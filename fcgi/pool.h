/* The master: keeps a number of worker processes running. */
#ifndef DISPATCH_FCGI_POOL_H
#define DISPATCH_FCGI_POOL_H

#include "fcgi/app.h"

/* Runs the pool's number of workers on the listening socket, starts those again that end,
 * and stops them all on SIGTERM or SIGINT, within two seconds and a bit. In a worker it
 * does not return. Returns the master's exit code. */
int pool_run(struct app *app, int fd);

#endif
