/* Lists that git writes with NULs between fields: branches, stashes, remotes, work trees.
 * Each takes records (see git_records.h) and appends objects to a buffer. */
#ifndef DISPATCH_FCGI_GIT_REFS_H
#define DISPATCH_FCGI_GIT_REFS_H

#include <stdbool.h>
#include <stddef.h>

#include "lib/buf.h"

enum { GIT_FIELDS_MAX = 12 };

/* Rows of so many fields, each ended by a NUL; a newline may stand before a row. */
struct git_rows {
	int fields;   /* of a row */
	size_t limit; /* of rows */
	void (*row)(void *arg, char *const *fields);
	void *arg;
	size_t count; /* rows so far */
	bool truncated;

	/* private */
	char *field[GIT_FIELDS_MAX];
	int at;
};

bool git_rows_record(void *arg, const char *text, size_t len);
void git_rows_free(struct git_rows *rows);

/* For `git for-each-ref`. */
#define GIT_BRANCH_FORMAT \
	"--format=%(refname)%00%(objectname)%00%(*objectname)%00%(creatordate:unix)%00" \
	"%(contents:subject)%00%(upstream)%00%(upstream:track,nobracket)%00" \
	"%(worktreepath)%00%(HEAD)%00%(symref)%00"
enum { GIT_BRANCH_FIELDS = 10 };

/* A row of that format; `arg` is a struct buf. */
void git_branch_row(void *arg, char *const *fields);

/* For `git stash list -z`. */
#define GIT_STASH_FORMAT "--format=%H%x00%ct%x00%gs"
enum { GIT_STASH_FIELDS = 3 };

struct git_stashes {
	struct buf *b;
	int index;
};

/* `arg` is a struct git_stashes. */
void git_stash_row(void *arg, char *const *fields);

/* What `git worktree list --porcelain -z` tells of one. */
struct git_worktree {
	char *path, *commit, *branch, *locked, *prunable; /* NULL: not told */
	bool bare;
};

struct git_worktrees {
	void (*each)(void *arg, const struct git_worktree *worktree, int index);
	void *arg;
	struct git_worktree now;
	int count;
};

bool git_worktree_record(void *arg, const char *text, size_t len);
void git_worktrees_free(struct git_worktrees *w);

#endif
