/* Asking another program something: it is run, and its output is read. */
#ifndef DISPATCH_FCGI_CHILD_H
#define DISPATCH_FCGI_CHILD_H

#include <stdbool.h>

#include "lib/buf.h"
#include "lib/err.h"
#include "lib/os_isolate.h"

enum {
	CHILD_OUTPUT_MAX = 64 * 1024,
	CHILD_ERRORS_MAX = 16 * 1024,
	CHILD_ENOUGH = 256, /* see child_talk() */
};

struct child {
	char *const *argv; /* argv[0]: a path, or a name that is looked for in the
	                      absolute directories of our PATH */
	char *const *env;
	int dir; /* descriptor of the directory to run in; -1: ours */

	/* What keeps it from what is ours; prepared, without OS_ISOLATE_PROCESSES. NULL,
	 * or no flag: it reaches what we reach. */
	const struct os_isolate *isolate;
	const char *path; /* for who is isolated: of the directory, absolute */

	const char *input; /* what is on its standard input, `input_len` bytes */
	size_t input_len;
	int ms; /* that it may take */

	/* Takes a piece of what it writes to its standard output, `len` > 0 bytes; false:
	 * that was enough. NULL: it is thrown away. */
	bool (*take)(void *arg, const char *bytes, size_t len);
	void *arg;
	struct buf *errors; /* gets what it writes to its standard error, the first
	                       CHILD_ERRORS_MAX bytes; NULL: thrown away */
};

/*
 * Runs the program to its end. What it started and left behind is not waited for. Returns
 * its exit status (0..255), CHILD_ENOUGH when `take` had enough and it was ended, or -1:
 * 500 "child.missing" when there is no such program, 504 "child.timeout" when it took too
 * long and was ended, 500 "child.failed" when it could not be run or a signal ended it;
 * and when it is to be isolated, 422 "session.isolation_unavailable" where the system
 * refuses, 409 "child.directory" when the path is not that of the directory any more.
 */
int child_talk(const struct child *child, struct err *e);

/*
 * The same with nothing on its standard input, for what says little: appends what it
 * wrote to its standard output, up to CHILD_OUTPUT_MAX bytes. It runs in our directory,
 * or isolated in the root.
 */
int child_run(char *const *argv, char *const *env, const struct os_isolate *isolate,
	int ms, struct buf *output, struct err *e);

#endif
