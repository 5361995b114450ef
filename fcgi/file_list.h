/* A directory as a list: folders first, then by name as a person sorts them. */
#ifndef DISPATCH_FCGI_FILE_LIST_H
#define DISPATCH_FCGI_FILE_LIST_H

#include "fcgi/located.h"
#include "lib/buf.h"

struct file_list {
	int limit;         /* most entries in the answer */
	bool hidden;       /* also those whose name begins with a dot */
	const char *after; /* the `next` of the answer before; NULL: from the start */
};

/*
 * Appends `"mtime":…,"items":[…],"next":…` of the directory at l->path. `mtime` is that
 * of the directory before it was read: when it is the same later, no name has come or
 * gone since.
 */
int file_list_put(struct buf *b, const struct located *l, const struct file_list *list,
	struct err *e);

#endif
