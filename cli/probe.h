/* Asks over HTTP whether the whole chain answers: web server, handlers, runner. */
#ifndef DISPATCH_CLI_PROBE_H
#define DISPATCH_CLI_PROBE_H

#include <stdbool.h>

#include "cli/listen.h"

/*
 * True when GET <prefix>api/health, under the name `host`, says that the runner is alive.
 * Takes 2 s at most.
 */
bool probe_health(const struct listen_address *address, const char *host,
	const char *prefix);

#endif
