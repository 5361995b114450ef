/*
 * Sealed memfds. The order in os_memfd_create() matters: F_SEAL_FUTURE_WRITE spares only
 * the mapping that exists when the seal is set.
 */
#include "config.h"

#include "runner/os_memfd.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

/* The same file once more, without the right to write. Where /proc is missing the sealed
 * descriptor itself must do: it cannot be written or mapped writable either. */
static int
reopen_readonly(int fd)
{
	char path[40];
	int readonly;

	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	readonly = open(path, O_RDONLY | O_CLOEXEC);
	if (readonly == -1)
		return fd;
	close(fd);
	return readonly;
}

int
os_memfd_create(const char *name, size_t size, void **memory)
{
	const int seals = F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_FUTURE_WRITE | F_SEAL_SEAL;
	void *map = MAP_FAILED;
	int fd;

	fd = memfd_create(name, MFD_CLOEXEC | MFD_ALLOW_SEALING);
	if (fd == -1)
		return -1;
	if (ftruncate(fd, (off_t)size) == -1)
		goto out;
	map = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (map == MAP_FAILED)
		goto out;
	if (fcntl(fd, F_ADD_SEALS, seals) == -1)
		goto out;
	*memory = map;
	return reopen_readonly(fd);
out:
	if (map != MAP_FAILED)
		munmap(map, size);
	close(fd);
	return -1;
}

const void *
os_memfd_map(int fd, size_t min, size_t max, size_t *size)
{
	const int needed = F_SEAL_SHRINK | F_SEAL_GROW;
	int seals = fcntl(fd, F_GET_SEALS);
	struct stat st;
	void *map;

	if (seals == -1 || fstat(fd, &st) == -1)
		return NULL;
	if ((seals & needed) != needed || st.st_size < 0 || (size_t)st.st_size < min ||
		(size_t)st.st_size > max) {
		errno = EINVAL;
		return NULL;
	}
	map = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_SHARED, fd, 0);
	if (map == MAP_FAILED)
		return NULL;
	*size = (size_t)st.st_size;
	return map;
}
