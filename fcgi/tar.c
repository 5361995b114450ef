/*
 * See tar.h. The walk is a stack of open directories, so that it can stop after each
 * piece; each step opens one name in the topmost one, without following links. A name,
 * link or size that the old header cannot hold stands in an extended one before it.
 */
#include "config.h"

#include "fcgi/tar.h"

#include "lib/buf.h"
#include "lib/os_file.h"
#include "lib/save.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
	BLOCK = 512,
	DEPTH_MAX = 100,
	OLD_NAME = 100, /* bytes of a name or link in the old header */
	PIECE = 64 * 1024,
};

static const int64_t old_size_max = (int64_t)8 * 1024 * 1024 * 1024 - 1;

/* POSIX.1-2001, pax Interchange Format. */
struct header {
	char name[100], mode[8], uid[8], gid[8], size[12], mtime[12], sum[8], type,
		link[100], magic[6], version[2], user[32], group[32], major[8], minor[8],
		prefix[155], rest[12];
};

_Static_assert(sizeof(struct header) == BLOCK, "a header is one block");

struct tar {
	struct beneath b;
	struct buf path; /* of the topmost directory in the archive, with a slash */
	struct {
		DIR *dir;
		size_t path; /* bytes of the path without it */
	} stack[DEPTH_MAX];
	int depth;
	int fd;             /* the file that is being sent; -1: none */
	int64_t left, size; /* bytes of it */
};

/* ---- headers ---- */

static void
put_number(char *to, size_t size, int64_t value)
{
	char text[32];
	snprintf(text, sizeof text, "%0*llo", (int)size - 1, (unsigned long long)value);
	memcpy(to, text + strlen(text) - (size - 1), size - 1);
}

static void
put_text(char *to, size_t size, const char *text)
{
	size_t n = strlen(text);
	memcpy(to, text, n < size ? n : size);
}

static void
put_header(struct buf *out, const char *name, const struct stat *st, char type,
	int64_t size, const char *link)
{
	struct header h = {.type = type};
	unsigned sum = 0;
	put_text(h.name, sizeof h.name, name);
	put_text(h.link, sizeof h.link, link);
	put_number(h.mode, sizeof h.mode, st->st_mode & 07777);
	put_number(h.uid, sizeof h.uid, st->st_uid & 07777777);
	put_number(h.gid, sizeof h.gid, st->st_gid & 07777777);
	put_number(h.size, sizeof h.size, size <= old_size_max ? size : 0);
	put_number(h.mtime, sizeof h.mtime,
		st->st_mtim.tv_sec > 0 ? st->st_mtim.tv_sec : 0);
	memcpy(h.magic, "ustar", 6);
	memcpy(h.version, "00", 2);
	memset(h.sum, ' ', sizeof h.sum);
	for (size_t i = 0; i < sizeof h; i++)
		sum += ((const unsigned char *)&h)[i];
	put_number(h.sum, sizeof h.sum - 1, sum);
	buf_add(out, &h, sizeof h);
}

static void
pad(struct buf *out, int64_t size)
{
	static const char zeros[BLOCK];
	size_t over = (size_t)(size % BLOCK);
	if (over)
		buf_add(out, zeros, BLOCK - over);
}

/* "<length> key=value\n", where the length counts itself. */
static void
put_record(struct buf *b, const char *key, const char *value)
{
	size_t rest = strlen(key) + strlen(value) + 3, length = rest + 1;
	for (size_t digits = 1, ten = 10; length >= ten; ten *= 10)
		length = rest + ++digits;
	buf_printf(b, "%zu %s=%s\n", length, key, value);
}

static void
put_extended(struct buf *out, const char *name, const struct stat *st, int64_t size,
	const char *link)
{
	struct buf records = BUF_INIT;
	char number[24];
	snprintf(number, sizeof number, "%lld", (long long)size);
	if (strlen(name) > OLD_NAME)
		put_record(&records, "path", name);
	if (strlen(link) > OLD_NAME)
		put_record(&records, "linkpath", link);
	if (size > old_size_max)
		put_record(&records, "size", number);
	if (records.len) {
		put_header(out, "PaxHeader", st, 'x', (int64_t)records.len, "");
		buf_add(out, records.data, records.len);
		pad(out, (int64_t)records.len);
	}
	buf_free(&records);
}

static void
put_entry(struct buf *out, const char *name, const struct stat *st, char type,
	const char *link)
{
	int64_t size = type == '0' ? st->st_size : 0;
	put_extended(out, name, st, size, link);
	put_header(out, name, st, type, size, link);
}

/* ---- the walk ---- */

/* Takes over the descriptor; `name` ends with a slash. */
static void
enter(struct tar *tar, int fd, const char *name, const struct stat *st, struct buf *out)
{
	size_t before = tar->path.len;
	DIR *dir = tar->depth < DEPTH_MAX ? fdopendir(fd) : NULL;
	if (!dir) {
		close(fd);
		return;
	}
	buf_str(&tar->path, name);
	put_entry(out, tar->path.data, st, '5', "");
	tar->stack[tar->depth].dir = dir;
	tar->stack[tar->depth++].path = before;
}

static void
leave(struct tar *tar)
{
	closedir(tar->stack[--tar->depth].dir);
	tar->path.len = tar->stack[tar->depth].path;
	if (tar->path.data)
		tar->path.data[tar->path.len] = '\0';
}

static void
add_link(struct tar *tar, int dir, const char *name, const char *path,
	const struct stat *st, struct buf *out)
{
	char target[PATH_MAX];
	ssize_t n = readlinkat(dir, name, target, sizeof target - 1);
	(void)tar;
	if (n < 0)
		return;
	target[n] = '\0';
	put_entry(out, path, st, '2', target);
}

/* Opens what was found, if it is none of ours. */
static void
add_opened(struct tar *tar, int found, const char *name, const char *path,
	const struct stat *st, struct buf *out)
{
	bool directory = S_ISDIR(st->st_mode);
	if (os_is_made_up(found) || beneath_check_ours(&tar->b, found, st, NULL) != 0)
		return;
	int fd = os_reopen(found, O_RDONLY | O_NONBLOCK | (directory ? O_DIRECTORY : 0));
	if (fd < 0)
		return;
	if (directory) {
		char *with_slash = xasprintf("%s/", name);
		enter(tar, fd, with_slash, st, out);
		free(with_slash);
		return;
	}
	struct stat now;
	if (fstat(fd, &now) != 0)
		now = *st;
	put_entry(out, path, &now, '0', "");
	tar->fd = fd;
	tar->left = tar->size = now.st_size;
}

static void
add(struct tar *tar, const char *name, struct buf *out)
{
	int dir = dirfd(tar->stack[tar->depth - 1].dir);
	int found = openat(dir, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
	struct stat st = {0};
	if (found < 0)
		return;
	char *path = xasprintf("%s%s", tar->path.data, name);
	if (fstat(found, &st) == 0 && S_ISLNK(st.st_mode))
		add_link(tar, dir, name, path, &st, out);
	else if (S_ISREG(st.st_mode) || S_ISDIR(st.st_mode))
		add_opened(tar, found, name, path, &st, out);
	free(path);
	close(found);
}

static bool
is_left_out(const char *name)
{
	return strcmp(name, ".") == 0 || strcmp(name, "..") == 0 ||
		strncmp(name, SAVE_PREFIX, strlen(SAVE_PREFIX)) == 0;
}

/* ---- the stream ---- */

/* A file that became shorter meanwhile cannot be made good: the archive ends there. */
static int
send_file(struct tar *tar, struct buf *out)
{
	size_t want = tar->left < PIECE ? (size_t)tar->left : PIECE;
	ssize_t n = want ? read(tar->fd, buf_room(out, want), want) : 0;
	if (n < 0 && errno == EINTR)
		return 0;
	if (n <= 0 && want)
		return -1;
	out->len += (size_t)n;
	if (out->data)
		out->data[out->len] = '\0';
	tar->left -= n;
	if (tar->left > 0)
		return 0;
	pad(out, tar->size);
	close(tar->fd);
	tar->fd = -1;
	return 0;
}

static void
step(struct tar *tar, struct buf *out)
{
	static const char end[2 * BLOCK];
	struct dirent *entry = readdir(tar->stack[tar->depth - 1].dir);
	if (entry && !is_left_out(entry->d_name))
		add(tar, entry->d_name, out);
	else if (!entry)
		leave(tar);
	if (tar->depth == 0)
		buf_add(out, end, sizeof end);
}

static int
next_piece(void *arg, struct buf *out)
{
	struct tar *tar = arg;
	size_t before = out->len;
	while (out->len - before < STREAM_PIECE && (tar->depth || tar->fd >= 0)) {
		if (tar->fd < 0)
			step(tar, out);
		else if (send_file(tar, out) != 0)
			return -1;
	}
	return tar->depth || tar->fd >= 0;
}

static void
end_tar(void *arg)
{
	struct tar *tar = arg;
	while (tar->depth)
		leave(tar);
	if (tar->fd >= 0)
		close(tar->fd);
	beneath_close(&tar->b);
	buf_free(&tar->path);
	free(tar);
}

int
tar_open(struct stream *stream, struct beneath *b, const char *path, const char *name,
	struct err *e)
{
	struct buf first = BUF_INIT;
	struct stat st;
	int fd = beneath_directory(b, path, &st, e);
	if (fd < 0)
		return -1;
	struct tar *tar = xcalloc(1, sizeof *tar);
	char *top = xasprintf("%s/", name);
	tar->fd = -1;
	tar->b = *b;
	*b = BENEATH_INIT;
	enter(tar, fd, top, &st, &first);
	buf_free(&first); /* what it lies in needs no entry of its own */
	free(top);
	*stream = (struct stream){next_piece, end_tar, tar, -1};
	return 0;
}
