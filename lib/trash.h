/*
 * Putting things into the trash: DIR/trash/<workspace>/<id> in the state directory, with
 * <id>.json beside it, which tells what it was. What comes of them is fcgi/trash.h's.
 */
#ifndef DISPATCH_LIB_TRASH_H
#define DISPATCH_LIB_TRASH_H

#include <stdint.h>

#include "lib/beneath.h"
#include "lib/crypt.h"

enum {
	TRASH_COPY_BYTES = 1 << 30, /* at most that is copied from another disk */
	TRASH_COPY_ENTRIES = 100 * 1000,
};

/* Moves what is at the path (bytes; a link itself) to the trash of the workspace, and
 * tells under which id. What lies on another disk is copied there. */
int trash_put(const struct beneath *b, const char *workspace, const char *path,
	int64_t now, char id[ID_SIZE], struct err *e);

/* Opens the trash of a workspace, which is made when it is not there. -1 on error. */
int trash_open(const char *dir, const char *workspace, struct err *e);

/* The name of an item's description: "<id>.json". */
struct trash_name {
	char text[ID_SIZE + 5];
};
struct trash_name trash_description(const char *id);

/* Moves an entry to another disk: copies it, and removes it when the copy is whole; with
 * `b`, what is ours there is not copied. 0; 1 with errno: the copy is whole, and of the
 * entry something would not be removed; -1 with errno: there is no copy, EEXIST: because
 * something else is there. */
int trash_carry(const struct beneath *b, int from_dir, const char *from, int to_dir,
	const char *to);

#endif
