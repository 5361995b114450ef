/* What threads need of the system that POSIX does not have. */
#ifndef DISPATCH_RUNNER_OS_THREAD_H
#define DISPATCH_RUNNER_OS_THREAD_H

/* From now on the calling thread lets others go first. */
void os_thread_yield_to_others(void);

#endif
