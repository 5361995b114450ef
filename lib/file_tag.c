/* See file_tag.h. */
#include "config.h"

#include "lib/file_tag.h"

#include "lib/buf.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { PIECE = 256 * 1024 };

static long long
nanoseconds(const struct timespec *t)
{
	return (long long)t->tv_sec * 1000000000 + t->tv_nsec;
}

void
file_tag_of_state(const struct stat *st, char tag[FILE_TAG_SIZE])
{
	snprintf(tag, FILE_TAG_SIZE, "%lld-%lld-%llu-%lld", (long long)st->st_size,
		nanoseconds(&st->st_mtim), (unsigned long long)st->st_ino,
		nanoseconds(&st->st_ctim));
}

/* Hashes to the end. 1; 0 when there are more than `most` bytes; -1 with errno. */
static int
hash(int fd, off_t most, char text[SHA256_TEXT_SIZE])
{
	struct crypt_hash *h = crypt_hash_begin();
	char *piece = xcalloc(1, PIECE);
	uint8_t sum[SHA256_SIZE];
	off_t at = 0;
	ssize_t n;
	while ((n = pread(fd, piece, PIECE, at)) != 0 && at <= most) {
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			break;
		crypt_hash_add(h, piece, (size_t)n);
		at += n;
	}
	int saved_errno = errno;
	free(piece);
	crypt_hash_end(h, sum);
	crypt_hash_text(sum, text);
	errno = saved_errno;
	return n < 0 ? -1 : n == 0 && at <= most;
}

int
file_sha256(int fd, char text[SHA256_TEXT_SIZE])
{
	return hash(fd, INT64_MAX, text) > 0 ? 0 : -1;
}

int
file_tag(int fd, struct stat *st, char tag[FILE_TAG_SIZE])
{
	if (fstat(fd, st) != 0)
		return -1;
	int hashed = st->st_size <= FILE_TAG_HASHED_MAX
		? hash(fd, FILE_TAG_HASHED_MAX, tag)
		: 0;
	if (hashed < 0 || fstat(fd, st) != 0)
		return -1;
	if (!hashed)
		file_tag_of_state(st, tag);
	return 0;
}
