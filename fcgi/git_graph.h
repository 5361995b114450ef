/*
 * Drawing history: each commit stands in a column, and lines lead from one row to the
 * next. A lane is a column that waits for a commit, namely a parent of one above. What
 * the lanes wait for can be written down, so that the next page goes on where this one
 * ended.
 */
#ifndef DISPATCH_FCGI_GIT_GRAPH_H
#define DISPATCH_FCGI_GIT_GRAPH_H

#include <stdbool.h>

#include "fcgi/git_diff.h"
#include "lib/buf.h"

enum { GIT_LANES_MAX = 40 }; /* what would need more is not drawn */

struct git_lane {
	char commit[GIT_HASH_SIZE]; /* that it waits for; "" for none */
	int colour;
};

struct git_graph {
	struct git_lane lanes[GIT_LANES_MAX];
	int count;
	int colours; /* given so far */
};

/*
 * Appends {"column","edges"} for a commit with its parents (hashes with blanks between
 * them), above `next` (NULL: nothing follows), and goes on to that.
 */
void git_graph_row(struct git_graph *graph, const char *commit, const char *parents,
	const char *next, struct buf *b);

/* Writes the lanes as a text without blanks, and reads them; false: that is none. */
void git_graph_save(const struct git_graph *graph, struct buf *b);
bool git_graph_load(struct git_graph *graph, const char *text);

#endif
