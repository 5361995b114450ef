/* Searching what files say: with rg where it is installed, else by ourselves. */
#ifndef DISPATCH_FCGI_SEARCH_H
#define DISPATCH_FCGI_SEARCH_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/beneath.h"
#include "lib/buf.h"
#include "lib/conf.h"

enum {
	SEARCH_LIMIT = 5000,        /* matches in an answer */
	SEARCH_TEXT_MAX = 500,      /* characters of a line that are shown */
	SEARCH_RANGES = 100,        /* of a line that are told */
	SEARCH_MS = 15000,          /* that a search may take */
	SEARCH_FILE_MAX = 20 << 20, /* bytes; larger files are left out */
};

struct search {
	const struct conf *conf;
	const struct beneath *b;
	const char *text; /* what is looked for, UTF-8 */
	bool regex;       /* it is a regular expression */
	bool exact_case;
	bool word;        /* whole words only */
	const char *glob; /* which files: "*.c", "!*.min.js", "src/…"; NULL: all */
	int limit;

	/* What was found. */
	struct buf items; /* JSON objects with commas */
	int count;
	bool truncated;
};

/* Where in a line something was found, in bytes. */
struct search_range {
	size_t from, to;
};

/* Adds a line: path in bytes, the line without its end. False: that is enough. */
bool search_add(struct search *s, const char *path, int64_t line, const char *text,
	size_t len, const struct search_range *ranges, int count);

/* Searches with rg. 1: done; 0: there is no rg; -1: error (400 "request.invalid" for a
 * wrong expression). */
int search_rg(struct search *s, struct err *e);

/* The same by our own walk; expressions are POSIX extended ones. 0 or -1. */
int search_own(struct search *s, struct err *e);

/* Has rg say the files' paths, each with a NUL at its end, to take(arg, bytes, len), in
 * `ms` at most. 1: done; 0: there is no rg; -1: error. */
int search_list(const struct conf *conf, const struct beneath *b, int ms,
	bool (*take)(void *arg, const char *bytes, size_t len), void *arg, struct err *e);

#endif
