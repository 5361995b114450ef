/* See file_change.h. */
#include "config.h"

#include "fcgi/file_change.h"

#include "fcgi/trash.h"
#include "lib/buf.h"
#include "lib/crypt.h"
#include "lib/os_file.h"
#include "lib/tree.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { DIRECTORY_MODE = 0755 };

static int
make_directory(const struct beneath *b, const char *path, bool may_exist, struct err *e)
{
	struct beneath_entry entry;
	if (beneath_entry(b, path, &entry, e) != 0)
		return -1;
	int rc = mkdirat(entry.parent, entry.name, DIRECTORY_MODE);
	if (rc == 0)
		/* Whatever our umask is. */
		rc = fchmodat(entry.parent, entry.name, DIRECTORY_MODE, 0);
	else if (errno == EEXIST && may_exist)
		rc = 0;
	if (rc != 0)
		beneath_failed(e, errno, path);
	beneath_entry_close(&entry);
	return rc;
}

/* Something that is no directory is in the way. */
static int
refuse_parent(const struct beneath *b, const char *parent, struct err *e)
{
	struct stat st;
	int fd = beneath_find(b, parent, &st, e);
	if (fd >= 0) {
		close(fd);
		beneath_failed(e, ENOTDIR, parent);
	}
	return -1;
}

int
file_make_parents(const struct beneath *b, const char *path, struct err *e)
{
	for (const char *slash = path; (slash = strchr(slash, '/')); slash++) {
		char *parent = xstrndup(path, (size_t)(slash - path));
		int fd = beneath_open_path(b, parent, O_PATH | O_DIRECTORY), rc = 0;
		if (fd >= 0)
			close(fd);
		else
			rc = errno == ENOENT ? make_directory(b, parent, true, e)
					     : refuse_parent(b, parent, e);
		free(parent);
		if (rc != 0)
			return -1;
	}
	return 0;
}

int
file_mkdir(const struct file_change *change, struct err *e)
{
	if (file_make_parents(change->b, change->path, e) != 0 ||
		make_directory(change->b, change->path, false, e) != 0)
		return -1;
	*change->at = xstrdup(change->path);
	return 0;
}

int
file_make_room(const struct file_change *change, const char *path, struct err *e)
{
	struct beneath_entry entry;
	struct stat st;
	char id[ID_SIZE];
	if (beneath_entry(change->b, path, &entry, e) != 0)
		return -1;
	int there = beneath_entry_stat(change->b, &entry, &st, e);
	beneath_entry_close(&entry);
	if (there <= 0)
		return there;
	if (!change->replace)
		return beneath_failed(e, EEXIST, path);
	return trash_put(change->b, change->workspace, path, change->now, id, e);
}

static int
failed(int saved_errno, const char *path, struct err *e)
{
	if (saved_errno == EXDEV)
		return err_set(e, 409, "file.device",
			"This would go to another disk: copy it, and delete it here.");
	return beneath_failed(e, saved_errno, path);
}

/* A directory cannot be copied into itself. */
static int
check_not_within(const struct file_change *change, struct err *e)
{
	size_t n = strlen(change->path);
	if (strncmp(change->path, change->to, n) != 0 || change->to[n] != '/')
		return 0;
	return beneath_failed(e, EINVAL, change->to);
}

/* Where renaming without replacing is not known, looking before is all there is. */
static int
rename_new(const struct beneath_entry *from, const struct beneath_entry *to)
{
	struct stat st;
	int rc = os_rename_new(from->parent, from->name, to->parent, to->name);
	if (rc == 0 || errno != EINVAL)
		return rc;
	if (fstatat(to->parent, to->name, &st, AT_SYMLINK_NOFOLLOW) == 0) {
		errno = EEXIST;
		return -1;
	}
	return renameat(from->parent, from->name, to->parent, to->name);
}

int
file_rename(const struct file_change *change, const struct beneath_entry *from,
	const char *path, struct err *e)
{
	struct beneath_entry to;
	if (beneath_entry(change->b, path, &to, e) != 0)
		return -1;
	int rc = rename_new(from, &to);
	if (rc != 0)
		failed(errno, path, e);
	else
		*change->at = xstrdup(path);
	beneath_entry_close(&to);
	return rc;
}

int
file_move(const struct file_change *change, struct err *e)
{
	struct beneath_entry from;
	struct stat st;
	int rc = -1;
	if (beneath_entry(change->b, change->path, &from, e) != 0)
		return -1;
	int there = beneath_entry_stat(change->b, &from, &st, e);
	if (there == 0)
		beneath_failed(e, ENOENT, change->path);
	if (there > 0 && file_make_room(change, change->to, e) == 0)
		rc = file_rename(change, &from, change->to, e);
	beneath_entry_close(&from);
	return rc;
}

int
file_copy(const struct file_change *change, struct err *e)
{
	struct tree_limit limit = {FILE_COPY_BYTES, FILE_COPY_ENTRIES, change->b};
	struct beneath_entry from = BENEATH_ENTRY_INIT, to = BENEATH_ENTRY_INIT;
	struct stat st;
	int rc = -1, there;
	if (beneath_entry(change->b, change->path, &from, e) != 0)
		goto out;
	there = beneath_entry_stat(change->b, &from, &st, e);
	if (there == 0)
		beneath_failed(e, ENOENT, change->path);
	if (there <= 0 || check_not_within(change, e) != 0 ||
		file_make_room(change, change->to, e) != 0 ||
		beneath_entry(change->b, change->to, &to, e) != 0)
		goto out;
	rc = tree_copy(from.parent, from.name, to.parent, to.name,
		change->limit ? change->limit : &limit);
	if (rc == 0) {
		*change->at = xstrdup(change->to);
		goto out;
	}
	int saved_errno = errno;
	if (saved_errno != EEXIST)
		tree_remove(to.parent, to.name);
	beneath_failed(e, saved_errno, change->to);
out:
	beneath_entry_close(&from);
	beneath_entry_close(&to);
	return rc;
}

int
file_restore(const struct file_change *change, struct err *e)
{
	return trash_restore(change, e);
}
