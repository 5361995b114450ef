/* How a session's program is isolated; see lib/isolation.h. */
#ifndef DISPATCH_RUNNER_RUN_ISOLATION_H
#define DISPATCH_RUNNER_RUN_ISOLATION_H

#include "lib/isolation.h"

struct plan;
struct run;

/*
 * Fills *isolation for what is planned, by the profile that was chosen when the session
 * was made, else by its kind's, and takes names from the plan's environment. Clear it in
 * any case. Errors: as isolation_make().
 */
int run_isolation(const struct run *run, struct plan *plan, struct isolation *isolation,
	struct err *e);

#endif
