/* See os_file.h. */
#include "config.h"

#include "lib/os_file.h"

#include "lib/buf.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <sys/xattr.h>
#include <unistd.h>

enum {
	TRIES = 1000, /* a path with ".." in a link, while directories are renamed */
	ATTRIBUTES_MAX = 64 * 1024,
};

/* The link of /proc that leads to what a descriptor is of. */
struct fd_link {
	char path[40];
};

static struct fd_link
link_of(int fd)
{
	struct fd_link link;
	snprintf(link.path, sizeof link.path, "/proc/self/fd/%d", fd);
	return link;
}

static int
open_how(int dir, const char *path, int flags, int mode, uint64_t resolve)
{
	struct open_how how = {
		.flags = (uint64_t)(flags | O_CLOEXEC),
		.mode = (uint64_t)mode,
		.resolve = resolve | RESOLVE_NO_MAGICLINKS,
	};
	long fd = -1;
	for (int i = 0; i < TRIES; i++) {
		fd = syscall(SYS_openat2, dir, path, &how, sizeof how);
		if (fd >= 0 || (errno != EAGAIN && errno != EINTR))
			break;
	}
	return (int)fd;
}

int
os_open_beneath(int dir, const char *path, int flags, int mode)
{
	return open_how(dir, *path ? path : ".", flags, mode, RESOLVE_BENEATH);
}

int
os_open_plain(const char *path, int flags)
{
	return open_how(AT_FDCWD, path, flags, 0, RESOLVE_NO_SYMLINKS);
}

int
os_reopen(int fd, int flags)
{
	return open(link_of(fd).path, (flags | O_CLOEXEC) & ~O_NOFOLLOW);
}

bool
os_path_of(int fd, char *path, size_t size)
{
	ssize_t n = readlink(link_of(fd).path, path, size);
	if (n <= 0 || (size_t)n >= size)
		return false;
	path[n] = '\0';
	return *path == '/';
}

bool
os_is_made_up(int fd)
{
	static const unsigned long kinds[] = {PROC_SUPER_MAGIC, SYSFS_MAGIC,
		DEBUGFS_MAGIC, TRACEFS_MAGIC, SECURITYFS_MAGIC, CGROUP2_SUPER_MAGIC,
		CGROUP_SUPER_MAGIC};
	struct statfs fs;
	if (fstatfs(fd, &fs) != 0)
		return false;
	for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
		if ((unsigned long)fs.f_type == kinds[i])
			return true;
	return false;
}

bool
os_may_write(int fd)
{
	return faccessat(AT_FDCWD, link_of(fd).path, W_OK, AT_EACCESS) == 0;
}

int
os_unnamed_file(int dir, int mode)
{
	return openat(dir, ".", O_TMPFILE | O_RDWR | O_CLOEXEC, mode);
}

int
os_name_file(int fd, int dir, const char *name)
{
	return linkat(AT_FDCWD, link_of(fd).path, dir, name, AT_SYMLINK_FOLLOW);
}

int
os_exchange(int dir, const char *a, const char *b)
{
	return renameat2(dir, a, dir, b, RENAME_EXCHANGE);
}

int
os_rename_new(int from_dir, const char *from, int to_dir, const char *to)
{
	return renameat2(from_dir, from, to_dir, to, RENAME_NOREPLACE);
}

int
os_lock_byte(int fd, uint64_t offset)
{
	struct flock lock = {
		.l_type = F_WRLCK,
		.l_whence = SEEK_SET,
		.l_start = (off_t)(offset & INT64_MAX >> 1),
		.l_len = 1,
	};
	int rc;
	while ((rc = fcntl(fd, F_OFD_SETLKW, &lock)) != 0 && errno == EINTR)
		;
	return rc;
}

int
os_try_lock(int fd)
{
	struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
	return fcntl(fd, F_OFD_SETLK, &lock);
}

/* What the system keeps for itself need not, and mostly cannot, be copied. */
static bool
belongs_to_system(const char *name)
{
	return strncmp(name, "security.", 9) == 0 || strncmp(name, "trusted.", 8) == 0;
}

static int
copy_attribute(const char *from, int to, const char *name, char *value)
{
	ssize_t n = getxattr(from, name, value, ATTRIBUTES_MAX);
	if (n >= 0 && fsetxattr(to, name, value, (size_t)n, 0) == 0)
		return 0;
	return belongs_to_system(name) || errno == ENODATA ? 0 : -1;
}

int
os_copy_attributes(int from, int to)
{
	struct fd_link link = link_of(from);
	char *names = xcalloc(2, ATTRIBUTES_MAX), *value = names + ATTRIBUTES_MAX;
	fremovexattr(to, "system.posix_acl_access"); /* as the directory would have it */
	ssize_t size = listxattr(link.path, names, ATTRIBUTES_MAX);
	int rc = size >= 0 || errno == ENOTSUP ? 0 : -1;
	for (ssize_t i = 0; i < size && rc == 0; i += (ssize_t)strlen(names + i) + 1)
		rc = copy_attribute(link.path, to, names + i, value);
	int saved_errno = errno;
	free(names);
	errno = saved_errno;
	return rc;
}
