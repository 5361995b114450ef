/* Reading commits; see git_log.h. */
#ifndef DISPATCH_FCGI_GIT_COMMITS_H
#define DISPATCH_FCGI_GIT_COMMITS_H

#include "fcgi/git.h"
#include "fcgi/git_log.h"

/* Runs `git log` with these words behind it (what is shown, and how, is added). */
int git_commits_read(struct git *g, const struct words *more, struct git_log *log,
	struct err *e);

/* Appends one commit, an object. */
int git_commits_put(struct git *g, const char *commit, struct buf *b, struct err *e);

#endif
