/* See clock.h. */
#include "config.h"

#include "lib/clock.h"

#include <time.h>

static int64_t
milliseconds(clockid_t clock)
{
	struct timespec t;
	clock_gettime(clock, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

int64_t
clock_now(void)
{
	return milliseconds(CLOCK_REALTIME);
}

int64_t
clock_monotonic(void)
{
#ifdef CLOCK_BOOTTIME
	return milliseconds(CLOCK_BOOTTIME);
#else
	return milliseconds(CLOCK_MONOTONIC);
#endif
}
