/*
 * Running git in a workspace: argv only, no prompts, a limit of time and of output. Two
 * ways:
 *
 * Reading runs nothing that a repository could bring along, whatever its configuration,
 * attributes and hooks say: no hook, no file system monitor, no filter, no external diff,
 * no text conversion, no pager, no signature checker, no transport. Acting is a person's
 * own act, and runs what git runs in their terminal.
 *
 * Both are isolated with the profile "open", so that what runs does not reach what is
 * ours: hooks and filters, and also what a configuration names that has changed since it
 * was looked at. Where the system cannot isolate, nothing is done, but it is read.
 */
#ifndef DISPATCH_FCGI_GIT_H
#define DISPATCH_FCGI_GIT_H

#include <stdbool.h>
#include <stddef.h>

#include "fcgi/route.h"
#include "fcgi/words.h"
#include "lib/buf.h"
#include "lib/isolation.h"

/* The workspace is the first parameter of every route. */
enum { GIT_WORKSPACE, GIT_PARAMS };

enum { GIT_TEXT_MAX = 16 * 1024 * 1024 }; /* bytes of output that are kept in memory */

struct git {
	struct call *c;
	const char *workspace; /* its id */
	char *path;            /* its directory: absolute, bytes */
	int dir;               /* the same, open */
	char *prefix;          /* of the workspace in the work tree: "" or "sub/" */
	char *root;            /* of the work tree */
	struct words read_env, act_env;
	bool hardened;              /* read_env switches the repository's filters off */
	struct isolation isolation; /* of what may run something of the repository's */
};

#define GIT_INIT ((struct git){.dir = -1})

/*
 * Opens the workspace; git_open() asks for a repository besides. git_close() is legal
 * afterwards in any case. Errors: 404 "workspace.unknown", 409 "workspace.missing", 422
 * "git.missing", 409 "git.not_repository", 409 "git.owner".
 */
int git_open_directory(struct git *g, struct call *c, struct err *e);
int git_open(struct git *g, struct call *c, struct err *e);
void git_close(struct git *g);

/* What git is asked. */
struct git_ask {
	const struct words *words; /* behind "git" */
	const char *input;         /* on its standard input, `input_len` bytes */
	size_t input_len;
	bool act;   /* it changes something */
	bool maybe; /* status 1 is an answer, too */

	/* Takes the output; see child.h. NULL: thrown away. */
	bool (*take)(void *arg, const char *bytes, size_t len);
	void *arg;
};

/*
 * Returns git's exit status, or CHILD_ENOUGH, or -1 with an error, which has git's own
 * words (and the response has all of them as "words"): 409 "git.refused" and others by
 * what git says, see git_problem.c; 504 "git.timeout". An act: 422
 * "session.isolation_unavailable", 409 "workspace.missing" as well.
 */
int git_run(struct git *g, const struct git_ask *ask, struct err *e);

/* Appends what git writes when it reads; 413 "git.too_large" beyond `most` bytes. Returns
 * as git_run(). */
int git_read(struct git *g, const struct words *words, size_t most, struct buf *out,
	struct err *e);

/* The same where status 1 is an answer, too. */
int git_read_maybe(struct git *g, const struct words *words, size_t most, struct buf *out,
	struct err *e);

/* Does something, and throws away what git says when all is well. Returns 0 or -1. */
int git_act(struct git *g, const struct words *words, struct err *e);

/* The same with a text on standard input. */
int git_act_with(struct git *g, const struct words *words, const struct buf *input,
	struct err *e);

/* The hash of a commit that somebody names (path text). The caller frees; NULL: 404
 * "git.unknown", 400 "request.invalid". */
char *git_commit(struct git *g, const char *name, const char *field, struct err *e);

/* The same for a name of ours: 1: *commit is set; 0: there is none; -1: error. */
int git_resolve(struct git *g, const char *name, char **commit, struct err *e);

/* The same for HEAD; *commit is NULL when there is no commit yet. */
int git_head(struct git *g, char **commit, struct err *e);

/* Fills *e from git's words; see git_problem.c. Returns -1. */
int git_problem(struct response *response, const struct buf *words, struct err *e);

#endif
