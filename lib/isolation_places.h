/*
 * The profiles of isolation, and what belongs to each of them: tables.
 */
#ifndef DISPATCH_LIB_ISOLATION_PLACES_H
#define DISPATCH_LIB_ISOLATION_PLACES_H

#include <stddef.h>

/* Which profiles a row is for. */
enum {
	OPEN = 1,
	PROJECT = 2,
	READING = 4,
	CLOSED = PROJECT | READING,
	ALL = OPEN | CLOSED
};

struct profile {
	const char *name;    /* as in conf_isolations */
	unsigned int places; /* which rows of the tables below are for it */
	unsigned int flags;  /* OS_ISOLATE_*; 0: nothing is done */
};

/* The profile of that name, or NULL. */
const struct profile *isolation_profile(const char *name);

/* "~" is the home, "@run" the person's runtime directory, "@uid" their number. */
struct place {
	const char *path;
	enum { KEEP, PIN, HIDE, OWN } what; /* see lib/os_isolate.h */
	unsigned int profiles;
};

extern const struct place isolation_places[];
extern const size_t isolation_place_count;

/* Variables that a program is not told. */
struct name {
	const char *name;
	unsigned int profiles;
};

extern const struct name isolation_names[];
extern const size_t isolation_name_count;

#endif
