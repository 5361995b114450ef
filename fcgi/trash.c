/*
 * See trash.h. A description is removed after its thing: one without a thing is nothing.
 * One that is empty is of a thing that is not whole any more: nobody is shown it, and it
 * is removed with the others.
 */
#include "config.h"

#include "fcgi/trash.h"

#include "lib/tree.h"
#include "lib/json.h"
#include "lib/json_read.h"
#include "lib/os_file.h"
#include "lib/path.h"
#include "lib/path_text.h"

#include <json-c/json.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { DESCRIPTION_MAX = PATH_TEXT_MAX * 2 + 1024, HOUR = 3600 };

static const int64_t day_ms = 24 * 3600 * 1000;

/* ---- descriptions ---- */

/* NULL: there is none that can be read, or not the thing itself. */
static struct json_object *
read_description(int trash, const char *id)
{
	struct trash_name name = trash_description(id);
	struct json_object *json = NULL;
	struct stat st;
	if (fstatat(trash, id, &st, AT_SYMLINK_NOFOLLOW) != 0)
		return NULL;
	int fd = openat(trash, name.text, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
	char *text = xcalloc(1, DESCRIPTION_MAX);
	ssize_t n = fd >= 0 ? read(fd, text, DESCRIPTION_MAX) : -1;
	if (n > 0)
		json_parse(&json, text, (size_t)n, NULL);
	if (fd >= 0)
		close(fd);
	free(text);
	return json;
}

/* ---- listing ---- */

/* The id whose description this is; false when it is something else. */
static bool
take_id(const char *name, char id[ID_SIZE])
{
	if (strlen(name) != ID_LENGTH + 5 || strcmp(name + ID_LENGTH, ".json") != 0 ||
		!crypt_is_id(name, ID_LENGTH))
		return false;
	memcpy(id, name, ID_LENGTH);
	id[ID_LENGTH] = '\0';
	return true;
}

/* Calls each(arg, trash, id) for all items. */
static void
each_item(int trash, void (*each)(void *arg, int trash, const char *id), void *arg)
{
	int fd = openat(trash, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *dir = fd >= 0 ? fdopendir(fd) : NULL;
	struct dirent *entry;
	char id[ID_SIZE];
	while (dir && (entry = readdir(dir)))
		if (take_id(entry->d_name, id))
			each(arg, trash, id);
	if (dir)
		closedir(dir);
	else if (fd >= 0)
		close(fd);
}

struct items {
	struct json_object **all;
	size_t count;
};

static void
add_item(void *arg, int trash, const char *id)
{
	struct items *items = arg;
	struct json_object *json = read_description(trash, id);
	if (!json)
		return;
	items->all = xrealloc(items->all, sizeof *items->all * (items->count + 1));
	items->all[items->count++] = json;
}

static int
compare_items(const void *a, const void *b)
{
	int64_t x = json_member_int(*(struct json_object *const *)a, "deleted_at", 0);
	int64_t y = json_member_int(*(struct json_object *const *)b, "deleted_at", 0);
	return x < y ? 1 : x > y ? -1 : 0;
}

int
trash_list(struct buf *out, const char *dir, const char *workspace, struct err *e)
{
	struct items items = {0};
	int trash = trash_open(dir, workspace, e);
	if (trash < 0)
		return -1;
	each_item(trash, add_item, &items);
	close(trash);
	if (items.count)
		qsort(items.all, items.count, sizeof *items.all, compare_items);
	json_begin(out, '[');
	for (size_t i = 0; i < items.count; i++) {
		json_raw(out, json_compact(items.all[i]));
		json_object_put(items.all[i]);
	}
	json_end(out, ']');
	free(items.all);
	return 0;
}

/* ---- restoring ---- */

static int
unknown(struct err *e)
{
	return err_set(e, 404, "trash.unknown", "There is no such item in the trash.");
}

/* What is left of a thing that was brought back in whole. */
static void
forget(int trash, const char *id)
{
	int fd = openat(trash, trash_description(id).text,
		O_WRONLY | O_TRUNC | O_NOFOLLOW | O_CLOEXEC);
	if (fd >= 0)
		close(fd);
}

/* As trash_carry(). */
static int
move_back(const struct file_change *change, int trash, const char *path, struct err *e)
{
	struct beneath_entry to;
	if (file_make_parents(change->b, path, e) != 0 ||
		file_make_room(change, path, e) != 0 ||
		beneath_entry(change->b, path, &to, e) != 0)
		return -1;
	int rc = os_rename_new(trash, change->id, to.parent, to.name);
	if (rc != 0 && (errno == EXDEV || errno == EINVAL))
		rc = trash_carry(NULL, trash, change->id, to.parent, to.name);
	if (rc < 0)
		beneath_failed(e, errno, path);
	beneath_entry_close(&to);
	return rc;
}

int
trash_restore(const struct file_change *change, struct err *e)
{
	int trash = trash_open(change->b->dir, change->workspace, e), rc = -1;
	struct json_object *json =
		trash >= 0 ? read_description(trash, change->id) : NULL;
	const char *text = json_member_text(json, "path");
	char *path = json && change->to ? xstrdup(change->to)
		: text ? path_text_relative(text, strlen(text), "path", NULL)
		       : NULL;
	if (trash >= 0 && !path)
		unknown(e);
	else if (trash >= 0 && (rc = move_back(change, trash, path, e)) >= 0) {
		if (rc > 0)
			forget(trash, change->id);
		else
			unlinkat(trash, trash_description(change->id).text, 0);
		*change->at = xstrdup(path);
		rc = 0;
	}
	free(path);
	json_object_put(json);
	if (trash >= 0)
		close(trash);
	return rc;
}

/* ---- removing ---- */

static void
remove_item(void *arg, int trash, const char *id)
{
	int *failure = arg;
	if (tree_remove(trash, id) == 0 || errno == ENOENT)
		unlinkat(trash, trash_description(id).text, 0);
	else
		*failure = errno;
}

int
trash_remove(const char *dir, const char *workspace, const char *id, struct err *e)
{
	struct stat st;
	int trash = trash_open(dir, workspace, e), failure = 0, rc = 0;
	if (trash < 0)
		return -1;
	if (!id)
		each_item(trash, remove_item, &failure);
	else if (fstatat(trash, trash_description(id).text, &st, 0) == 0)
		remove_item(&failure, trash, id);
	else
		rc = unknown(e);
	close(trash);
	return failure ? beneath_failed(e, failure, "trash") : rc;
}

struct expiry {
	int64_t before; /* seconds */
};

static void
expire_item(void *arg, int trash, const char *id)
{
	const struct expiry *expiry = arg;
	struct stat st;
	int failure;
	if (fstatat(trash, trash_description(id).text, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
		st.st_mtim.tv_sec < expiry->before)
		remove_item(&failure, trash, id);
}

/* True when the last time is an hour ago; notes this one. */
static bool
is_due(const char *trash, int64_t now)
{
	char *mark = path_join(trash, "expired");
	struct stat st;
	bool due = stat(mark, &st) != 0 || st.st_mtim.tv_sec < now / 1000 - HOUR;
	if (due) {
		int fd = open(mark, O_WRONLY | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
		if (fd >= 0)
			futimens(fd, NULL), close(fd);
	}
	free(mark);
	return due;
}

void
trash_expire(const char *dir, int64_t days, int64_t now)
{
	char *path = path_join(dir, "trash");
	struct expiry expiry = {(now - days * day_ms) / 1000};
	DIR *all = days && is_due(path, now) ? opendir(path) : NULL;
	struct dirent *entry;
	while (all && (entry = readdir(all))) {
		int trash = crypt_is_id(entry->d_name, strlen(entry->d_name))
			? openat(dirfd(all), entry->d_name,
				  O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
			: -1;
		if (trash < 0)
			continue;
		each_item(trash, expire_item, &expiry);
		close(trash);
	}
	if (all)
		closedir(all);
	free(path);
}
