/*
 * Some lines of a patch as a patch of its own, for `git apply`. Forward, the file as it
 * was before gets the chosen changes; in reverse (`git apply -R`), the file as it is
 * after loses them.
 */
#ifndef DISPATCH_FCGI_GIT_PATCH_H
#define DISPATCH_FCGI_GIT_PATCH_H

#include <stdbool.h>
#include <stddef.h>

#include "fcgi/git_hunks.h"

/*
 * Appends a patch with those changed lines of `h` for which chosen[its index] is set; it
 * is for the file `path` (bytes, from the top of the work tree). Nothing is appended when
 * none is chosen.
 */
void git_patch_make(struct buf *out, const struct git_hunks *h, const bool *chosen,
	const char *path, bool reverse);

#endif
