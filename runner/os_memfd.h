/*
 * Memory shared with another process that only we can write (Linux: memfd_create(2) and
 * file seals, fcntl(2)).
 */
#ifndef RUNNER_OS_MEMFD_H
#define RUNNER_OS_MEMFD_H

#include <stddef.h>

/*
 * Make `size` bytes of zeroed shared memory. *memory is the only writable view there will
 * ever be. Returns a read-only, close-on-exec descriptor to hand out; -1 with errno on
 * failure.
 */
int os_memfd_create(const char *name, size_t size, void **memory);

/*
 * Map what os_memfd_create() of another process gave us, for reading. Checks that the
 * size can never change and is within min..max; *size is the real size. NULL with errno.
 */
const void *os_memfd_map(int fd, size_t min, size_t max, size_t *size);

#endif
