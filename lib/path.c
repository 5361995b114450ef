/* See path.h. The DISPATCH_ macros come from the Makefile. */
#include "config.h"

#include "lib/path.h"

#include "lib/buf.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pwd.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

char *
path_join(const char *dir, const char *name)
{
	return xasprintf("%s/%s", dir, name);
}

char *
path_home(void)
{
	const char *dir = getenv("HOME");
	struct passwd *pw = dir && *dir == '/' ? NULL : getpwuid(geteuid());
	return xstrdup(pw ? pw->pw_dir : dir && *dir == '/' ? dir : "/");
}

char *
path_expand(const char *path)
{
	if (*path == '/')
		return xstrdup(path);
	char *home = path_home();
	char *whole = *path == '~' && path[1] == '/' ? path_join(home, path + 2)
						     : xstrdup(home);
	free(home);
	return whole;
}

/* The directory of the running program, or NULL where the system does not tell. */
static char *
own_directory(void)
{
	char exe[PATH_MAX];
	ssize_t n = readlink("/proc/self/exe", exe, sizeof exe - 1);
	if (n <= 0)
		return NULL;
	exe[n] = '\0';
	char *slash = strrchr(exe, '/');
	return slash ? xstrndup(exe, (size_t)(slash - exe)) : NULL;
}

static bool
in_build_tree(void)
{
	char *own = own_directory();
	bool yes = own && strncmp(own, DISPATCH_BUILDDIR, strlen(DISPATCH_BUILDDIR)) == 0;
	free(own);
	return yes;
}

char *
path_program(const char *name)
{
	if (in_build_tree())
		return path_join(DISPATCH_BUILDDIR, name);
	return path_join(DISPATCH_LIBEXECDIR, name);
}

char *
path_data(const char *name)
{
	if (!in_build_tree())
		return path_join(DISPATCH_DATADIR, name);
	char *built = path_join(DISPATCH_BUILDDIR, name);
	if (access(built, F_OK) == 0)
		return built;
	free(built);
	return path_join(DISPATCH_SRCDIR, name);
}

void
path_make_file(const char *path, const char *text, unsigned int mode)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode);
	if (fd < 0)
		return;
	if (write(fd, text, strlen(text)) < 0)
		unlink(path);
	close(fd);
}

static int
make_one(const char *dir, struct err *e)
{
	if (mkdir(dir, 0700) == 0 || errno == EEXIST)
		return 0;
	return err_errno(e, errno, 500, "path.mkdir", "Cannot make the directory %s",
		dir);
}

int
path_make_dir(const char *dir, struct err *e)
{
	char *path = xstrdup(dir);
	struct stat st;
	int result = 0;
	for (char *p = path + 1; *p && result == 0; p++) {
		if (*p != '/')
			continue;
		*p = '\0';
		if (access(path, F_OK) != 0)
			result = make_one(path, e);
		*p = '/';
	}
	free(path);
	if (result != 0 || make_one(dir, e) != 0)
		return -1;
	if (stat(dir, &st) != 0 || !S_ISDIR(st.st_mode))
		return err_set(e, 500, "path.mkdir", "%s is not a directory.", dir);
	if (st.st_uid != geteuid())
		return err_set(e, 500, "path.owner",
			"The directory %s belongs to another user.", dir);
	return 0;
}

/* Nothing is in it, or what is ours; a disk of its own has lost+found. */
static bool
may_be_ours(const char *dir)
{
	static const char *const nothing[] = {".", "..", "lost+found"};
	static const char *const ours[] = {"dispatch.conf", "state.db", "events.db"};
	bool empty = true, known = false;
	DIR *open = opendir(dir);
	struct dirent *entry;
	while (open && (entry = readdir(open))) {
		bool counts = true;
		for (size_t i = 0; i < sizeof nothing / sizeof *nothing; i++)
			counts = counts && strcmp(entry->d_name, nothing[i]) != 0;
		for (size_t i = 0; i < sizeof ours / sizeof *ours; i++)
			known = known || strcmp(entry->d_name, ours[i]) == 0;
		empty = empty && !counts;
	}
	if (open)
		closedir(open);
	return open && (empty || known);
}

int
path_make_private(const char *dir, struct err *e)
{
	struct stat st;
	if (path_make_dir(dir, e) != 0)
		return -1;
	if (stat(dir, &st) == 0 && (st.st_mode & 0077) && !may_be_ours(dir))
		return err_set(e, 500, "path.used",
			"The directory %s has other things in it and is open to others; "
			"choose an empty one with --dir.",
			dir);
	if (chmod(dir, 0700) != 0)
		return err_errno(e, errno, 500, "path.mkdir", "Cannot make %s private",
			dir);
	return 0;
}
