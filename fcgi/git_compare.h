/* Comparing two states of a repository: which files differ, and how one of them does. */
#ifndef DISPATCH_FCGI_GIT_COMPARE_H
#define DISPATCH_FCGI_GIT_COMPARE_H

#include "fcgi/git.h"
#include "fcgi/git_diff.h"

/* In the order of the route's values. */
enum git_side {
	GIT_UNSTAGED, /* index and work tree */
	GIT_STAGED,   /* HEAD and index */
	GIT_COMMIT,   /* first parent and commit */
	GIT_RANGE,    /* two commits */
};

struct git_compare {
	enum git_side side;
	char *from, *to; /* hashes, of a commit or a range; the caller frees */
	int context;     /* lines around a change */
	bool no_whitespace;
};

/* The commit's first parent, or the empty tree, as compare->from of compare->to. */
int git_compare_parent(struct git *g, struct git_compare *compare, struct err *e);

/* Which files differ; `path` (bytes; NULL: all) limits it, and `old_path` (NULL: none)
 * goes with it. A file that git does not know counts when it is asked for. */
int git_compare_files(struct git *g, const struct git_compare *compare, const char *path,
	const char *old_path, struct git_diff *diff, struct err *e);

/* Appends the patch of the file. */
int git_compare_patch(struct git *g, const struct git_compare *compare,
	const struct git_diff_file *file, struct buf *patch, struct err *e);

#endif
