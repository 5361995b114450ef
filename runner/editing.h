/*
 * File-editor sessions: what the files of the adapter share. The program,
 * dispatch-editor, does the work on files; here are the events, the contents that they
 * name, and drafts, which need no file.
 *
 *	adapter_editor.c  what to start, and what people ask of it
 *	editing_said.c    what the program says
 *	editing_state.c   what is known of the session, in memory and in its row
 *	editing_log.c     what is recorded beside events
 */
#ifndef DISPATCH_RUNNER_EDITING_H
#define DISPATCH_RUNNER_EDITING_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/crypt.h"
#include "runner/run.h"

struct json_object;

enum {
	EDITING_FILES_MAX = 512,   /* open or with a draft; more drafts are refused, and
	                              more open ones are not told of */
	EDITING_WAITING_MAX = 256, /* operations without an answer; more are not told of
	                              when the program ends */
	EDITING_LINE_MAX = 16 * 1024 * 1024, /* bytes of a line: 10 MB in base64 */
};

/* A file that is open or has a draft. */
struct editing_file {
	char *path; /* path text */
	bool open;
	char sha256[SHA256_TEXT_SIZE]; /* of the file; "": there is none, or not known */
	char *about;                   /* JSON: what opening it told; NULL: nothing */
	char draft[SHA256_TEXT_SIZE];  /* "": there is none */
	char base[SHA256_TEXT_SIZE];   /* of the draft; "": of a new file */
	int64_t drafted_at;
};

/* An operation that the program was asked for. */
struct editing_wait {
	int64_t command;
	char id[UUID_SIZE];
	char *op, *path;
};

struct editing {
	struct editing_file files[EDITING_FILES_MAX];
	int file_count;
	struct editing_wait waiting[EDITING_WAITING_MAX];
	int waiting_count;
	int64_t run;     /* the last run whose program knows which files are open */
	int64_t refused; /* commands up to this one are not given to a program any more */
};

/* ---- editing_state.c ---- */

void editing_attach(struct run *run);
void editing_detach(struct run *run);

/* Writes what changed into the row; at the end of whatever changes struct editing. */
void editing_save(struct run *run);

/* The file with this path; NULL: it is not there (or cannot be added). */
struct editing_file *editing_find(struct run *run, const char *path);
struct editing_file *editing_add(struct run *run, const char *path);

/* Forgets a file that is neither open nor has a draft. */
void editing_tidy(struct run *run, struct editing_file *file);

void editing_rename(struct run *run, const char *from, const char *to);

/* Notes an operation as under way; forgets it. */
void editing_wait_for(struct run *run, const struct editing_wait *wait);
void editing_answered(struct run *run, const char *id);

/* ---- editing_said.c ---- */

void editing_line(struct run *run, const char *text, size_t len);
void editing_too_long(struct run *run, const char *text, size_t len);
void editing_words(struct run *run, const char *bytes, size_t len);

/* The channel of what comes of an operation, a literal; NULL: there is no such one. */
const char *editing_channel(const char *op);

/* The hash that a member tells, or "". */
void editing_take_hash(char to[SHA256_TEXT_SIZE], struct json_object *json,
	const char *key);

/* ---- editing_log.c ---- */

/* Keeps bytes of the session under their hash. */
void editing_keep(struct run *run, const char *sha256, struct buf *bytes);

/* What is recorded with an event; texts are copied. */
struct editing_record {
	const char *channel, *type; /* literals */
	const char *data;           /* JSON */
	int64_t command;
	struct json_object *version; /* as the program tells it; NULL: none */
	const char *by;
	/* What becomes of the draft of a path. */
	enum { DRAFT_STAYS, DRAFT_PUT, DRAFT_DROP, DRAFT_RENAME } draft;
	const char *path, *to, *base, *sha256; /* of the draft */
	const void *bytes;                     /* of DRAFT_PUT */
	size_t len;
};
void editing_emit(struct run *run, const struct editing_record *record);

#endif
