/*
 * The patch of one file, as `git diff -p` writes it, taken apart: which lines were
 * removed and added. Everything points into the patch's text, which must outlive it.
 */
#ifndef DISPATCH_FCGI_GIT_HUNKS_H
#define DISPATCH_FCGI_GIT_HUNKS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/buf.h"

enum {
	GIT_HUNKS_LINES_MAX = 20000,
	GIT_HUNKS_BYTES_MAX = 2 * 1024 * 1024,
	GIT_HUNKS_TEXT_MAX = 4000, /* bytes of a line that are shown */
};

struct git_line {
	char kind; /* ' ', '+' or '-' */
	const char *text;
	size_t len;      /* without the newline */
	bool no_newline; /* the file ends without one here */
};

struct git_hunk {
	int64_t old_start, old_lines, new_start, new_lines;
	const char *section; /* what stands behind the second @@ */
	size_t section_len;
	size_t first, count; /* its lines */
};

struct git_hunks {
	struct git_line *lines;
	size_t line_count;
	struct git_hunk *hunks;
	size_t hunk_count;
	char mode[8];       /* of a file that is made or goes; "" for none */
	bool made, gone;    /* the file is new, or deleted */
	bool binary, large; /* then there are no hunks */
};

/* Takes the patch apart; false when it is none of git's. git_hunks_free() is legal
 * afterwards. */
bool git_hunks_parse(struct git_hunks *h, const char *patch, size_t len);

void git_hunks_free(struct git_hunks *h);

/* Appends "hunks":[…], or "large":true. */
void git_hunks_put(struct buf *b, const struct git_hunks *h);

#endif
