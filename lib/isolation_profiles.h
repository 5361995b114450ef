/*
 * The profiles of isolation: a table. What belongs to each is in isolation_places.h.
 */
#ifndef DISPATCH_LIB_ISOLATION_PROFILES_H
#define DISPATCH_LIB_ISOLATION_PROFILES_H

#include <stdbool.h>

/* Which profiles a row is for. */
enum {
	OPEN = 1,
	PROJECT = 2,
	READING = 4,
	APART = 8, /* those with processes of their own */
	CLOSED = PROJECT | READING,
	ALL = OPEN | CLOSED
};

struct profile {
	const char *name;    /* as in conf_isolations */
	bool own_processes;  /* and terminals */
	unsigned int places; /* which rows of isolation_places.h are for it */
	unsigned int flags;  /* OS_ISOLATE_*; 0: nothing is done */
};

/* The profile of that name; with processes of its own where that is asked for, and where
 * there is no other. NULL: there is none. */
const struct profile *isolation_profile(const char *name, bool own_processes);

#endif
