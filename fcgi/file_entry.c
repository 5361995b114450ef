/* See file_entry.h. */
#include "config.h"

#include "fcgi/file_entry.h"

#include "lib/json.h"
#include "lib/path_text.h"

#include <errno.h>
#include <fcntl.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char *
owner_name(struct owner *owner, uid_t uid)
{
	char text[2048];
	struct passwd pw, *found = NULL;
	if (*owner->name && owner->uid == uid)
		return owner->name;
	owner->uid = uid;
	getpwuid_r(uid, &pw, text, sizeof text, &found);
	if (found)
		snprintf(owner->name, sizeof owner->name, "%s", pw.pw_name);
	else
		snprintf(owner->name, sizeof owner->name, "%u", (unsigned)uid);
	return owner->name;
}

/* As ls writes it, without the type. */
static void
mode_text(mode_t mode, char text[10])
{
	static const char letters[] = "rwxrwxrwx";
	for (int i = 0; i < 9; i++)
		text[i] = mode & (0400u >> i) ? letters[i] : '-';
	if (mode & S_ISUID)
		text[2] = text[2] == 'x' ? 's' : 'S';
	if (mode & S_ISGID)
		text[5] = text[5] == 'x' ? 's' : 'S';
	if (mode & S_ISVTX)
		text[8] = text[8] == 'x' ? 't' : 'T';
	text[9] = '\0';
}

static char *
join(const char *dir, const char *name)
{
	return *dir ? xasprintf("%s/%s", dir, name) : xstrdup(name);
}

const char *
file_link_type(const struct beneath *beneath, const char *dir, const char *name)
{
	struct stat st;
	char *path = join(dir, name);
	int fd = beneath_open_path(beneath, path, O_PATH);
	const char *type =
		fd >= 0 && fstat(fd, &st) == 0 ? file_type_name(st.st_mode) : NULL;
	if (fd >= 0)
		close(fd);
	free(path);
	return type;
}

static void
put_link(struct buf *b, const struct beneath *beneath, int fd, const char *dir,
	const char *name)
{
	char target[PATH_MAX];
	ssize_t n = readlinkat(fd, name, target, sizeof target - 1);
	target[n > 0 ? n : 0] = '\0';
	json_key(b, "target"), path_text_json(b, target);
	json_key(b, "target_type");
	json_string(b, file_link_type(beneath, dir, name));
}

int64_t
file_mtime(const struct stat *st)
{
	return (int64_t)st->st_mtim.tv_sec * 1000 + st->st_mtim.tv_nsec / 1000000;
}

static void
put_state(struct buf *b, const char *name, const struct stat *st, struct owner *owner)
{
	char mode[10];
	mode_text(st->st_mode, mode);
	json_key(b, "name"), path_text_json(b, name);
	json_key(b, "type"), json_string(b, file_type_name(st->st_mode));
	json_key(b, "size"), json_int(b, st->st_size);
	json_key(b, "mtime"), json_int(b, file_mtime(st));
	json_key(b, "mode"), json_string(b, mode);
	json_key(b, "owner"), json_string(b, owner_name(owner, st->st_uid));
}

bool
file_entry_put(struct buf *b, const struct beneath *beneath, int fd, const char *dir,
	const char *name, struct owner *owner)
{
	struct stat st;
	if (fstatat(fd, name, &st, AT_SYMLINK_NOFOLLOW) != 0)
		return false;
	json_begin(b, '{');
	put_state(b, name, &st, owner);
	if (S_ISLNK(st.st_mode))
		put_link(b, beneath, fd, dir, name);
	json_end(b, '}');
	return true;
}

static int
put_root(struct buf *b, const struct beneath *beneath, struct err *e)
{
	struct owner owner = {0};
	struct stat st;
	if (fstat(beneath->root, &st) != 0)
		return beneath_failed(e, errno, "");
	json_begin(b, '{');
	put_state(b, "", &st, &owner);
	json_end(b, '}');
	return 0;
}

int
file_entry_of(struct buf *b, const struct beneath *beneath, const char *path,
	struct err *e)
{
	struct beneath_entry entry;
	struct owner owner = {0};
	if (!*path)
		return put_root(b, beneath, e);
	if (beneath_entry(beneath, path, &entry, e) != 0)
		return -1;
	const char *slash = strrchr(path, '/');
	char *dir = xstrndup(path, slash ? (size_t)(slash - path) : 0);
	bool there = file_entry_put(b, beneath, entry.parent, dir, entry.name, &owner);
	int rc = there ? 0 : beneath_failed(e, errno, path);
	free(dir);
	beneath_entry_close(&entry);
	return rc;
}
