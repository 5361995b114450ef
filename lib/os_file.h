/* What Linux alone can do with files; see openat2(2), renameat2(2), open(2), fcntl(2). */
#ifndef DISPATCH_LIB_OS_FILE_H
#define DISPATCH_LIB_OS_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Opens a path beneath the directory `dir`, close-on-exec: links are followed as long as
 * they stay beneath, those of /proc never. `flags` and `mode` as for open(2). Returns the
 * descriptor, or -1 with errno: EXDEV when the path leads out; ENOSYS when this kernel
 * cannot promise it.
 */
int os_open_beneath(int dir, const char *path, int flags, int mode);

/* Opens an absolute path in which nothing is a link (else ELOOP), close-on-exec. */
int os_open_plain(const char *path, int flags);

/* Opens anew what a descriptor is of, also one of O_PATH: the very same file, whatever
 * its name means by now. */
int os_reopen(int fd, int flags);

/* The path by which the system knows what a descriptor is of. False: it has none that
 * fits. Something deleted has one that ends with " (deleted)". */
bool os_path_of(int fd, char *path, size_t size);

/* True when the file is not on a disk but made up by the kernel while one reads. */
bool os_is_made_up(int fd);

/* True when we may write to what the descriptor, of O_PATH too, is of. */
bool os_may_write(int fd);

/* Makes a file without a name in a directory, open for writing and reading. -1 where the
 * file system has no such thing, errno as open(2) has it. */
int os_unnamed_file(int dir, int mode);

/* Gives an unnamed file its name. -1 with EEXIST when the name is taken. */
int os_name_file(int fd, int dir, const char *name);

/* Exchanges two names in a directory, as one step. EINVAL: the file system cannot. */
int os_exchange(int dir, const char *a, const char *b);

/* Renames, or fails with EEXIST when the new name is taken. EINVAL: as above. */
int os_rename_new(int from_dir, const char *from, int to_dir, const char *to);

/* Waits for the one byte at `offset` of an open file and locks it, also against other
 * threads; until the descriptor is closed. 0 or -1. */
int os_lock_byte(int fd, uint64_t offset);

/* Locks an open file, or fails when it is locked; until the descriptor is closed. */
int os_try_lock(int fd);

/* Gives an open file the access list and attributes, and no others, of what the
 * descriptor `from`, of O_PATH too, is of. 0, or -1 with errno when one that a person
 * made cannot be copied. */
int os_copy_attributes(int from, int to);

#endif
