/* See secret.h. */
#include "config.h"

#include "lib/secret.h"

#include "lib/crypt.h"
#include "lib/path.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static int
unusable(struct err *e, const char *path, const char *why)
{
	return err_set(e, 500, "secret.key", "The key file %s cannot be used: %s.", path,
		why);
}

static int
read_key(int fd, const char *path, uint8_t key[CRYPT_KEY_SIZE], struct err *e)
{
	uint8_t more[CRYPT_KEY_SIZE + 1];
	struct stat st;
	if (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode))
		return unusable(e, path, "it is no file");
	if (st.st_uid != geteuid())
		return unusable(e, path, "it belongs to somebody else");
	if (st.st_mode & 077)
		return unusable(e, path, "others may read it (chmod 600)");
	if (read(fd, more, sizeof more) != CRYPT_KEY_SIZE)
		return unusable(e, path, "it does not have 32 bytes");
	memcpy(key, more, CRYPT_KEY_SIZE);
	crypt_wipe(more, sizeof more);
	return 0;
}

/* What was written is on the disk, and so is its name. */
static int
settle(int fd, const char *dir)
{
	int parent = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int rc = parent >= 0 && fsync(fd) == 0 && fsync(parent) == 0 ? 0 : -1;
	if (parent >= 0)
		close(parent);
	return rc;
}

/* Writes a new one aside, which nobody else sees, and gives it the name, unless there is
 * one by then. */
static int
make_key(const char *dir, const char *path, struct err *e)
{
	char *aside = xasprintf("%s.XXXXXX", path);
	uint8_t key[CRYPT_KEY_SIZE];
	int fd = mkostemp(aside, O_CLOEXEC), rc = -1; /* mode 0600 */
	crypt_random(key, sizeof key);
	if (fd >= 0 && write(fd, key, sizeof key) == sizeof key && fsync(fd) == 0 &&
		(link(aside, path) == 0 ? settle(fd, dir) == 0 : errno == EEXIST))
		rc = 0;
	else
		err_errno(e, errno, 500, "secret.key", "Cannot make the key file %s",
			path);
	crypt_wipe(key, sizeof key);
	if (fd >= 0) {
		close(fd);
		unlink(aside);
	}
	free(aside);
	return rc;
}

static int
find_key(const char *dir, bool make, uint8_t key[CRYPT_KEY_SIZE], struct err *e)
{
	const int flags = O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY;
	char *path = path_join(dir, "secret.key");
	int fd = open(path, flags), rc = -1;
	if (fd < 0 && errno == ENOENT && make) {
		if (make_key(dir, path, e) != 0)
			goto out;
		fd = open(path, flags);
	}
	rc = fd >= 0 ? read_key(fd, path, key, e) : unusable(e, path, strerror(errno));
out:
	if (fd >= 0)
		close(fd);
	free(path);
	return rc;
}

int
secret_seal(const char *dir, bool make, const char *about, const char *text, size_t len,
	struct buf *out, struct err *e)
{
	uint8_t key[CRYPT_KEY_SIZE];
	if (find_key(dir, make, key, e) != 0)
		return -1;
	crypt_seal(out, key, about, text, len);
	crypt_wipe(key, sizeof key);
	return 0;
}

int
secret_open(const char *dir, const char *about, const void *sealed, size_t len,
	struct buf *out, struct err *e)
{
	uint8_t key[CRYPT_KEY_SIZE];
	if (find_key(dir, false, key, e) != 0)
		return -1;
	int rc = crypt_unseal(out, key, about, sealed, len);
	crypt_wipe(key, sizeof key);
	return rc == 0 ? 0
		       : err_set(e, 500, "secret.broken",
				 "A secret cannot be read: it was sealed with another "
				 "key.");
}
