/* An entry of a directory, as people are shown it. */
#ifndef DISPATCH_FCGI_FILE_ENTRY_H
#define DISPATCH_FCGI_FILE_ENTRY_H

#include "lib/beneath.h"
#include "lib/buf.h"

#include <stdint.h>
#include <sys/stat.h>
#include <sys/types.h>

/* Names of the owners of one answer, looked up once each. */
struct owner {
	uid_t uid;
	char name[64]; /* "" before the first one */
};

/* When it last changed, in Unix milliseconds. */
int64_t file_mtime(const struct stat *st);

/* Appends the entry `name` of the open directory, which is `dir` beneath the workspace
 * (bytes). False: it is not there any more, and nothing is appended. */
bool file_entry_put(struct buf *b, const struct beneath *beneath, int fd, const char *dir,
	const char *name, struct owner *owner);

/* The type of what a link leads to; NULL: nothing beneath the workspace. */
const char *file_link_type(const struct beneath *beneath, const char *dir,
	const char *name);

/* Appends the entry of a path ("" is the workspace itself). Errors: those of beneath.h.
 */
int file_entry_of(struct buf *b, const struct beneath *beneath, const char *path,
	struct err *e);

#endif
