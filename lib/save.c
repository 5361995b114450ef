/*
 * See save.h. The lock is a byte of DIR/run/save.lock, chosen by directory and name, so
 * that nothing is left lying about; it ends with the process that holds it.
 */
#include "config.h"

#include "lib/save.h"

#include "lib/buf.h"
#include "lib/os_file.h"
#include "lib/path.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { NEW_MODE = 0644 };

struct save {
	const struct beneath *b;
	char *path;     /* as the caller said it, for errors */
	char *expected; /* NULL: anything; "": nothing; else a tag */
	struct beneath_entry entry;
	int fd;                    /* the new file */
	char hidden[NAME_MAX + 1]; /* its name until then; "" while it has none */
	int lock;
	struct crypt_hash *hash;
	struct stat old; /* what is there; st_nlink 0: nothing */
	char before[FILE_TAG_SIZE];
};

static int
failed(const struct save *s, struct err *e)
{
	return beneath_failed(e, errno, s->path);
}

static int
changed(struct err *e)
{
	return err_set(e, 412, "file.changed",
		"Somebody else has changed this file meanwhile.");
}

static int
refuse_kind(const struct save *s, const struct stat *st, struct err *e)
{
	if (S_ISDIR(st->st_mode))
		return beneath_failed(e, EISDIR, s->path);
	return err_set(e, 409, "file.kind", "This is neither a file nor a directory.");
}

/* The tag of what has this name. 0, 1 when it is something else than a file, -1. */
static int
tag_of(const struct save *s, const char *name, struct stat *st, char *tag, struct err *e)
{
	int found = openat(s->entry.parent, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
	int fd = -1, rc = -1;
	if (found < 0 || fstat(found, st) != 0)
		failed(s, e);
	else if (beneath_check_ours(s->b, found, st, e) == 0)
		rc = !S_ISREG(st->st_mode);
	if (rc == 0 && (fd = beneath_reopen(found, O_RDONLY, s->path, e)) < 0)
		rc = -1;
	if (rc == 0 && file_tag(fd, st, tag) != 0)
		rc = failed(s, e);
	if (fd >= 0)
		close(fd);
	if (found >= 0)
		close(found);
	return rc;
}

/* Looks at what is there, and whether it is what is expected. */
static int
look(struct save *s, struct err *e)
{
	int rc = beneath_entry_stat(s->b, &s->entry, &s->old, e);
	bool must_exist = s->expected && *s->expected;
	*s->before = '\0';
	if (rc == 0) {
		s->old = (struct stat){0};
		return must_exist ? changed(e) : 0;
	}
	if (rc < 0)
		return -1;
	if (s->expected && !*s->expected)
		return changed(e);
	if (!S_ISREG(s->old.st_mode))
		return must_exist ? changed(e) : refuse_kind(s, &s->old, e);
	if (!must_exist)
		return 0;
	rc = tag_of(s, s->entry.name, &s->old, s->before, e);
	if (rc > 0 || (rc == 0 && strcmp(s->before, s->expected) != 0))
		return changed(e);
	return rc;
}

/* One who may not write the file must not replace it either. */
static int
check_writable(const struct save *s, struct err *e)
{
	if (!s->old.st_nlink)
		return 0;
	int fd = openat(s->entry.parent, s->entry.name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0)
		return errno == ENOENT ? changed(e) : failed(s, e);
	bool may = os_may_write(fd);
	close(fd);
	return may ? 0 : beneath_failed(e, EACCES, s->path);
}

/* Where there are no files without a name, a hidden one. */
static int
make_file(struct save *s, struct err *e)
{
	s->fd = os_unnamed_file(s->entry.parent, 0600);
	if (s->fd >= 0)
		return 0;
	if (errno != EOPNOTSUPP && errno != EISDIR && errno != EINVAL && errno != EBADF)
		return failed(s, e);
	char id[ID_SIZE];
	crypt_id(id);
	snprintf(s->hidden, sizeof s->hidden, SAVE_PREFIX "%s", id);
	s->fd = openat(s->entry.parent, s->hidden,
		O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (s->fd >= 0)
		return 0;
	*s->hidden = '\0';
	return failed(s, e);
}

struct save *
save_begin(const struct beneath *b, const char *path, const char *expected, struct err *e)
{
	struct save *s = xcalloc(1, sizeof *s);
	*s = (struct save){
		.b = b,
		.path = xstrdup(path),
		.expected = xstrdup(expected),
		.entry = BENEATH_ENTRY_INIT,
		.fd = -1,
		.lock = -1,
		.hash = crypt_hash_begin(),
	};
	if (beneath_target(b, path, &s->entry, e) == 0 && look(s, e) == 0 &&
		check_writable(s, e) == 0 && make_file(s, e) == 0)
		return s;
	save_end(s);
	return NULL;
}

int
save_write(struct save *s, const void *bytes, size_t len, struct err *e)
{
	const char *at = bytes;
	crypt_hash_add(s->hash, bytes, len);
	while (len) {
		ssize_t n = write(s->fd, at, len);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return failed(s, e);
		at += n;
		len -= (size_t)n;
	}
	return 0;
}

/* A number that stands for the name in its directory. */
static int
take_lock(struct save *s, struct err *e)
{
	char *path = path_join(s->b->dir, "run/save.lock");
	uint8_t hash[SHA256_SIZE];
	struct stat st;
	uint64_t offset;
	s->lock = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	free(path);
	if (s->lock < 0 || fstat(s->entry.parent, &st) != 0)
		return failed(s, e);
	char *key = xasprintf("%llu %llu %s", (unsigned long long)st.st_dev,
		(unsigned long long)st.st_ino, s->entry.name);
	crypt_sha256(key, strlen(key), hash);
	free(key);
	memcpy(&offset, hash, sizeof offset);
	return os_lock_byte(s->lock, offset) == 0 ? 0 : failed(s, e);
}

/* As the file was that it takes the place of. */
static int
dress(struct save *s, struct err *e)
{
	if (!s->old.st_nlink)
		return fchmod(s->fd, NEW_MODE) == 0 ? 0 : failed(s, e);
	struct stat mine;
	int old = openat(s->entry.parent, s->entry.name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
	int rc = -1;
	if (old < 0 || fstat(s->fd, &mine) != 0)
		failed(s, e);
	else if ((mine.st_uid != s->old.st_uid || mine.st_gid != s->old.st_gid) &&
		fchown(s->fd, s->old.st_uid, s->old.st_gid) != 0)
		err_set(e, 403, "file.denied",
			"This file belongs to somebody else, and would belong to you if "
			"it were saved.");
	else if (fchmod(s->fd, s->old.st_mode & 07777) != 0 ||
		os_copy_attributes(old, s->fd) != 0)
		failed(s, e);
	else
		rc = 0;
	if (old >= 0)
		close(old);
	return rc;
}

/* A name of its own for the new file, for the moment of the exchange. What has it already
 * was left by someone who was killed in that moment. */
static int
hide(struct save *s, struct err *e)
{
	char hash[SHA256_TEXT_SIZE];
	if (*s->hidden)
		return 0;
	crypt_sha256_text(s->entry.name, strlen(s->entry.name), hash);
	snprintf(s->hidden, sizeof s->hidden, SAVE_PREFIX "%.32s", hash);
	int rc = os_name_file(s->fd, s->entry.parent, s->hidden);
	if (rc != 0 && errno == EEXIST && unlinkat(s->entry.parent, s->hidden, 0) == 0)
		rc = os_name_file(s->fd, s->entry.parent, s->hidden);
	if (rc == 0)
		return 0;
	*s->hidden = '\0';
	return failed(s, e);
}

static int
put_new(struct save *s, struct err *e)
{
	int rc = *s->hidden ? os_rename_new(s->entry.parent, s->hidden, s->entry.parent,
				      s->entry.name)
			    : os_name_file(s->fd, s->entry.parent, s->entry.name);
	if (rc != 0)
		return errno == EEXIST ? changed(e) : failed(s, e);
	*s->hidden = '\0';
	return 0;
}

/* Whether what has this name is the new file. */
static bool
is_new(const struct save *s, const char *name)
{
	struct stat mine, there;
	return fstat(s->fd, &mine) == 0 &&
		fstatat(s->entry.parent, name, &there, AT_SYMLINK_NOFOLLOW) == 0 &&
		mine.st_dev == there.st_dev && mine.st_ino == there.st_ino;
}

/* What came out goes back. If somebody has replaced the new file meanwhile, theirs comes
 * out now, and is what the name must lead to. */
static int
put_back(struct save *s, struct err *e)
{
	if (os_exchange(s->entry.parent, s->hidden, s->entry.name) == 0 &&
		!is_new(s, s->hidden))
		os_exchange(s->entry.parent, s->hidden, s->entry.name);
	return changed(e);
}

/* Whether what came out is what was expected. Renaming has set its ctime. */
static bool
came_out_right(const struct save *s)
{
	char tag[FILE_TAG_SIZE];
	struct stat st;
	if (tag_of(s, s->hidden, &st, tag, NULL) != 0 || st.st_ino != s->old.st_ino ||
		st.st_dev != s->old.st_dev)
		return false;
	if (st.st_size <= FILE_TAG_HASHED_MAX)
		return strcmp(tag, s->before) == 0;
	return st.st_size == s->old.st_size &&
		st.st_mtim.tv_sec == s->old.st_mtim.tv_sec &&
		st.st_mtim.tv_nsec == s->old.st_mtim.tv_nsec;
}

static int
exchange(struct save *s, struct err *e)
{
	if (os_exchange(s->entry.parent, s->hidden, s->entry.name) == 0)
		return came_out_right(s) ? 0 : put_back(s, e);
	if (errno == ENOENT)
		return changed(e);
	if (errno != EINVAL)
		return failed(s, e);
	/* The file system cannot: the look just before is all that there is. */
	if (look(s, e) != 0)
		return -1;
	if (renameat(s->entry.parent, s->hidden, s->entry.parent, s->entry.name) != 0)
		return failed(s, e);
	*s->hidden = '\0';
	return 0;
}

static int
put(struct save *s, struct err *e)
{
	if (s->expected && !*s->expected)
		return put_new(s, e);
	if (hide(s, e) != 0)
		return -1;
	if (s->expected)
		return exchange(s, e);
	if (renameat(s->entry.parent, s->hidden, s->entry.parent, s->entry.name) != 0)
		return failed(s, e);
	*s->hidden = '\0';
	return 0;
}

/* The name of what was there, if any is left, and the lock. */
static void
clean(struct save *s)
{
	if (*s->hidden)
		unlinkat(s->entry.parent, s->hidden, 0);
	*s->hidden = '\0';
	if (s->lock >= 0)
		close(s->lock);
	s->lock = -1;
}

int
save_commit(struct save *s, struct saved *done, struct err *e)
{
	uint8_t hash[SHA256_SIZE];
	int rc = -1;
	crypt_hash_end(s->hash, hash);
	s->hash = NULL;
	if (fsync(s->fd) != 0)
		failed(s, e);
	else if (take_lock(s, e) == 0 && look(s, e) == 0 && dress(s, e) == 0)
		rc = put(s, e);
	clean(s);
	if (rc != 0)
		return -1;
	fsync(s->entry.parent); /* not every file system has that for a directory */
	*done = (struct saved){.created = !s->old.st_nlink};
	crypt_hash_text(hash, done->sha256);
	memcpy(done->before, s->before, sizeof done->before);
	if (fstat(s->fd, &done->st) != 0)
		return failed(s, e);
	if (done->st.st_size <= FILE_TAG_HASHED_MAX)
		memcpy(done->tag, done->sha256, sizeof done->sha256);
	else
		file_tag_of_state(&done->st, done->tag);
	return 0;
}

void
save_end(struct save *s)
{
	if (!s)
		return;
	clean(s);
	if (s->fd >= 0)
		close(s->fd);
	crypt_hash_end(s->hash, NULL);
	beneath_entry_close(&s->entry);
	free(s->path);
	free(s->expected);
	free(s);
}

int
save_bytes(const struct beneath *b, const char *path, const char *expected,
	const void *bytes, size_t len, struct saved *done, struct err *e)
{
	struct save *s = save_begin(b, path, expected, e);
	int rc = -1;
	if (s && save_write(s, bytes, len, e) == 0)
		rc = save_commit(s, done, e);
	save_end(s);
	return rc;
}
