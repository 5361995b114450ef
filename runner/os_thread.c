/* See os_thread.h. Linux has niceness for each thread (setpriority(2), NOTES). */
#include "config.h"

#include "runner/os_thread.h"

#include <sys/resource.h>
#include <unistd.h>

enum { NICENESS = 5 };

void
os_thread_yield_to_others(void)
{
	setpriority(PRIO_PROCESS, (id_t)gettid(), NICENESS);
}
