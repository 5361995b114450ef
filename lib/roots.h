/*
 * The directories beneath which workspaces may lie: what the administrator allows
 * (workspace.roots), links resolved.
 */
#ifndef DISPATCH_LIB_ROOTS_H
#define DISPATCH_LIB_ROOTS_H

#include <stdbool.h>

#include "lib/conf.h"

/* Calls each(arg, said, path) for every root, in their order: as it is written in the
 * setting, and absolute without links; NULL when there is no such directory. */
void roots_each(const struct conf *conf,
	void (*each)(void *arg, const char *said, const char *path), void *arg);

/* Whether the path, absolute and without links, is a root or lies beneath one. */
bool roots_hold(const struct conf *conf, const char *path);

#endif
