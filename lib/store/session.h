/*
 * Run sessions: table run_session of events.db. Written by the runner only.
 */
#ifndef DISPATCH_LIB_STORE_SESSION_H
#define DISPATCH_LIB_STORE_SESSION_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/crypt.h"
#include "lib/err.h"

struct db;

enum { KIND_SIZE = 32 }; /* of the name of a kind, with its NUL */

enum session_status {
	SESSION_CREATING, /* a row, nothing started yet */
	SESSION_STARTING, /* the shim has been told to start the program */
	SESSION_RUNNING,
	SESSION_STOPPING, /* being closed */
	SESSION_EXITED,   /* ended by itself or by being closed; exit facts are known */
	SESSION_FAILED,   /* never started; error facts say why */
	SESSION_LOST, /* ended and how is unknown: killed with its shim, or a reboot */
	SESSION_UNREACHABLE, /* its shim does not answer; it may well be alive */
};

/* "running" and so on. */
const char *session_status_name(enum session_status status);

/* True while a program runs or may run: everything but exited, failed and lost. */
bool session_is_live(enum session_status status);

struct session {
	int64_t number; /* key of the log; 0 before it is inserted */
	char id[ID_SIZE];
	char owner[ID_SIZE];
	char *kind;
	char *title;
	enum session_status status;
	char *attention;
	char *cwd;
	char *workspace; /* id; NULL: of none */
	char *command_json;
	char *env_json;
	char *options_json; /* an object; NULL to insert: an empty one */
	char *detail_json;  /* NULL: nothing beside what stands here */
	char *private_json; /* NULL: nothing to remember */
	int cols, rows;
	int64_t created_at, updated_at;
	int64_t started_at, ended_at;  /* 0: not known */
	int exit_code;                 /* -1: did not exit by itself */
	int exit_signal;               /* 0: no signal */
	char *error_code, *error_text; /* NULL: none */
	char *preview;
	int64_t run, last_seq, ring_offset, input_done, command_done;
	int64_t output;                  /* bytes said so far, all runs together */
	int64_t first_seq, first_output; /* the oldest event kept; output before it */
	int64_t op_noted, op_done;       /* commands: see runner/say.h */
	uint8_t cookie[16];
	char *boot_id;
};

/* Frees what the fields own and zeroes the struct. Legal on a zeroed one. */
void session_clear(struct session *s);

/* Copies the texts of one that was lent, so that it owns them. */
void session_own(struct session *s);

/* Fills *s (clear it afterwards). 1: found; 0: no such session, or deleted; -1: error. */
int session_find(struct db *db, const char *id, struct session *s, struct err *e);

/* As session_find(), and only when `owner` is its owner. */
int session_find_owned(struct db *db, const char *id, const char *owner,
	struct session *s, struct err *e);

/* What each input asks of a session. */
struct session_brief {
	enum session_status status;
	char kind[KIND_SIZE];
	int64_t input_done; /* the highest input that its program is known to have got */
};

/* The same for these alone. */
int session_brief_owned(struct db *db, const char *id, const char *owner,
	struct session_brief *brief, struct err *e);

/*
 * Calls each(arg, s) for every session of the owner (NULL: of everybody), oldest first.
 * *s is lent: its texts are valid during the call. Returns 0, or -1.
 */
int session_each(struct db *db, const char *owner,
	void (*each)(void *arg, const struct session *s), void *arg, struct err *e);

/* Which jobs are meant. */
struct job_filter {
	const char *workspace; /* NULL: of any */
	bool live;             /* only those that have not ended */
	int most;              /* the newest so many */
};

/* The same for the owner's jobs, which session_each() leaves out when it is asked for
 * one owner; the newest first. */
int session_each_job(struct db *db, const char *owner, const struct job_filter *filter,
	void (*each)(void *arg, const struct session *s), void *arg, struct err *e);

/* Calls each(arg, id) for ended jobs of the owner besides the newest `keep`, a few at a
 * time. */
int session_each_old_job(struct db *db, const char *owner, int keep,
	void (*each)(void *arg, const char *id), void *arg, struct err *e);

/* Appends a new row and sets s->number. */
int session_insert(struct db *db, struct session *s, struct err *e);

/* Writes everything that can change after creation, but for what is kept of the log
 * (first_seq, first_output). */
int session_update(struct db *db, const struct session *s, struct err *e);

/* Writes what changes with every output and input: last_seq, ring_offset, input_done,
 * command_done, output, op_noted, op_done. */
int session_advance(struct db *db, const struct session *s, struct err *e);

/* Makes the session invisible; its events go later, see retention_clean(). */
int session_mark_deleted(struct db *db, int64_t number, int64_t now, struct err *e);

/* Calls each(arg, workspace) for every workspace that sessions belong to. 0 or -1. */
int session_each_workspace(struct db *db, void (*each)(void *arg, const char *workspace),
	void *arg, struct err *e);

/* Sessions of this workspace belong to none any more. */
int session_leave_workspace(struct db *db, const char *workspace, struct err *e);

/* The newest session of the owner that has this conversation of Claude. 1: found; 0:
 * there is none; -1: error. */
int session_of_conversation(struct db *db, const char *owner, const char *conversation,
	char id[ID_SIZE], struct err *e);

/* What the program reported of its commands when it was started in a directory. */
struct claude_commands {
	char *json;    /* an array */
	char *version; /* of the program; NULL: it did not tell */
	int64_t at;    /* Unix milliseconds */
};

/* The newest report to the owner's Claude sessions in the directory that is not older
 * than `since`; the caller frees its members. 1: found; 0: there is none; -1: error. */
int session_claude_commands(struct db *db, const char *owner, const char *cwd,
	int64_t since, struct claude_commands *commands, struct err *e);

/* What there is in a workspace, jobs left out. */
struct session_counts {
	int64_t running, waiting, total; /* waiting: for a person */
};
int session_count_in(struct db *db, const char *owner, const char *workspace,
	struct session_counts *counts, struct err *e);

/* Sets *command to the last of the session's operations that is finished, in their order;
 * 0 when none is. */
int session_op_done(struct db *db, const char *id, int64_t *command, struct err *e);

/* How many live sessions the owner has, or -1. */
int session_count_live(struct db *db, const char *owner, struct err *e);

/* Records that a runner starts and returns its generation, higher than any before; or -1.
 */
int64_t runner_begin(struct db *db, int64_t pid, int64_t now, struct err *e);

/* The generation of the last runner that started; 0: none ever. */
int64_t runner_generation(struct db *db);

/* The process that began last, alive or not; 0: there was none. */
int64_t runner_pid(struct db *db);

#endif
