/* A merge, a rebase or the like that waits for a person to go on. */
#ifndef DISPATCH_FCGI_GIT_OPERATION_H
#define DISPATCH_FCGI_GIT_OPERATION_H

#include "fcgi/git.h"

/* Appends "operation": null, or {"kind","step","of","message"}. */
int git_operation_put(struct git *g, struct buf *b, struct err *e);

/* What it is called: "merge" …; NULL: there is none, or an error (then e->status is
 * set). */
const char *git_operation_kind(struct git *g, struct err *e);

#endif
