/*
 * Files of a workspace: everything that is opened, made, renamed or removed in it is
 * reached through here, so that nothing outside it is ever touched, whatever links there
 * are and however quickly they change.
 *
 * Paths are bytes, relative, as path_text_relative() makes them: "" is the workspace
 * itself. Links are followed as long as they stay beneath the workspace. A file is first
 * looked at without being opened (O_PATH): a device or a FIFO does nothing, and the
 * descriptor of one of our databases, whose closing would drop SQLite's locks, is never
 * made.
 *
 * Errors, besides those named at the functions: 404 "file.missing", 403 "file.denied",
 * 403 "file.outside" (the path leads out of the workspace), 403 "file.ours" (one of our
 * databases, or in our state directory), 409 "file.kind" (neither a file nor a
 * directory), 409 "file.directory", 409 "file.not_directory", 409 "file.exists", 507
 * "file.full", 400 "file.name", 413 "file.too_large", 500 "file.failed".
 */
#ifndef DISPATCH_LIB_BENEATH_H
#define DISPATCH_LIB_BENEATH_H

#include <limits.h>
#include <stdbool.h>
#include <sys/stat.h>

#include "lib/err.h"

struct beneath {
	int root;  /* the workspace's directory, O_PATH */
	char *dir; /* our state directory, absolute and without links */
	struct stat root_stat;
};

#define BENEATH_INIT ((struct beneath){.root = -1})

/* Opens the workspace in the directory `path` (bytes, absolute); `dir` is our state
 * directory. beneath_close() is legal after an error, and on BENEATH_INIT. */
int beneath_open(struct beneath *b, const char *path, const char *dir, struct err *e);
void beneath_close(struct beneath *b);

/* Opens what is at the path with these flags, links followed as long as they lead nowhere
 * else: a descriptor that the caller closes; -1 with errno, EXDEV where they do. */
int beneath_open_path(const struct beneath *b, const char *path, int flags);

/* What is at the path, links followed: an O_PATH descriptor that the caller closes, of a
 * file or a directory, and its state. -1 on error. */
int beneath_find(const struct beneath *b, const char *path, struct stat *st,
	struct err *e);

/* A file opened for reading, or a directory; its state in *st. -1 on error. */
int beneath_read(const struct beneath *b, const char *path, struct stat *st,
	struct err *e);
int beneath_directory(const struct beneath *b, const char *path, struct stat *st,
	struct err *e);

/* Opens anew, with these flags, what beneath_find() has found. */
int beneath_reopen(int fd, int flags, const char *path, struct err *e);

/* An entry of a directory by its name, which is not looked through if it is a link. */
struct beneath_entry {
	int parent; /* the directory, open for reading; -1: none */
	char name[NAME_MAX + 1];
};

#define BENEATH_ENTRY_INIT ((struct beneath_entry){.parent = -1})

/*
 * The directory in which the path's last name is or would be. beneath_entry() takes the
 * name as it is, for removing, renaming and making; beneath_target() goes on where it is
 * a link, so that what is written is what the link means. The path "" is no entry: 400
 * "request.invalid".
 */
int beneath_entry(const struct beneath *b, const char *path, struct beneath_entry *entry,
	struct err *e);
int beneath_target(const struct beneath *b, const char *path, struct beneath_entry *entry,
	struct err *e);
void beneath_entry_close(struct beneath_entry *entry);

/* The state of an entry itself, which is about to be replaced, moved or removed. 1: it is
 * there; 0: it is not; -1: error ("file.ours" also when our state directory is in it). */
int beneath_entry_stat(const struct beneath *b, const struct beneath_entry *entry,
	struct stat *st, struct err *e);

/* Whether what has this state, or is open as this descriptor, is ours: -1 with
 * "file.ours". */
int beneath_check_ours(const struct beneath *b, int fd, const struct stat *st,
	struct err *e);

/* Fills *e for a failed call on a path (bytes). Returns -1. */
int beneath_failed(struct err *e, int saved_errno, const char *path);

/* "file", "directory", "link" or "other". */
const char *file_type_name(mode_t mode);

#endif
