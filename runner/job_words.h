/*
 * What a git program says while it works, on standard error and output, read as facts.
 * It is asked to speak in the C locale; what is not understood is just words. Pure
 * functions of their arguments.
 */
#ifndef DISPATCH_RUNNER_JOB_WORDS_H
#define DISPATCH_RUNNER_JOB_WORDS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/buf.h"

/* "Receiving objects:  42% (420/1000), 1.20 MiB | 3.00 MiB/s" */
struct job_progress {
	char phase[64];   /* "Receiving objects" */
	int percent;      /* -1: not known */
	int64_t done, of; /* -1: not known */
	bool finished;    /* the phase has come to its end */
};

/* Whether the line (of `len` bytes, without its end) tells progress; then fills *p. */
bool job_words_progress(const char *line, size_t len, struct job_progress *p);

/*
 * A line about a reference, as `git fetch` writes them, or `git push --porcelain`:
 * appends {"from","to","local","remote","flag","reason"} to `b`, and returns the flag's
 * name (a literal: "new", "fast-forward", "forced", "pruned", "rejected", "up-to-date",
 * "tag"); NULL when the line is none.
 */
const char *job_words_fetched(const char *line, size_t len, struct buf *b);
const char *job_words_pushed(const char *line, size_t len, struct buf *b);

/* The stable code for why it failed, by the words that it left: "git.login",
 * "git.network", "git.rejected", "git.conflict" or else "git.refused". */
const char *job_words_problem(const char *words);

#endif
