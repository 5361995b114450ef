/*
 * Jobs: work with an end, such as a clone, that a person waits for and may cancel. What
 * is to be done stands in the options of the session, which handlers make; see
 * fcgi/job.h.
 *
 *	adapter_job.c   what to start, what it says, how it ended
 *	job_kinds.c     the table: an op → its command line, and who reads its words
 *	job_state.c     what is known of it, in memory and in the session's row
 *	job_words.c     what git's words mean
 */
#ifndef DISPATCH_RUNNER_JOB_H
#define DISPATCH_RUNNER_JOB_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/buf.h"
#include "runner/job_words.h"

struct json_object;
struct run;

enum {
	JOB_PART_MAX = 4096,         /* bytes of a line that has not ended; more is cut */
	JOB_WORDS_MAX = 4096,        /* of what it said last, kept for the reason */
	JOB_OUTPUT_MAX = 256 * 1024, /* recorded of its words; the rest is dropped */
	JOB_REFS_MAX = 32 * 1024,    /* of what is told of references */
	JOB_SHOW_MS = 200,           /* between two events about progress */
};

/* An op; texts of the command line that begin with '-' are ours. */
struct job_kind {
	const char *op;
	const char *program; /* to be found in PATH; or of ours, "dispatch-…" */
	/* Appends the words behind it; for a terminal when `person` is set. */
	void (*command)(struct json_object *options, bool person, struct buf *words);
	/* Reads a line about a reference; NULL: there are none. */
	const char *(*reference)(const char *line, size_t len, struct buf *b);
	/* The stable code for why it failed, by its words; moves them to what is for
	 * people. */
	void (*problem)(const char **words, char code[40]);
};

/* The kind of the op, or NULL. */
const struct job_kind *job_kind_find(const char *op);

/* Whether the program is one of Dispatch's own. */
bool job_is_ours(const struct job_kind *kind);

/* The program's file, as exec wants it; the caller frees. */
char *job_program(const struct job_kind *kind);

/* The command line; the caller frees the words and the list. */
char **job_argv(const struct job_kind *kind, struct json_object *options, bool person);

struct job {
	struct json_object *options;
	const struct job_kind *kind; /* NULL: not of this version */
	int64_t run;                 /* the run that this is about */
	struct buf part;             /* of a line that has not ended */
	struct buf words;            /* what it said last, cleaned */
	struct buf refs;             /* JSON objects, with commas */
	struct job_progress progress;
	char *progress_text; /* NULL: none yet */
	int64_t shown_at;    /* monotonic: last event about progress */
	int64_t output;      /* bytes recorded of its words */
	bool rejected;       /* a reference was */
	char *result;        /* JSON; NULL: none yet, or none */
	char *problem;
};

/* Makes and frees run->state. */
void job_attach(struct run *run);
void job_detach(struct run *run);

/* Forgets what another run said. */
void job_begin(struct run *run);

/* Writes into the row what people see of it, and what a successor must know. */
void job_save(struct run *run);

#endif
