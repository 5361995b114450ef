/*
 * A Dispatch of our own: `dispatch serve` with nginx, on a free port and in a folder of
 * its own.
 */
#ifndef DISPATCH_BENCH_INSTANCE_H
#define DISPATCH_BENCH_INSTANCE_H

#include <stdbool.h>
#include <sys/types.h>

#include "t/bench/process.h"

struct instance {
	char *dir;
	char *key; /* dk_…, an API key */
	int port;
	pid_t serve;
	double took_us;             /* until it was ready */
	struct processes processes; /* as instance_look() found them */
};

/* Starts it on `dir`, which may be there, with the settings ("key=value", NULL at the
 * end); returns when it says that it is ready. */
void instance_start(struct instance *in, const char *dir, const char *const *settings);

/* Ends it with all its sessions. The folder stays. */
void instance_stop(struct instance *in);

/* Finds its processes again. */
const struct processes *instance_look(struct instance *in);

/* True when this version has the setting ("key=value"). */
bool instance_knows(const char *setting);

#endif
