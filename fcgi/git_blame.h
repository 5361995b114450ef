/* Who wrote which line: what `git blame --porcelain` says, as JSON. */
#ifndef DISPATCH_FCGI_GIT_BLAME_H
#define DISPATCH_FCGI_GIT_BLAME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "fcgi/git_diff.h"
#include "lib/buf.h"

struct git_blame {
	struct buf items;   /* objects with commas between them */
	struct buf commits; /* members with commas between them */
	int64_t lines;      /* so many are told of */
	bool broken;

	/* private */
	bool in_commit; /* its facts come */
	char commit[GIT_HASH_SIZE];
	struct buf author, email, at, subject, path, previous;
	bool boundary, described;
};

/* A line, see git_records.h. `arg` is a struct git_blame, which begins zeroed. */
bool git_blame_record(void *arg, const char *text, size_t len);

void git_blame_free(struct git_blame *blame);

#endif
