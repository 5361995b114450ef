/* See trash.h. The description is written before the thing is moved: a thing is never
 * without one. */
#include "config.h"

#include "lib/trash.h"

#include "lib/json.h"
#include "lib/path.h"
#include "lib/path_text.h"
#include "lib/tree.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { SIZE_ENTRIES = 20000 }; /* of a directory, that are counted for its size */

struct trash_name
trash_description(const char *id)
{
	struct trash_name name;
	snprintf(name.text, sizeof name.text, "%s.json", id);
	return name;
}

int
trash_open(const char *dir, const char *workspace, struct err *e)
{
	char *path = xasprintf("%s/trash/%s", dir, workspace);
	int fd = -1;
	if (path_make_dir(path, e) == 0 &&
		(fd = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)) < 0)
		beneath_failed(e, errno, "trash");
	free(path);
	return fd;
}

static int
write_description(int trash, const char *id, const char *path, const struct stat *st,
	int64_t size, int64_t now)
{
	struct trash_name name = trash_description(id);
	struct buf b = BUF_INIT;
	json_begin(&b, '{');
	json_key(&b, "id"), json_string(&b, id);
	json_key(&b, "path"), path_text_json(&b, path);
	json_key(&b, "type"), json_string(&b, file_type_name(st->st_mode));
	json_key(&b, "size"), json_int(&b, size);
	json_key(&b, "deleted_at"), json_int(&b, now);
	json_end(&b, '}');
	int fd = openat(trash, name.text, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	int rc = fd >= 0 && write(fd, b.data, b.len) == (ssize_t)b.len ? 0 : -1;
	if (fd >= 0)
		close(fd);
	buf_free(&b);
	return rc;
}

int
trash_carry(const struct beneath *b, int from_dir, const char *from, int to_dir,
	const char *to)
{
	struct tree_limit limit = {TRASH_COPY_BYTES, TRASH_COPY_ENTRIES, b};
	if (tree_copy(from_dir, from, to_dir, to, &limit) == 0)
		return tree_remove(from_dir, from) == 0 ? 0 : 1;
	int saved_errno = errno;
	if (saved_errno != EEXIST)
		tree_remove(to_dir, to);
	errno = saved_errno;
	return -1;
}

static int
move_to(const struct beneath *b, const struct beneath_entry *entry, int trash,
	const char *id)
{
	int rc = renameat(entry->parent, entry->name, trash, id);
	return rc != 0 && errno == EXDEV
		? trash_carry(b, entry->parent, entry->name, trash, id)
		: rc;
}

int
trash_put(const struct beneath *b, const char *workspace, const char *path, int64_t now,
	char id[ID_SIZE], struct err *e)
{
	struct tree_limit limit = {INT64_MAX, SIZE_ENTRIES, NULL};
	struct beneath_entry entry;
	struct stat st;
	int trash = -1, rc = -1;
	crypt_id(id);
	if (beneath_entry(b, path, &entry, e) != 0)
		return -1;
	int there = beneath_entry_stat(b, &entry, &st, e);
	if (there == 0)
		beneath_failed(e, ENOENT, path);
	if (there > 0 && (trash = trash_open(b->dir, workspace, e)) >= 0) {
		int64_t size = tree_size(entry.parent, entry.name, &limit);
		rc = write_description(trash, id, path, &st, size, now);
		if (rc == 0)
			rc = move_to(b, &entry, trash, id);
		if (rc != 0)
			rc = beneath_failed(e, errno, path);
		if (rc != 0 && faccessat(trash, id, F_OK, AT_SYMLINK_NOFOLLOW) != 0)
			unlinkat(trash, trash_description(id).text, 0);
		close(trash);
	}
	beneath_entry_close(&entry);
	return rc;
}
