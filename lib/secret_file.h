/* Secrets of other services, which an administrator puts into files of their own. */
#ifndef DISPATCH_LIB_SECRET_FILE_H
#define DISPATCH_LIB_SECRET_FILE_H

#include <stddef.h>

#include "lib/buf.h"
#include "lib/err.h"

/* Appends the file's only line, without its end: 1 to `most` visible characters. Error:
 * 500 "secret.file" (missing, of another user, readable by others, or not such a line).
 */
int secret_file_read(const char *path, size_t most, struct buf *out, struct err *e);

#endif
