/*
 * Where things lie: the state directory's files, our own programs, and data files that
 * are installed with them.
 *
 * A program that runs from the build tree finds its siblings and data there, so that
 * nothing needs to be installed to try Dispatch.
 */
#ifndef DISPATCH_LIB_PATH_H
#define DISPATCH_LIB_PATH_H

#include "lib/err.h"

/* "<dir>/<name>"; the caller frees. */
char *path_join(const char *dir, const char *name);

/* The person's home, absolute; the caller frees. */
char *path_home(void);

/* The path with "~" and "~/…" at its beginning, and "", standing for the home; the caller
 * frees. */
char *path_expand(const char *path);

/* The path of one of our programs, such as "dispatch-shim"; the caller frees. Never NULL.
 */
char *path_program(const char *name);

/* The path of an installed data file or folder, such as "sql" or "web/dist"; the caller
 * frees. Never NULL; whether it exists is for the caller to see. */
char *path_data(const char *name);

/* Makes a file with this text where there is none; nothing is told, since mostly there is
 * one. */
void path_make_file(const char *path, const char *text, unsigned int mode);

/* Makes a directory and its parents with mode 0700. An existing one is fine when it is
 * ours. Errors: 500 "path.mkdir" (with the reason), "path.owner" (belongs to another
 * user). */
int path_make_dir(const char *dir, struct err *e);

/* The same, and closes it to others (mode 0700). One that is open to others and holds
 * nothing of Dispatch but other things, such as /tmp or a home, is left as it is. Errors:
 * as above, and 500 "path.used". */
int path_make_private(const char *dir, struct err *e);

#endif
