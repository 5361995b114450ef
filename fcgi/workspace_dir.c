/* See workspace_dir.h. */
#include "config.h"

#include "fcgi/workspace_dir.h"

#include "lib/buf.h"
#include "lib/os_file.h"
#include "lib/path.h"
#include "lib/roots.h"
#include "lib/utf8.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static int
explain(int error, const char *path, struct err *e)
{
	if (error == ENOENT)
		return err_set(e, 404, "workspace.missing",
			"There is no directory %s. Choose another, or have it made.",
			path);
	if (error == ENOTDIR)
		return err_set(e, 409, "workspace.not_directory",
			"%s is not a directory.", path);
	if (error == EACCES || error == EPERM || error == EROFS)
		return err_errno(e, error, 403, "workspace.denied", "Cannot use %s",
			path);
	return err_errno(e, error, 500, "workspace.failed", "Cannot use %s", path);
}

static int
outside(const char *path, struct err *e)
{
	return err_set(e, 403, "workspace.outside",
		"%s is not in a directory that may hold workspaces. The administrator "
		"says which do (workspace.roots).",
		path);
}

/* What there is of the path, without links; *rest is what is not there yet. */
static char *
existing_part(char *path, const char **rest)
{
	char *real;
	*rest = path + strlen(path);
	while (!(real = realpath(path, NULL)) && errno == ENOENT) {
		char *slash = strrchr(path, '/');
		if (!slash || slash == path)
			break;
		if (**rest)
			path[strlen(path)] = '/';
		*rest = slash + 1;
		*slash = '\0';
	}
	return real;
}

static bool
has_dots(const char *path)
{
	for (const char *at = path; at; at = strchr(at, '/')) {
		at += *at == '/';
		size_t n = strcspn(at, "/");
		if ((n == 1 && at[0] == '.') || (n == 2 && memcmp(at, "..", 2) == 0))
			return true;
	}
	return false;
}

/* Goes down by one name, which is made when it is not there; never through a link. */
static int
make_step(int dir, const char *name, const char *path, struct err *e)
{
	int next = -1;
	if (mkdirat(dir, name, 0777) == 0 || errno == EEXIST)
		next = openat(dir, name, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (next < 0)
		explain(errno, path, e);
	close(dir);
	return next;
}

/* Makes the rest, name by name, in a directory that has no links in its path; 0 or -1. */
static int
make_rest(const struct conf *conf, const char *real, const char *rest, const char *path,
	struct err *e)
{
	char *names = xstrdup(rest), *next = NULL;
	int dir = -1;
	if (!roots_hold(conf, real))
		outside(real, e);
	else if ((dir = os_open_plain(real, O_PATH | O_DIRECTORY)) < 0)
		explain(errno, real, e);
	for (char *n = strtok_r(names, "/", &next); n && dir >= 0;
		n = strtok_r(NULL, "/", &next))
		dir = make_step(dir, n, path, e);
	free(names);
	if (dir >= 0)
		close(dir);
	return dir >= 0 ? 0 : -1;
}

static char *
resolve(const struct conf *conf, char *path, bool create, struct err *e)
{
	const char *rest;
	char *real = realpath(path, NULL);
	if (real || !create) {
		if (!real)
			explain(errno, path, e);
		return real;
	}
	if (has_dots(path)) {
		explain(ENOENT, path, e);
		return NULL;
	}
	char *copy = xstrdup(path), *there = existing_part(copy, &rest);
	if (!there)
		explain(errno, path, e);
	else if (make_rest(conf, there, rest, path, e) == 0 &&
		!(real = realpath(path, NULL)))
		explain(errno, path, e);
	free(there);
	free(copy);
	return real;
}

char *
workspace_dir_resolve(const struct conf *conf, const char *path, bool create,
	struct err *e)
{
	char *whole = path_expand(path), *real = resolve(conf, whole, create, e);
	struct stat st;
	int rc = 0;
	if (real && !roots_hold(conf, real))
		rc = outside(real, e);
	else if (real && (stat(real, &st) != 0 || !S_ISDIR(st.st_mode)))
		rc = explain(ENOTDIR, real, e);
	else if (real && utf8_count(real, strlen(real)) < 0)
		rc = err_set(e, 409, "workspace.name",
			"The path of this directory is not valid UTF-8; a workspace "
			"needs one that is.");
	free(whole);
	if (rc == 0)
		return real;
	free(real);
	return NULL;
}

int
workspace_dir_check(const struct conf *conf, const char *path, struct err *e)
{
	if (!roots_hold(conf, path))
		return outside(path, e);
	int fd = os_open_plain(path, O_PATH | O_DIRECTORY), error = errno;
	if (fd >= 0)
		close(fd);
	/* It was no link when it became a workspace. */
	return fd >= 0 ? 0 : error == ELOOP ? outside(path, e) : explain(error, path, e);
}

bool
workspace_dir_is_empty(const char *path)
{
	DIR *dir = opendir(path);
	int entries = 0;
	while (dir && entries <= 2 && readdir(dir))
		entries++; /* "." and ".." */
	if (dir)
		closedir(dir);
	return dir && entries <= 2;
}

bool
workspace_dir_exists(const char *path)
{
	struct stat st;
	return stat(path, &st) == 0 && S_ISDIR(st.st_mode);
}

bool
workspace_dir_is_git(const char *path)
{
	char *git = path_join(path, ".git");
	struct stat st;
	bool yes = lstat(git, &st) == 0 && (S_ISDIR(st.st_mode) || S_ISREG(st.st_mode));
	free(git);
	return yes;
}
