/*
 * Which lines of a text went and which came: the shortest script after E. Myers, "An
 * O(ND) Difference Algorithm and Its Variations" (1986), in linear space.
 *
 * Bounded: where two parts have less in common than LINE_DIFF_COST edits can tell, or
 * have more than LINE_DIFF_LINES lines together, one counts as replaced by the other.
 */
#ifndef DISPATCH_LIB_LINE_DIFF_H
#define DISPATCH_LIB_LINE_DIFF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/buf.h"

enum {
	LINE_DIFF_COST = 2048,
	LINE_DIFF_LINES = 1000 * 1000,
	LINE_DIFF_CONTEXT = 3, /* lines around a change in a unified diff */
};

/* A text in lines; each has its newline, but for the last, which may have none. */
struct diff_side {
	const char *text; /* lent */
	size_t *start;    /* where each begins; one more: the end */
	size_t count;
	unsigned char *changed; /* 1: this line is not in the other text */
};

struct line_diff {
	struct diff_side before, after;
	int64_t removed, added; /* lines */
};

/* Compares; the texts must outlive *d. line_diff_free() it afterwards. */
void line_diff_make(struct line_diff *d, const char *before, size_t before_len,
	const char *after, size_t after_len);
void line_diff_free(struct line_diff *d);

/* Appends the hunks of a unified diff (POSIX diff -u, without the two lines of names), at
 * most `most` bytes of whole lines. Returns true when that was all of it. */
bool line_diff_unified(const struct line_diff *d, size_t most, struct buf *out);

#endif
