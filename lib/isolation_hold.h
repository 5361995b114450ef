/* What of a person's repositories a session cannot change, though it may write there. */
#ifndef DISPATCH_LIB_ISOLATION_HOLD_H
#define DISPATCH_LIB_ISOLATION_HOLD_H

/*
 * Steps of lib/os_isolate.h, in their order, for a session that may write in `workspace`
 * and in `git`, its repository's directory: both are paths without links. Makes in there
 * what must exist to be held. The texts and the list, which ends with NULL, are the
 * caller's to free; there may be more than OS_ISOLATE_STEPS_MAX.
 */
char **isolation_hold_steps(const char *workspace, const char *git);

#endif
