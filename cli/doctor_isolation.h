/* Whether this system can isolate sessions as the settings ask for it. */
#ifndef DISPATCH_CLI_DOCTOR_ISOLATION_H
#define DISPATCH_CLI_DOCTOR_ISOLATION_H

#include "lib/conf.h"

/* Tries it, and appends a line when it cannot although it should. Returns what the kernel
 * says against it, lent; NULL: nothing. */
const char *doctor_isolation(const struct conf *conf, struct buf *findings);

#endif
