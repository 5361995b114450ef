/* Changes of a workspace's tree: making directories, moving, copying, restoring. */
#ifndef DISPATCH_FCGI_FILE_CHANGE_H
#define DISPATCH_FCGI_FILE_CHANGE_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/tree.h"
#include "lib/beneath.h"

enum {
	FILE_COPY_BYTES = 1 << 30, /* that are copied while one waits */
	FILE_COPY_ENTRIES = 100 * 1000,
};

struct file_change {
	const struct beneath *b;
	const char *workspace; /* id */
	const char *path, *to; /* bytes; NULL where there is none */
	const char *id;        /* in the trash */
	bool replace; /* what is at `to` goes to the trash, else it is an error */
	int64_t now;
	char **at; /* gets where it is now; the caller frees */
	struct tree_limit
		*limit; /* of a copy; NULL: FILE_COPY_BYTES, FILE_COPY_ENTRIES */
};

/* Makes a directory, and those above it. */
int file_mkdir(const struct file_change *change, struct err *e);

/* Moves what is at `path`, a link itself, to `to`. 409 "file.device": to another disk. */
int file_move(const struct file_change *change, struct err *e);

/* Copies a file, a link or a directory with what is in it. 413 "file.too_large": too much
 * for one request; nothing is left of it then. */
int file_copy(const struct file_change *change, struct err *e);

/* Brings back what is in the trash, to where it was or to `to`. 404 "trash.unknown". */
int file_restore(const struct file_change *change, struct err *e);

/* Makes the directories above a path that are not there. */
int file_make_parents(const struct beneath *b, const char *path, struct err *e);

/* Renames an entry to `path`, where nothing may be (409 "file.exists"). */
int file_rename(const struct file_change *change, const struct beneath_entry *from,
	const char *path, struct err *e);

/* Makes room at `path`: 0 when nothing is there, or when it has gone to the trash; 409
 * "file.exists" without `replace`. */
int file_make_room(const struct file_change *change, const char *path, struct err *e);

#endif
