/* See beneath.h. The kernel does the promise (openat2, RESOLVE_BENEATH); where it is too
 * old for that, everything is refused. */
#include "config.h"

#include "lib/beneath.h"

#include "lib/buf.h"
#include "lib/os_file.h"
#include "lib/path.h"
#include "lib/path_text.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { LINKS_MAX = 40 }; /* in a row, as path_resolution(7) has it */

struct fault {
	int number, status;
	const char *code, *text;
};

static const struct fault faults[] = {
	{ENOENT, 404, "file.missing", "There is no such file or directory"},
	{EXDEV, 403, "file.outside", "This leads out of the workspace"},
	{ELOOP, 403, "file.outside", "There are too many links here"},
	{EACCES, 403, "file.denied", "The system does not allow this"},
	{EPERM, 403, "file.denied", "The system does not allow this"},
	{EROFS, 403, "file.denied", "Nothing can be written here"},
	{ETXTBSY, 403, "file.denied", "This program is running"},
	{EBUSY, 403, "file.denied", "This is in use"},
	{EEXIST, 409, "file.exists", "There is something with this name"},
	{ENOTEMPTY, 409, "file.exists", "This directory is not empty"},
	{ENOTDIR, 409, "file.not_directory", "This is not a directory"},
	{EISDIR, 409, "file.directory", "This is a directory"},
	{EINVAL, 400, "file.name", "This cannot be done with this name"},
	{ENAMETOOLONG, 400, "file.name", "This name is too long"},
	{EILSEQ, 400, "file.name", "This name is not possible here"},
	{ENOSPC, 507, "file.full", "The disk is full"},
	{EDQUOT, 507, "file.full", "No more may be stored here"},
	{EFBIG, 413, "file.too_large", "This file would be too large"},
	{EMLINK, 409, "file.kind", "There are too many entries here"},
	{ENOSYS, 500, "file.failed",
		"This system cannot keep to a directory; Linux 5.6 or newer is needed"},
};

static int
refuse(struct err *e, int status, const char *code, const char *why, const char *path)
{
	char *text = path_text(path);
	err_set(e, status, code, "%s: %.250s", why, *text ? text : ".");
	free(text);
	return -1;
}

int
beneath_failed(struct err *e, int saved_errno, const char *path)
{
	for (size_t i = 0; i < sizeof faults / sizeof *faults; i++)
		if (faults[i].number == saved_errno)
			return refuse(e, faults[i].status, faults[i].code, faults[i].text,
				path);
	char *text = path_text(path);
	err_errno(e, saved_errno, 500, "file.failed", "%.250s", *text ? text : ".");
	free(text);
	return -1;
}

static bool
same(const struct stat *a, const struct stat *b)
{
	return a->st_dev == b->st_dev && a->st_ino == b->st_ino;
}

/* What may be known under another name, too. */
static bool
is_our_file(const struct beneath *b, const struct stat *st)
{
	static const char *const names[] = {".", "state.db", "state.db-wal",
		"state.db-shm", "events.db", "events.db-wal", "events.db-shm",
		"secret.key"};
	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		char *path = path_join(b->dir, names[i]);
		struct stat ours;
		bool is = lstat(path, &ours) == 0 && same(&ours, st);
		free(path);
		if (is)
			return true;
	}
	return false;
}

static bool
is_in_our_directory(const struct beneath *b, int fd)
{
	char path[PATH_MAX];
	size_t n = strlen(b->dir);
	return os_path_of(fd, path, sizeof path) && strncmp(path, b->dir, n) == 0 &&
		(path[n] == '/' || path[n] == '\0');
}

static bool
holds_our_directory(const struct beneath *b, int fd)
{
	char path[PATH_MAX];
	size_t n;
	return os_path_of(fd, path, sizeof path) && (n = strlen(path)) > 0 &&
		strncmp(path, b->dir, n) == 0 && b->dir[n] == '/';
}

static int
refuse_ours(struct err *e)
{
	return err_set(e, 403, "file.ours", "This belongs to Dispatch itself.");
}

int
beneath_check_ours(const struct beneath *b, int fd, const struct stat *st, struct err *e)
{
	if (!is_our_file(b, st) && !is_in_our_directory(b, fd))
		return 0;
	return refuse_ours(e);
}

int
beneath_open(struct beneath *b, const char *path, const char *dir, struct err *e)
{
	*b = BENEATH_INIT;
	b->dir = realpath(dir, NULL);
	if (!b->dir)
		return err_errno(e, errno, 500, "file.failed", "%s", dir);
	b->root = os_open_plain(path, O_PATH | O_DIRECTORY);
	if (b->root < 0 && errno != EACCES && errno != ENOSYS)
		return refuse(e, 404, "workspace.missing",
			"The workspace's directory is not there any more", path);
	if (b->root < 0 || fstat(b->root, &b->root_stat) != 0)
		return beneath_failed(e, errno, path);
	return beneath_check_ours(b, b->root, &b->root_stat, e);
}

void
beneath_close(struct beneath *b)
{
	if (b->root >= 0)
		close(b->root);
	free(b->dir);
	*b = BENEATH_INIT;
}

/* What of an absolute path lies in the workspace; NULL: it lies elsewhere. */
static const char *
part_within(const struct beneath *b, const char *path)
{
	char root[PATH_MAX];
	size_t n;
	if (!os_path_of(b->root, root, sizeof root))
		return NULL;
	n = strcmp(root, "/") == 0 ? 0 : strlen(root);
	if (strncmp(path, root, n) != 0 || (path[n] != '/' && path[n] != '\0'))
		return NULL;
	return path[n] ? path + n + 1 : path + n;
}

/* Of a path whose last names are not there, those before them without links. */
static char *
real_path(const char *path)
{
	char *real = realpath(path, NULL), *slash = strrchr(path, '/');
	if (real || errno != ENOENT || slash == path)
		return real;
	char *above = xstrndup(path, (size_t)(slash - path)), *found = real_path(above);
	real = found ? path_join(found, slash + 1) : NULL;
	free(above);
	free(found);
	return real;
}

/* Where an absolute path leads, without links; NULL: out of the workspace. */
static char *
lead_back(const struct beneath *b, const char *path)
{
	char *real = real_path(path);
	const char *within = real ? part_within(b, real) : NULL;
	char *found = within ? xstrdup(within) : NULL;
	free(real);
	return found;
}

/* Where absolute links on the way lead back into the workspace: the path without links.
 */
static char *
without_links(const struct beneath *b, const char *path)
{
	char root[PATH_MAX];
	if (!os_path_of(b->root, root, sizeof root))
		return NULL;
	char *full = path_join(root, path), *found = lead_back(b, full);
	free(full);
	return found;
}

/* The kernel takes every absolute link as one that leads out. The path that is tried in
 * its place need not be true any more by then: it is opened beneath the root as well. */
int
beneath_open_path(const struct beneath *b, const char *path, int flags)
{
	int fd = os_open_beneath(b->root, path, flags, 0);
	if (fd >= 0 || errno != EXDEV)
		return fd;
	char *real = without_links(b, path);
	if (real)
		fd = os_open_beneath(b->root, real, flags, 0);
	else
		errno = EXDEV;
	free(real);
	return fd;
}

static int
check(const struct beneath *b, int fd, struct stat *st, const char *path, struct err *e)
{
	if (fstat(fd, st) != 0)
		return beneath_failed(e, errno, path);
	if (beneath_check_ours(b, fd, st, e) != 0)
		return -1;
	if ((!S_ISREG(st->st_mode) && !S_ISDIR(st->st_mode)) || os_is_made_up(fd))
		return refuse(e, 409, "file.kind",
			"This is neither a file nor a directory", path);
	return 0;
}

int
beneath_find(const struct beneath *b, const char *path, struct stat *st, struct err *e)
{
	int fd = beneath_open_path(b, path, O_PATH);
	if (fd < 0)
		return beneath_failed(e, errno, path);
	if (check(b, fd, st, path, e) == 0)
		return fd;
	close(fd);
	return -1;
}

int
beneath_reopen(int fd, int flags, const char *path, struct err *e)
{
	int opened = os_reopen(fd, flags | O_NOCTTY | O_NONBLOCK);
	return opened >= 0 ? opened : beneath_failed(e, errno, path);
}

/* Finds, sees that it is of this kind, and opens it. */
static int
find_kind(const struct beneath *b, const char *path, mode_t kind, struct stat *st,
	struct err *e)
{
	int found = beneath_find(b, path, st, e), fd = -1;
	if (found < 0)
		return -1;
	if ((st->st_mode & S_IFMT) != kind)
		beneath_failed(e, kind == S_IFDIR ? ENOTDIR : EISDIR, path);
	else
		fd = beneath_reopen(found, O_RDONLY, path, e);
	close(found);
	if (fd >= 0)
		fstat(fd, st);
	return fd;
}

int
beneath_read(const struct beneath *b, const char *path, struct stat *st, struct err *e)
{
	return find_kind(b, path, S_IFREG, st, e);
}

int
beneath_directory(const struct beneath *b, const char *path, struct stat *st,
	struct err *e)
{
	return find_kind(b, path, S_IFDIR, st, e);
}

void
beneath_entry_close(struct beneath_entry *entry)
{
	if (entry->parent >= 0)
		close(entry->parent);
	entry->parent = -1;
}

/* One may make and remove things in a directory that one must not read. */
static int
open_parent(const struct beneath *b, const char *path)
{
	int fd = beneath_open_path(b, path, O_RDONLY | O_DIRECTORY);
	if (fd < 0 && errno == EACCES)
		fd = beneath_open_path(b, path, O_PATH | O_DIRECTORY);
	return fd;
}

int
beneath_entry(const struct beneath *b, const char *path, struct beneath_entry *entry,
	struct err *e)
{
	const char *slash = strrchr(path, '/'), *name = slash ? slash + 1 : path;
	struct stat st;
	*entry = BENEATH_ENTRY_INIT;
	if (!*name || strcmp(name, ".") == 0 || strcmp(name, "..") == 0)
		return err_field(e, "path", "This can be done within a workspace only.");
	if (strlen(name) > NAME_MAX)
		return beneath_failed(e, ENAMETOOLONG, path);
	memcpy(entry->name, name, strlen(name) + 1);
	char *parent = xstrndup(path, slash ? (size_t)(slash - path) : 0);
	entry->parent = open_parent(b, parent);
	int rc = entry->parent >= 0 ? 0 : beneath_failed(e, errno, parent);
	free(parent);
	if (rc == 0 && fstat(entry->parent, &st) != 0)
		rc = beneath_failed(e, errno, path);
	if (rc == 0)
		rc = beneath_check_ours(b, entry->parent, &st, e);
	if (rc == 0)
		return 0;
	beneath_entry_close(entry);
	return -1;
}

/* Where a link in the place of `path` leads; NULL: out of the workspace. */
static char *
follow(const struct beneath *b, const char *path, const char *link)
{
	const char *slash = strrchr(path, '/');
	if (*link == '/')
		return lead_back(b, link);
	return slash ? xasprintf("%.*s/%s", (int)(slash - path), path, link)
		     : xstrdup(link);
}

int
beneath_target(const struct beneath *b, const char *path, struct beneath_entry *entry,
	struct err *e)
{
	char *now = xstrdup(path), link[PATH_MAX];
	int rc = -1, links = 0;
	ssize_t n;
	while ((rc = beneath_entry(b, now, entry, e)) == 0 &&
		(n = readlinkat(entry->parent, entry->name, link, sizeof link - 1)) >=
			0) {
		beneath_entry_close(entry);
		link[n] = '\0';
		char *next = follow(b, now, link);
		free(now);
		now = next;
		if (now && links++ < LINKS_MAX)
			continue;
		rc = beneath_failed(e, now ? ELOOP : EXDEV, path);
		break;
	}
	free(now);
	return rc;
}

int
beneath_entry_stat(const struct beneath *b, const struct beneath_entry *entry,
	struct stat *st, struct err *e)
{
	int fd = openat(entry->parent, entry->name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0 && errno == ENOENT)
		return 0;
	if (fd < 0)
		return beneath_failed(e, errno, entry->name);
	int rc = fstat(fd, st) == 0 ? 1 : beneath_failed(e, errno, entry->name);
	if (rc > 0 && holds_our_directory(b, fd))
		rc = refuse_ours(e);
	if (rc > 0 && beneath_check_ours(b, fd, st, e) != 0)
		rc = -1;
	close(fd);
	return rc;
}

const char *
file_type_name(mode_t mode)
{
	return S_ISREG(mode)    ? "file"
		: S_ISDIR(mode) ? "directory"
		: S_ISLNK(mode) ? "link"
				: "other";
}
