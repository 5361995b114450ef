/*
 * Commands: what handlers ask of the runner (tables command and writer of state.db).
 */
#ifndef DISPATCH_LIB_STORE_COMMAND_H
#define DISPATCH_LIB_STORE_COMMAND_H

#include <stddef.h>
#include <stdint.h>

#include "lib/err.h"

struct db;

struct command {
	int64_t id;          /* order; set when it is stored */
	const char *session; /* run_session.id */
	const char *user;    /* who asks */
	const char *sign_in; /* with which sign-in or key, which must be good while it is
	                        stored: else 401 "auth.invalid"; NULL: not known. Not
	                        read. */
	const char *kind;    /* 'create', 'input', … as in the table's CHECK */
	int64_t k;           /* of an input: its number in the session; else 0 */
	int64_t deadline;    /* of an input: Unix milliseconds; else 0 */
	const void *body;    /* bytes of an input; else JSON */
	size_t len;
};

/*
 * Refuses what was asked for with a sign-in (or key, or a sign-in made with that key), or
 * with sign_in "" all that a user asked for: inputs, which are counted, become too late,
 * the rest is removed. Inside the caller's transaction.
 */
int command_refuse(struct db *db, const char *user, const char *sign_in, struct err *e);

/* Stores a command that is not an input, in a transaction of its own, and sets c->id. */
int command_add(struct db *db, struct command *c, struct err *e);

/* What a writer says of an input. */
struct input_mark {
	const char *writer; /* 128-bit id made by the client */
	int64_t n;          /* 1, 2, 3 … of this writer in this session */
	int64_t now;        /* Unix milliseconds */
	int64_t done;       /* run_session.input_done, which is ahead of what is known
	                       here when this database is an older copy */
	int64_t expect;     /* out: the n that is due, after a gap */
};

/*
 * Stores an input exactly once, in one transaction. Returns 0 when it is stored (c->id
 * and c->k are set), 1 when this n was stored before (nothing is done), -1 on error,
 * among them 409 "input.gap" with mark->expect.
 */
int command_add_input(struct db *db, struct command *c, struct input_mark *mark,
	struct err *e);

/* What is known of an operation. */
struct op_mark {
	const char *token; /* made by the client, at most 64 bytes; shares the names of
	                      writers */
	int64_t now;       /* Unix milliseconds */
	int64_t done;      /* run_session.op_done: up to this command none waits, though
	                      the runner may not have deleted them yet */
};

/*
 * Stores a command once for this token of the session: 0 it is stored, 1 this token came
 * before, -1 error. Refuses with 503 "command.queue" when OP_COUNT wait already, or more
 * than OP_BYTES.
 */
enum { OP_COUNT = 64, OP_BYTES = 64 * 1024 * 1024 };
int command_add_once(struct db *db, struct command *c, const struct op_mark *mark,
	struct err *e);

/* Adds a `delete` command and forgets the session's writers. */
int command_add_delete(struct db *db, struct command *c, struct err *e);

/*
 * Calls each(arg, session id, command id) for every command with id > after, in order.
 * Returns how many there were, or -1.
 */
int command_sessions(struct db *db, int64_t after,
	void (*each)(void *arg, const char *session, int64_t id), void *arg,
	struct err *e);

/*
 * Calls each(arg, c) for the session's commands with id > after, in order, until it
 * returns nonzero; what c points to is valid during the call. Returns 0, or -1.
 */
int command_each(struct db *db, const char *session, int64_t after,
	int (*each)(void *arg, const struct command *c), void *arg, struct err *e);

/* Deletes finished commands, in one transaction. Their ids never come again: the row with
 * the highest one stays, as nobody's; see sql/state/0009-command-ids.sql. */
int command_delete(struct db *db, const int64_t *ids, size_t count, struct err *e);

#endif
