/* How well a path matches what somebody typed: its characters in this order, with others
 * between them. Matches that begin words, stand together and are in the name count more.
 */
#ifndef DISPATCH_FCGI_FUZZY_H
#define DISPATCH_FCGI_FUZZY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	FUZZY_PATTERN_MAX = 128, /* characters */
	FUZZY_TEXT_MAX =
		1024, /* characters of a path that are looked at: the last ones */
};

struct fuzzy {
	uint32_t pattern[FUZZY_PATTERN_MAX]; /* without blanks */
	int count;
	bool exact_case; /* it has a capital letter */
};

/* Reads what was typed, UTF-8; what is too long is cut. */
void fuzzy_read(struct fuzzy *f, const char *text);

/* Points of a path (path text); 0: it does not match. An empty pattern matches all. */
int fuzzy_score(const struct fuzzy *f, const char *text);

/* The indexes of the characters that match, f->count of them, ascending. False: it does
 * not match. */
bool fuzzy_positions(const struct fuzzy *f, const char *text,
	int positions[FUZZY_PATTERN_MAX]);

#endif
