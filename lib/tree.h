/* Whole trees of files, by descriptors alone: copying, removing and measuring them. Links
 * are never followed. */
#ifndef DISPATCH_LIB_TREE_H
#define DISPATCH_LIB_TREE_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/beneath.h"

/* How much there may be; counted down on the way. */
struct tree_limit {
	int64_t bytes, entries;
	const struct beneath *b; /* what is ours there is not copied; NULL: all is */
	/* Called now and then while copying; false: it is to end. NULL: nobody asks. */
	bool (*goes_on)(const struct tree_limit *limit);
};

enum { TREE_DEPTH = 100 }; /* directories within each other */

/*
 * Copies the entry `from` of a directory to the new entry `to` of another, with modes and
 * times. Of what is neither file, directory nor link, nothing is copied. 0; -1 with
 * errno: EFBIG when the limit is reached, ECANCELED when it was to end. What was copied
 * by then stays.
 */
int tree_copy(int from_dir, const char *from, int to_dir, const char *to,
	struct tree_limit *limit);

/* Removes the entry of a directory with all that is in it. 0; -1 with errno. */
int tree_remove(int dir, const char *name);

/* Counts the bytes of the files in an entry, up to the limit. */
int64_t tree_size(int dir, const char *name, struct tree_limit *limit);

#endif
