/* Which files differ: what `git diff --raw --numstat -z --no-abbrev` says. */
#ifndef DISPATCH_FCGI_GIT_DIFF_H
#define DISPATCH_FCGI_GIT_DIFF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/buf.h"

enum { GIT_HASH_SIZE = 65 }; /* of a hash with its NUL */

struct git_diff_file {
	char *path, *old_path; /* bytes; NULL: it has the same */
	const char *status;    /* a literal: "added" … as people see it */
	char old_mode[8], new_mode[8];
	char old_hash[GIT_HASH_SIZE], new_hash[GIT_HASH_SIZE];
	int similarity;         /* percent; -1: it says nothing */
	int64_t added, removed; /* lines; -1: binary, or not known */
	bool counted;
};

struct git_diff {
	size_t limit; /* so many files at most */
	struct git_diff_file *files;
	size_t count;
	bool truncated, broken;

	/* private */
	int expect;
	size_t numbered; /* records with numbers so far */
	bool extra;      /* the file that is being read is not kept */
	bool renamed;
	int64_t added, removed;
};

void git_diff_begin(struct git_diff *d, size_t limit);

/* A record; see git_records.h. `arg` is a struct git_diff. */
bool git_diff_record(void *arg, const char *text, size_t len);

/* Makes one of a conflict, which git tells twice. */
void git_diff_end(struct git_diff *d);

void git_diff_free(struct git_diff *d);

/* Appends the members of a file: path, old_path, status, modes, counts, submodule. */
void git_diff_put(struct buf *b, const struct git_diff_file *file);

#endif
