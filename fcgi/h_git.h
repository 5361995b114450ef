/*
 * Handlers of git, and the indexes of their parameters. The workspace is the first
 * parameter everywhere; see git.h. What each route answers is in routes_git.c.
 */
#ifndef DISPATCH_FCGI_H_GIT_H
#define DISPATCH_FCGI_H_GIT_H

#include "fcgi/git.h"

/* h_git_status.c */
enum { STATUS_UNTRACKED = GIT_PARAMS, STATUS_IGNORED, STATUS_LIMIT };
int h_git_status(struct call *c, struct err *e);

/* h_git_diff.c */
enum {
	DIFF_SIDE = GIT_PARAMS,
	DIFF_PATH,
	DIFF_OLD_PATH,
	DIFF_FROM,
	DIFF_TO,
	DIFF_CONTEXT,
	DIFF_WHITESPACE,
	DIFF_HUNKS,
	DIFF_LIMIT
};
int h_git_diff(struct call *c, struct err *e);

/* h_git_file.c */
enum { FILE_PATH = GIT_PARAMS, FILE_REV };
int h_git_file(struct call *c, struct err *e);

/* h_git_log.c */
enum {
	LOG_REV = GIT_PARAMS,
	LOG_ALL,
	LOG_PATH,
	LOG_SEARCH,
	LOG_AUTHOR,
	LOG_LIMIT,
	LOG_AFTER
};
enum { SHOW_REV = GIT_PARAMS };
int h_git_log(struct call *c, struct err *e);
int h_git_show(struct call *c, struct err *e);

/* h_git_blame.c */
enum { BLAME_PATH = GIT_PARAMS, BLAME_REV, BLAME_FROM, BLAME_TO };
int h_git_blame(struct call *c, struct err *e);

/* h_git_refs.c */
enum { BRANCHES_KIND = GIT_PARAMS };
int h_git_branches(struct call *c, struct err *e);
int h_git_stash_list(struct call *c, struct err *e);
int h_git_remotes(struct call *c, struct err *e);

/* h_git_stage.c */
enum {
	STAGE_PATHS = GIT_PARAMS,
	STAGE_ALL,
	STAGE_PATH,
	STAGE_OLD_PATH,
	STAGE_BASE,
	STAGE_LINES,
	STAGE_HUNKS,
	STAGE_CONTEXT
};
int h_git_stage(struct call *c, struct err *e);
int h_git_unstage(struct call *c, struct err *e);
int h_git_discard(struct call *c, struct err *e);

/* h_git_commit.c */
enum {
	COMMIT_MESSAGE = GIT_PARAMS,
	COMMIT_AMEND,
	COMMIT_ALL,
	COMMIT_AUTHOR,
	COMMIT_SIGN_OFF,
	COMMIT_ALLOW_EMPTY,
	COMMIT_NO_VERIFY,
	COMMIT_HEAD
};
int h_git_commit(struct call *c, struct err *e);

/* h_git_branch.c; `op` is an index of the table's values */
enum {
	SWITCH_BRANCH = GIT_PARAMS,
	SWITCH_COMMIT,
	SWITCH_CREATE,
	SWITCH_START,
	SWITCH_TRACK,
	SWITCH_FORCE,
	SWITCH_MERGE
};
enum {
	BRANCH_OP = GIT_PARAMS,
	BRANCH_NAME,
	BRANCH_START,
	BRANCH_TO,
	BRANCH_FORCE,
	BRANCH_UPSTREAM
};
enum { TAG_OP = GIT_PARAMS, TAG_NAME, TAG_REV, TAG_MESSAGE };
enum { REMOTE_OP = GIT_PARAMS, REMOTE_NAME, REMOTE_URL, REMOTE_TO };
enum { INIT_BRANCH = GIT_PARAMS };
int h_git_switch(struct call *c, struct err *e);
int h_git_branch(struct call *c, struct err *e);
int h_git_tag(struct call *c, struct err *e);
int h_git_remote(struct call *c, struct err *e);
int h_git_init(struct call *c, struct err *e);

/* h_git_stash.c */
enum {
	STASH_OP = GIT_PARAMS,
	STASH_INDEX,
	STASH_COMMIT,
	STASH_MESSAGE,
	STASH_UNTRACKED,
	STASH_KEEP_INDEX,
	STASH_STAGED,
	STASH_PATHS,
	STASH_RESTORE_INDEX
};
int h_git_stash(struct call *c, struct err *e);

/* h_git_merge.c */
enum { MERGE_OP = GIT_PARAMS, MERGE_REV, MERGE_FF, MERGE_MESSAGE };
enum { RESOLVE_PATHS = GIT_PARAMS, RESOLVE_WITH };
int h_git_merge(struct call *c, struct err *e);
int h_git_resolve(struct call *c, struct err *e);

/* h_git_worktree.c */
enum {
	WORKTREE_OP = GIT_PARAMS,
	WORKTREE_PATH,
	WORKTREE_BRANCH,
	WORKTREE_NEW_BRANCH,
	WORKTREE_START,
	WORKTREE_COMMIT,
	WORKTREE_WORKSPACE,
	WORKTREE_FORCE
};
int h_git_worktrees(struct call *c, struct err *e);
int h_git_worktree(struct call *c, struct err *e);

/* h_git_jobs.c */
enum { FETCH_REMOTE = GIT_PARAMS, FETCH_ALL, FETCH_PRUNE, FETCH_TAGS };
enum { PULL_REMOTE = GIT_PARAMS, PULL_BRANCH, PULL_REBASE, PULL_FF_ONLY };
enum {
	PUSH_REMOTE = GIT_PARAMS,
	PUSH_BRANCH,
	PUSH_TO,
	PUSH_UPSTREAM,
	PUSH_FORCE,
	PUSH_TAGS,
	PUSH_DELETE
};
int h_git_fetch(struct call *c, struct err *e);
int h_git_pull(struct call *c, struct err *e);
int h_git_push(struct call *c, struct err *e);

/* What several of them share; h_git_shared.c */

/* A path parameter as bytes, "" when it is not given; NULL: error. The caller frees. */
char *h_git_path(const struct value *v, const char *field, struct err *e);

/* The name of a branch, tag or remote as bytes: not empty, no '-' before it, nothing
 * that git forbids in one. The caller frees; NULL: error. */
char *h_git_name(const char *text, const char *field, struct err *e);

/* A list of paths as bytes with a NUL behind each. Returns how many, or -1. */
int h_git_paths(struct json_object *list, const char *field, struct buf *paths,
	struct err *e);

/* Whether a truth was given and is true. */
bool h_git_truth(const struct value *v);

#endif
