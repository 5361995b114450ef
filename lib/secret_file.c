/* See secret_file.h. */
#include "config.h"

#include "lib/secret_file.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static int
unusable(struct err *e, const char *path, const char *why)
{
	return err_set(e, 500, "secret.file", "The file %s cannot be used: %s.", path,
		why);
}

static int
read_line(int fd, const char *path, size_t most, struct buf *out, struct err *e)
{
	struct stat st;
	if (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode))
		return unusable(e, path, "it is no file");
	if (st.st_uid != geteuid() && st.st_uid != 0)
		return unusable(e, path, "it belongs to somebody else");
	if (st.st_mode & 077)
		return unusable(e, path, "others may read it (chmod 600)");
	size_t before = out->len;
	ssize_t n = read(fd, buf_room(out, most + 2), most + 2);
	if (n < 0)
		return unusable(e, path, strerror(errno));
	out->len += (size_t)n;
	while (out->len > before && strchr("\r\n", out->data[out->len - 1]))
		out->len--;
	if (out->data)
		out->data[out->len] = '\0';
	if (out->len == before || out->len - before > most)
		return unusable(e, path, "it does not hold one line");
	for (size_t i = before; i < out->len; i++)
		if (out->data[i] <= ' ' || out->data[i] > '~')
			return unusable(e, path, "it does not hold one line");
	return 0;
}

int
secret_file_read(const char *path, size_t most, struct buf *out, struct err *e)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (fd < 0)
		return unusable(e, path, strerror(errno));
	int rc = read_line(fd, path, most, out, e);
	close(fd);
	return rc;
}
