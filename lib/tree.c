/* See tree.h. Each step opens one name in a directory that is open, without following
 * links: nobody who exchanges names meanwhile leads us elsewhere. */
#include "config.h"

#include "lib/tree.h"

#include "lib/os_file.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static DIR *
open_directory(int dir, const char *name, struct stat *st)
{
	int fd = openat(dir, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	DIR *open = fd >= 0 && fstat(fd, st) == 0 ? fdopendir(fd) : NULL;
	if (fd >= 0 && !open) {
		int saved_errno = errno;
		close(fd);
		errno = saved_errno;
	}
	return open;
}

static struct dirent *
next_entry(DIR *dir)
{
	struct dirent *entry;
	while ((entry = readdir(dir)) &&
		(strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0))
		;
	return entry;
}

/* ---- copying ---- */

static bool
is_cancelled(const struct tree_limit *limit)
{
	if (!limit->goes_on || limit->goes_on(limit))
		return false;
	errno = ECANCELED;
	return true;
}

static int
copy_bytes(int from, int to, struct tree_limit *limit)
{
	char piece[64 * 1024];
	ssize_t n;
	while ((n = read(from, piece, sizeof piece)) != 0) {
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -1;
		if ((limit->bytes -= n) < 0) {
			errno = EFBIG;
			return -1;
		}
		if (is_cancelled(limit))
			return -1;
		for (ssize_t at = 0; at < n;) {
			ssize_t m = write(to, piece + at, (size_t)(n - at));
			if (m < 0 && errno != EINTR)
				return -1;
			at += m > 0 ? m : 0;
		}
	}
	return 0;
}

static void
copy_state(int fd, const struct stat *st)
{
	const struct timespec times[] = {st->st_atim, st->st_mtim};
	fchmod(fd, st->st_mode & 07777);
	futimens(fd, times);
}

/* Looked at before it is opened: see beneath.h. */
static int
copy_file(int from_dir, const char *from, const struct stat *st, int to_dir,
	const char *to, struct tree_limit *limit)
{
	struct stat now;
	int found = openat(from_dir, from, O_PATH | O_NOFOLLOW | O_CLOEXEC), in = -1;
	int out = -1, rc = -1;
	if (found >= 0 && fstat(found, &now) == 0 && S_ISREG(now.st_mode)) {
		if (limit->b && beneath_check_ours(limit->b, found, &now, NULL) != 0) {
			close(found);
			return 0;
		}
		in = os_reopen(found, O_RDONLY | O_NONBLOCK);
	}
	if (in >= 0)
		out = openat(to_dir, to,
			O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (out >= 0 && (rc = copy_bytes(in, out, limit)) == 0)
		copy_state(out, st);
	int saved_errno = errno;
	if (found >= 0)
		close(found);
	if (in >= 0)
		close(in);
	if (out >= 0)
		close(out);
	errno = saved_errno;
	return rc;
}

static int
copy_link(int from_dir, const char *from, int to_dir, const char *to)
{
	char target[PATH_MAX];
	ssize_t n = readlinkat(from_dir, from, target, sizeof target - 1);
	if (n < 0)
		return -1;
	target[n] = '\0';
	return symlinkat(target, to_dir, to);
}

static int copy_entry(int from_dir, const char *from, int to_dir, const char *to,
	struct tree_limit *limit, int depth);

static int
copy_directory(int from_dir, const char *from, int to_dir, const char *to,
	struct tree_limit *limit, int depth)
{
	struct stat st, made;
	DIR *in = open_directory(from_dir, from, &st), *out = NULL;
	struct dirent *entry;
	int rc = -1;
	if (in && limit->b && beneath_check_ours(limit->b, dirfd(in), &st, NULL) != 0) {
		closedir(in);
		return 0;
	}
	if (in && mkdirat(to_dir, to, 0700) == 0)
		out = open_directory(to_dir, to, &made);
	if (out)
		rc = 0;
	while (out && rc == 0 && (entry = next_entry(in)))
		rc = copy_entry(dirfd(in), entry->d_name, dirfd(out), entry->d_name,
			limit, depth);
	if (rc == 0)
		copy_state(dirfd(out), &st);
	int saved_errno = errno;
	if (in)
		closedir(in);
	if (out)
		closedir(out);
	errno = saved_errno;
	return rc;
}

static int
copy_entry(int from_dir, const char *from, int to_dir, const char *to,
	struct tree_limit *limit, int depth)
{
	struct stat st;
	if (fstatat(from_dir, from, &st, AT_SYMLINK_NOFOLLOW) != 0)
		return -1;
	if (--limit->entries < 0 || depth == 0) {
		errno = EFBIG;
		return -1;
	}
	if (is_cancelled(limit))
		return -1;
	if (S_ISREG(st.st_mode))
		return copy_file(from_dir, from, &st, to_dir, to, limit);
	if (S_ISLNK(st.st_mode))
		return copy_link(from_dir, from, to_dir, to);
	if (S_ISDIR(st.st_mode))
		return copy_directory(from_dir, from, to_dir, to, limit, depth - 1);
	return 0;
}

int
tree_copy(int from_dir, const char *from, int to_dir, const char *to,
	struct tree_limit *limit)
{
	return copy_entry(from_dir, from, to_dir, to, limit, TREE_DEPTH);
}

/* ---- removing ---- */

static int
remove_entry(int dir, const char *name, int depth)
{
	struct stat st;
	struct dirent *entry;
	if (unlinkat(dir, name, 0) == 0)
		return 0;
	if (errno != EISDIR && errno != EPERM)
		return -1;
	DIR *open = depth ? open_directory(dir, name, &st) : NULL;
	if (!open)
		return -1;
	if ((st.st_mode & 0700) != 0700)
		fchmod(dirfd(open), 0700);
	while ((entry = next_entry(open)))
		if (remove_entry(dirfd(open), entry->d_name, depth - 1) != 0)
			break;
	closedir(open);
	return unlinkat(dir, name, AT_REMOVEDIR);
}

int
tree_remove(int dir, const char *name)
{
	return remove_entry(dir, name, 4 * TREE_DEPTH);
}

/* ---- measuring ---- */

static int64_t
size_of(int dir, const char *name, struct tree_limit *limit, int depth)
{
	struct stat st;
	struct dirent *entry;
	int64_t size = 0;
	if (--limit->entries < 0 || depth == 0 ||
		fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) != 0)
		return 0;
	if (S_ISREG(st.st_mode))
		return st.st_size;
	DIR *open = S_ISDIR(st.st_mode) ? open_directory(dir, name, &st) : NULL;
	if (!open)
		return 0;
	while (limit->entries > 0 && (entry = next_entry(open)))
		size += size_of(dirfd(open), entry->d_name, limit, depth - 1);
	closedir(open);
	return size;
}

int64_t
tree_size(int dir, const char *name, struct tree_limit *limit)
{
	return size_of(dir, name, limit, TREE_DEPTH);
}
