/* Asking another program something: it is run, and its output is read. */
#ifndef DISPATCH_FCGI_CHILD_H
#define DISPATCH_FCGI_CHILD_H

#include "lib/buf.h"
#include "lib/err.h"

enum { CHILD_OUTPUT_MAX = 64 * 1024 };

/*
 * Runs argv[0] (an absolute path) with an environment and nothing on its standard input,
 * for at most `ms` milliseconds; then it is killed. Appends what it wrote to its standard
 * output, up to CHILD_OUTPUT_MAX bytes. Returns its exit status (0..255), or -1 when it
 * could not be run, took too long, or was ended by a signal: 500 "child.failed".
 */
int child_run(char *const *argv, char *const *env, int ms, struct buf *output,
	struct err *e);

#endif
