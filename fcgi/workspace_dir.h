/*
 * Directories of workspaces: all of them lie beneath one of the roots that the
 * administrator allows (workspace.roots), links resolved.
 */
#ifndef DISPATCH_FCGI_WORKSPACE_DIR_H
#define DISPATCH_FCGI_WORKSPACE_DIR_H

#include <stdbool.h>

#include "lib/conf.h"
#include "lib/err.h"

/*
 * The directory that a person names (absolute, "~" or "~/…"), absolute and without links;
 * the caller frees. With `create` it is made, with its parents, when it is not there.
 * NULL: 403 "workspace.outside" (not beneath a root), 404 "workspace.missing" (no such
 * directory), 409 "workspace.not_directory", 409 "workspace.name" (not valid UTF-8), 403
 * "workspace.denied" (the system refuses), 500 "workspace.failed".
 */
char *workspace_dir_resolve(const struct conf *conf, const char *path, bool create,
	struct err *e);

/*
 * Whether the directory of a workspace, as workspace_dir_resolve() gave it, may still be
 * used: -1 when the roots are others by now, when a link has taken its place (both 403
 * "workspace.outside"), or when it is not there (404 "workspace.missing").
 */
int workspace_dir_check(const struct conf *conf, const char *path, struct err *e);

/* Whether there is such a directory; whether it is empty; whether it is the top of a git
 * repository. */
bool workspace_dir_exists(const char *path);
bool workspace_dir_is_empty(const char *path);
bool workspace_dir_is_git(const char *path);

#endif
