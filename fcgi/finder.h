/* Finding files by their name. */
#ifndef DISPATCH_FCGI_FINDER_H
#define DISPATCH_FCGI_FINDER_H

#include <stdbool.h>

#include "lib/beneath.h"
#include "lib/buf.h"
#include "lib/conf.h"

enum { FINDER_LIMIT = 500 };

struct finder {
	const struct conf *conf;
	const struct beneath *b; /* where; see beneath_open() */
	const char *name;        /* what was typed, UTF-8; see fuzzy.h */
	int limit;               /* 1 to FINDER_LIMIT */
	bool matches;            /* with "type" and "matches", not "path" alone */
};

/*
 * Appends a JSON array of what matches best, the best first: {path, type, matches}. Where
 * rg is installed, what .gitignore names is left out; else see walk.h. Takes a few
 * seconds at most, and then has what was found by then.
 */
int finder_put(struct buf *out, const struct finder *finder, struct err *e);

#endif
