/* See isolation_profiles.h. */
#include "config.h"

#include "lib/isolation_profiles.h"

#include "lib/os_isolate.h"

#include <stddef.h>
#include <string.h>

enum {
	APART_FLAGS = OS_ISOLATE_FILES | OS_ISOLATE_PROCESSES | OS_ISOLATE_TERMINALS,
	CLOSED_FLAGS = APART_FLAGS | OS_ISOLATE_READ_ONLY | OS_ISOLATE_NO_SETUID,
};

/* One without processes of its own comes before the same with. */
static const struct profile profiles[] = {
	{"none", false, 0, 0},
	{"open", false, OPEN, OS_ISOLATE_FILES},
	{"open", true, OPEN | APART, APART_FLAGS},
	{"project", true, PROJECT | APART, CLOSED_FLAGS},
	{"read-only", true, READING | APART, CLOSED_FLAGS},
};

const struct profile *
isolation_profile(const char *name, bool own_processes)
{
	for (size_t i = 0; i < sizeof profiles / sizeof *profiles; i++)
		if (strcmp(profiles[i].name, name) == 0 &&
			profiles[i].own_processes >= own_processes)
			return &profiles[i];
	return NULL;
}
