/*
 * Saving a file as one step: whatever happens, the name leads to the old bytes or to the
 * new ones, all of them, with mode, owner, access list and attributes as they were; and
 * what somebody else has changed meanwhile is never overwritten.
 *
 * The bytes go into a file without a name in the same directory (a hidden one where the
 * file system has no such thing), and to the disk. Then, one writer of ours at a time for
 * each name, the two are exchanged (renameat2), and what came out is looked at: if it is
 * not what was expected, it is put back. Writers that are not ours cannot be locked out,
 * which is why looking before is not enough.
 *
 * A link is followed beneath the workspace; a file with several names gets only this one
 * changed. Errors: those of beneath.h, and 412 "file.changed".
 */
#ifndef DISPATCH_LIB_SAVE_H
#define DISPATCH_LIB_SAVE_H

#include <stdbool.h>
#include <stddef.h>

#include "lib/beneath.h"
#include "lib/file_tag.h"

/* Names that begin so are ours, and there only for a moment. */
#define SAVE_PREFIX ".dispatch-save-"

/* What is expected to be there, instead of a tag. */
#define SAVE_ANYTHING NULL
#define SAVE_NOTHING ""

struct save;

struct saved {
	char sha256[SHA256_TEXT_SIZE]; /* of the new bytes */
	char tag[FILE_TAG_SIZE];       /* of the new file */
	char before[FILE_TAG_SIZE]; /* of what was there, "" when nothing was; not filled
	                               with SAVE_ANYTHING */
	bool created;               /* nothing was there */
	struct stat st;
};

/*
 * Begins to save the file at `path`; `expected` is the tag (file_tag.h) of what must be
 * there, or SAVE_NOTHING, or SAVE_ANYTHING. What is not as expected already now is told
 * already now. `b` must outlive it. A new file gets mode 0644. Returns NULL on error.
 */
struct save *save_begin(const struct beneath *b, const char *path, const char *expected,
	struct err *e);

/* Appends bytes. After an error, save_end() is all that is left to do. */
int save_write(struct save *s, const void *bytes, size_t len, struct err *e);

/* Puts it in place. 0 with *done filled, or -1: nothing has changed. */
int save_commit(struct save *s, struct saved *done, struct err *e);

/* Frees; without save_commit(), nothing is left of it. Legal on NULL. */
void save_end(struct save *s);

/* All of it for bytes that are there. */
int save_bytes(const struct beneath *b, const char *path, const char *expected,
	const void *bytes, size_t len, struct saved *done, struct err *e);

#endif
