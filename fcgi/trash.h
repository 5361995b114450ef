/* What was deleted, until it is brought back or its time is over: the trash of
 * lib/trash.h. */
#ifndef DISPATCH_FCGI_TRASH_H
#define DISPATCH_FCGI_TRASH_H

#include <stdint.h>

#include "fcgi/file_change.h"
#include "lib/buf.h"
#include "lib/trash.h"

/* Appends the items, newest first, as a JSON array. */
int trash_list(struct buf *out, const char *dir, const char *workspace, struct err *e);

/* Brings the item change->id back to change->to, or where it was; see file_restore(). */
int trash_restore(const struct file_change *change, struct err *e);

/* Removes an item for good; 404 "trash.unknown". NULL: all items. */
int trash_remove(const char *dir, const char *workspace, const char *id, struct err *e);

/* Removes what is older than `days` (0: nothing) from all trashes; once an hour at most.
 */
void trash_expire(const char *dir, int64_t days, int64_t now);

#endif
