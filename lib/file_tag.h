/*
 * Which state of a file this is: the SHA-256 of its bytes in hexadecimal for one of up to
 * 64 MiB; "<size>-<mtime ns>-<inode>-<ctime ns>" for a larger one.
 */
#ifndef DISPATCH_LIB_FILE_TAG_H
#define DISPATCH_LIB_FILE_TAG_H

#include <stdint.h>
#include <sys/stat.h>

#include "lib/crypt.h"
#include "lib/err.h"

enum {
	FILE_TAG_HASHED_MAX = 64 * 1024 * 1024, /* bytes of a file that is read for it */
	FILE_TAG_SIZE = 96,
};

/* The tag of a file that is open for reading (its offset does not matter and is kept),
 * with the state that belongs to it. 0, or -1 with errno. */
int file_tag(int fd, struct stat *st, char tag[FILE_TAG_SIZE]);

/* The hash of all bytes, of however many. 0, or -1 with errno. */
int file_sha256(int fd, char text[SHA256_TEXT_SIZE]);

/* The tag of a larger file, by its state alone. */
void file_tag_of_state(const struct stat *st, char tag[FILE_TAG_SIZE]);

#endif
