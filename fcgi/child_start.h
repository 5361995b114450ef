/* Starting the program of a child; see child.h. */
#ifndef DISPATCH_FCGI_CHILD_START_H
#define DISPATCH_FCGI_CHILD_START_H

#include <sys/types.h>

#include "fcgi/child.h"

enum { CHILD_IN, CHILD_OUT, CHILD_ERRORS, CHILD_STREAMS };

/*
 * Starts it in a process group of its own, with its ends of the three streams, and with
 * no other descriptor when it is isolated. *pid is its process, to be waited for. 0, or
 * -1 with the errors of child_talk().
 */
int child_start(const struct child *child, const int streams[CHILD_STREAMS], pid_t *pid,
	struct err *e);

#endif
