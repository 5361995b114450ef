/* The time. */
#ifndef DISPATCH_LIB_CLOCK_H
#define DISPATCH_LIB_CLOCK_H

#include <stdint.h>

/* Unix time in milliseconds: for display, and for deadlines that must outlive a process.
 */
int64_t clock_now(void);

/* Milliseconds that only ever grow, also during suspend: for intervals within a boot. */
int64_t clock_monotonic(void);

#endif
