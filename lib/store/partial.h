/* Beginnings of lines that programs have not finished: table partial_line. */
#ifndef DISPATCH_LIB_STORE_PARTIAL_H
#define DISPATCH_LIB_STORE_PARTIAL_H

#include <stddef.h>
#include <stdint.h>

#include "lib/buf.h"
#include "lib/err.h"

struct db;

/* Appends a piece, in the caller's transaction; `len` 0: the line is too long, and its
 * rest is to be skipped. */
int partial_add(struct db *db, int64_t session, const void *bytes, size_t len,
	struct err *e);

/* Forgets all pieces of the session, in the caller's transaction. */
int partial_clear(struct db *db, int64_t session, struct err *e);

/* Appends what there is to *line. 1: the rest is to be skipped (*line is as it was); 0:
 * not; -1: error. */
int partial_load(struct db *db, int64_t session, struct buf *line, struct err *e);

#endif
