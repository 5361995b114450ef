/* How what handlers run for a person is isolated; see lib/isolation.h. */
#ifndef DISPATCH_FCGI_CHILD_ISOLATION_H
#define DISPATCH_FCGI_CHILD_ISOLATION_H

#include "lib/isolation.h"

/*
 * Fills *isolation, prepared for a child, with the profile "open": whatever the program
 * is brought to run may do what it likes with the person's files, but does not reach
 * ours. A setting (a profile's name) that is "none" means none here, too. Clear it in any
 * case. Errors: as isolation_make().
 */
int child_isolation(struct isolation *isolation, const struct conf *conf,
	const char *setting, struct err *e);

#endif
