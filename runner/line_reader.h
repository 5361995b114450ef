/*
 * Cuts what a program writes into lines, whatever pieces it comes in. A line that is
 * longer than `most` bytes is given up: its head is told, and what follows up to its end
 * is skipped.
 *
 * What stands at the end without a newline is kept in memory; line_reader_save() tells
 * what of it is not yet stored, so that a successor can go on from there.
 */
#ifndef DISPATCH_RUNNER_LINE_READER_H
#define DISPATCH_RUNNER_LINE_READER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/buf.h"
#include "lib/err.h"

struct db;

enum { LINE_BYTES_MAX = 8 * 1024 * 1024 };

/* Where a line was in the database, or is going to be with the next commit. */
struct line_place {
	int64_t line;  /* which one: 0, 1, 2 … since the reader began */
	size_t bytes;  /* of it are stored */
	bool skipping; /* that its rest is to be skipped is stored, too */
};

struct line_reader {
	size_t most;     /* bytes of a line; 0: LINE_BYTES_MAX */
	struct buf text; /* the line so far */
	bool skipping;
	int64_t line;
	struct line_place stored, staged;
};

struct line_handler {
	/* A line without its newline; NUL-terminated, valid during the call. */
	void (*line)(void *arg, const char *text, size_t len);
	/* The beginning of a line that is too long. */
	void (*too_long)(void *arg, const char *text, size_t len);
};

void line_reader_feed(struct line_reader *r, const char *bytes, size_t len,
	const struct line_handler *handler, void *arg);

/* The last line has no newline: it is told as it is. */
void line_reader_end(struct line_reader *r, const struct line_handler *handler,
	void *arg);

/* Takes up what a reader before this one stored for the session. */
int line_reader_load(struct line_reader *r, struct db *db, int64_t session,
	struct err *e);

/* Stores the unfinished line, in the caller's transaction. When that is committed,
 * line_reader_saved() says so. */
int line_reader_save(struct line_reader *r, struct db *db, int64_t session,
	struct err *e);
void line_reader_saved(struct line_reader *r);

void line_reader_free(struct line_reader *r);

#endif
