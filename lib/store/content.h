/*
 * What file editors have seen and done: contents of files, their history, and texts that
 * are not saved. Tables content, session_content, file_version and draft of events.db.
 *
 * Hashes are SHA-256 in hexadecimal; paths are path text. What writes runs in the
 * caller's transaction.
 */
#ifndef DISPATCH_LIB_STORE_CONTENT_H
#define DISPATCH_LIB_STORE_CONTENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/buf.h"
#include "lib/crypt.h"
#include "lib/err.h"

struct db;

/* Keeps the bytes for a session; once, however often they come. */
int content_put(struct db *db, int64_t session, const char *sha256, const void *bytes,
	size_t len, int64_t now, struct err *e);

/* Appends the bytes that a session (its id; NULL: any) of this owner has told of. 1: they
 * are there; 0: they are not; -1: error. */
int content_find(struct db *db, const char *owner, const char *session,
	const char *sha256, struct buf *bytes, struct err *e);

/* A state of a file. Texts are lent. */
struct file_version {
	int64_t session, seq; /* the event that tells it */
	const char *session_id;
	const char *owner, *workspace;
	const char *path, *path_to; /* path_to NULL: no rename */
	const char *operation, *by; /* by NULL: none of ours did it */
	const char *before, *after; /* NULL: no file, or not kept */
	int64_t added, removed, at;
};

/* Stores one, whatever its seq says, as told by the session's newest event in the log.
 * That a file was opened as it is known to be is no news, and left out. */
int file_version_add(struct db *db, const struct file_version *v, struct err *e);

/* Which are meant: of a path, and of the names that the file had before. */
struct history {
	const char *owner, *workspace, *path;
	int64_t at, session, seq; /* go on behind this one; at INT64_MAX: begin */
	int most;
};

/* Calls each(arg, v) for them, the newest first. 0, or -1. */
int file_version_each(struct db *db, const struct history *h,
	void (*each)(void *arg, const struct file_version *v), void *arg, struct err *e);

/* Keeps, in place of the one there was, the text of a file that is not saved. The bytes
 * are a content of the session. */
int draft_put(struct db *db, int64_t session, const char *path, const char *base,
	const char *sha256, int64_t now, struct err *e);
int draft_drop(struct db *db, int64_t session, const char *path, struct err *e);

/* The draft of a file that was renamed; a file may be beneath the path. */
int draft_rename(struct db *db, int64_t session, const char *from, const char *to,
	struct err *e);

/* Forgets all of a session. Contents that no other one tells of go with
 * content_expire(). 0, or -1. */
int content_forget_session(struct db *db, int64_t session, struct err *e);

/*
 * Forgets, a little at a time, what is older than `before` (Unix milliseconds) or too
 * much: contents may have `most` bytes together (0: any number). Drafts stay, and the
 * newest state of a file that a session has. 1: there may be more; 0; -1: error.
 */
int content_expire(struct db *db, int64_t before, int64_t most, struct err *e);

#endif
