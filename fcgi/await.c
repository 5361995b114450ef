/* See await.h. */
#include "config.h"

#include "fcgi/await.h"

#include "lib/clock.h"

#include <time.h>

enum { SHORTEST = 2, LONGEST = 20 }; /* milliseconds between two looks */

static void
rest(int ms)
{
	const struct timespec pause = {.tv_nsec = ms * 1000000L};
	nanosleep(&pause, NULL);
}

int
await(struct call *c, int ms, int (*look)(struct call *c, void *arg, struct err *e),
	void *arg, struct err *e)
{
	int64_t end = clock_monotonic() + ms;
	int64_t most = (app_threads(c->app) + 1) / 2;
	bool patient = atomic_fetch_add(&c->app->waiting, 1) < most;
	int rc, pause = SHORTEST;
	while ((rc = look(c, arg, e)) == 0 && patient && clock_monotonic() < end &&
		!atomic_load(&c->app->stopping)) {
		rest(pause);
		if (pause < LONGEST)
			pause++;
	}
	atomic_fetch_sub(&c->app->waiting, 1);
	return rc;
}
