/*
 * What belongs to each profile of isolation: tables.
 */
#ifndef DISPATCH_LIB_ISOLATION_PLACES_H
#define DISPATCH_LIB_ISOLATION_PLACES_H

#include "lib/isolation_profiles.h"

#include <stddef.h>

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
