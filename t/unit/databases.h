/* Databases of tests, in directories of their own under /tmp. */
#ifndef DISPATCH_T_DATABASES_H
#define DISPATCH_T_DATABASES_H

#include "lib/path.h"

#include <stdlib.h>
#include <unistd.h>

/* Removes a directory with nothing but databases in it. */
static inline void
remove_databases(const char *dir)
{
	static const char *const files[] = {"state.db", "state.db-wal", "state.db-shm",
		"events.db", "events.db-wal", "events.db-shm"};
	for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
		char *path = path_join(dir, files[i]);
		unlink(path);
		free(path);
	}
	rmdir(dir);
}

#endif
