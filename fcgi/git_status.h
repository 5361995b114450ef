/* What `git status --porcelain=v2 -z --branch --show-stash` says, as JSON. */
#ifndef DISPATCH_FCGI_GIT_STATUS_H
#define DISPATCH_FCGI_GIT_STATUS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/buf.h"

struct git_status {
	const char *prefix; /* of the paths that are told, cut off: "" or "sub/" */
	int64_t limit;      /* so many items at most */

	struct buf head;  /* "head":{…}, when the last record was read */
	struct buf items; /* objects with commas between them */
	int64_t item_count;
	int64_t staged, unstaged, untracked, conflicts;
	int64_t stash;
	bool truncated; /* there are more items */
	bool broken;    /* a record was none of git's */

	/* private */
	struct buf commit, branch, upstream;
	int64_t ahead, behind; /* -1: not known */
	struct buf renamed;    /* an item that waits for the path that it had */
};

void git_status_begin(struct git_status *s, const char *prefix, int64_t limit);

/* A record; see git_records.h. `arg` is a struct git_status. */
bool git_status_record(void *arg, const char *text, size_t len);

/* Fills s->head when all records were read. */
void git_status_end(struct git_status *s);

void git_status_free(struct git_status *s);

#endif
