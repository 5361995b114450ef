/* Throwing changes away. */
#ifndef DISPATCH_FCGI_GIT_DISCARD_H
#define DISPATCH_FCGI_GIT_DISCARD_H

#include "fcgi/git.h"

/*
 * The paths (bytes with a NUL behind each) become in the work tree what they are in the
 * index. What git does not know of them goes to the workspace's trash.
 */
int git_discard_paths(struct git *g, const struct buf *paths, struct err *e);

#endif
