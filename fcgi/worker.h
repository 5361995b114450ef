/* One worker process: threads that answer a request each. */
#ifndef DISPATCH_FCGI_WORKER_H
#define DISPATCH_FCGI_WORKER_H

#include "fcgi/app.h"

/* Answers requests from the listening socket until SIGTERM, then finishes those in hand,
 * for at most two seconds. Signals must be blocked. Returns the process's exit code. */
int worker_run(struct app *app, int fd);

/* Answers the one request that plain CGI brings. Returns the process's exit code. */
int worker_cgi(struct app *app, char *const *env);

#endif
