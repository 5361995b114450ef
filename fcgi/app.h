/*
 * What every part of dispatch-fcgi is given: one per process, made by main(), read by all
 * threads. The atomics are the only things in it that change after the start.
 */
#ifndef DISPATCH_FCGI_APP_H
#define DISPATCH_FCGI_APP_H

#include <stdatomic.h>
#include <stdbool.h>

#include "lib/conf.h"
#include "lib/log.h"
#include "lib/wake.h"

/* Which processes serve a route: those of the files pool do nothing else, so that long
 * work there takes no handler away from the rest. */
enum route_pool { POOL_MAIN, POOL_FILES, POOL_ALL };

struct app {
	enum route_pool pool; /* which routes it serves */
	struct conf conf;
	struct log log;
	char *build;          /* of the web interface: "dev" when it is not built */
	char *host;           /* this machine's name */
	char *full_mark;      /* file that exists while the disk is full */
	struct wake wake;     /* our way to the runner, shared by the threads */
	atomic_bool set_up;   /* an administrator exists; never becomes false again */
	atomic_int waiting;   /* threads that wait for the runner */
	atomic_bool stopping; /* answer what is in hand, and soon */
};

/* Fills *app from a loaded configuration, which it takes over. */
void app_open(struct app *app, struct conf *conf);

/* How many processes, and threads of each, its pool has. */
int64_t app_processes(const struct app *app);
int64_t app_threads(const struct app *app);

void app_close(struct app *app);

#endif
