/*
 * Claude sessions: what the files of the adapter share. The program speaks stream-json on
 * both sides: one JSON object per line, which we call a frame, and among them control
 * requests and their answers in both directions.
 *
 *	adapter_claude.c      what to start, and the table of the adapter
 *	claude_state.c        what is known of the session, in memory and in its row
 *	claude_frames.c       a line → the function that its type names
 *	claude_blocks.c       what the model and its tools say
 *	claude_tools.c        names of tools → kinds and titles
 *	claude_turns.c        turns, and the messages that wait for one
 *	claude_system.c       what the program says about itself
 *	claude_partials.c     text that is being written
 *	claude_permissions.c  what it asks permission for
 *	claude_ops.c          what people ask of it
 */
#ifndef DISPATCH_RUNNER_CLAUDE_H
#define DISPATCH_RUNNER_CLAUDE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/buf.h"
#include "lib/crypt.h"
#include "lib/store/permission.h"
#include "runner/adapter.h"

struct event;
struct json_object;
struct run;

enum {
	CLAUDE_WAITING_MAX = 256, /* messages that wait; then the oldest is forgotten */
	CLAUDE_ASKING_MAX = 256,  /* open permission requests; more are denied */
	CLAUDE_SEEN = 256,        /* frames of which we know that we had them */
	CLAUDE_WORDS = 4096,      /* of standard error in one event */
};

/* A message that was given to the program and has not been dealt with. */
struct claude_message {
	char uuid[UUID_SIZE];
	bool started;
};

struct claude {
	char *conversation; /* its id; as the program has it, else as we told it */
	char *model, *mode, *version;   /* as the program reported them last; or NULL */
	char *wanted_model;             /* that somebody asked for; or NULL */
	int64_t initialized;            /* number of the run that has answered; 0: none */
	bool talked;                    /* the program has begun the conversation */
	bool turn;                      /* one is going on */
	bool receipts;                  /* the program tells how far each message is */
	const char *outcome;            /* attention between turns: none, done or error */
	char told[2][SHA256_TEXT_SIZE]; /* what `session` events said last */
	struct claude_message waiting[CLAUDE_WAITING_MAX];
	int waiting_count;

	/* The rest is not kept over a restart, or is in the database. */
	struct permission *asking[CLAUDE_ASKING_MAX];
	int asking_count;
	char seen[CLAUDE_SEEN][UUID_SIZE];
	int seen_at;
	bool retrying, login;
	int64_t context;  /* tokens that the conversation takes up; 0: not known */
	char *writing;    /* id of the message whose text is being written */
	int64_t heard_at; /* when it last said something, monotonic ms */
	bool silence_told;
	struct event *silence; /* looks whether it is still there */
};

/* ---- claude_state.c ---- */

void claude_attach(struct run *run);
void claude_detach(struct run *run);

/* Writes what changed into the row, and sets the attention. To be called at the end of
 * whatever changes struct claude. */
void claude_save(struct run *run);

/* Replaces a text of struct claude; NULL leaves it. True when it is another one now. */
bool claude_replace(char **to, const char *text);

/* Records an event about the line at hand. Empties *data. */
void claude_emit(struct run *run, const char *channel, const char *type,
	struct buf *data);

/* {"<key>":"<text>"} as an event. */
void claude_emit_text(struct run *run, const char *channel, const char *type,
	const char *key, const char *text);

/* ---- claude_frames.c ---- */

void claude_line(struct run *run, const char *text, size_t len);
void claude_too_long(struct run *run, const char *text, size_t len);
void claude_words(struct run *run, const char *bytes, size_t len);

/* ---- claude_system.c ---- */

void claude_on_system(struct run *run, struct json_object *frame);
void claude_on_initialized(struct run *run, struct json_object *answer);
void claude_on_reset(struct run *run, struct json_object *frame);
void claude_on_rate_limit(struct run *run, struct json_object *frame);

/* Takes a mode or model that was reported; records when it is new. */
void claude_take_mode(struct run *run, const char *mode);
void claude_take_model(struct run *run, const char *model);

/* A `notice`; `data` may be NULL. */
void claude_notice(struct run *run, const char *code, const char *text,
	struct json_object *data);

/* ---- claude_blocks.c, claude_tools.c ---- */

void claude_on_assistant(struct run *run, struct json_object *frame);
void claude_on_user(struct run *run, struct json_object *frame);

/* "execute", "edit" and so on, a literal; "other" when the tool is not known. */
const char *claude_tool_kind(const char *name);

/* What of the tool's input says best what it does; NULL: nothing. */
const char *claude_tool_title(const char *name, struct json_object *input);

/* ---- claude_partials.c ---- */

void claude_on_stream_event(struct run *run, struct json_object *frame);

/* The model answers: if the program had to try again, that is over. */
void claude_went_on(struct run *run);

/* A finished block has come: it takes the place of the one that is being written. */
void claude_block_done(struct run *run, const char *message);

/* ---- claude_turns.c ---- */

/* A turn begins: with the message that waits, where the program does not tell. */
void claude_turn_begins(struct run *run);

/* A turn goes on, whoever began it; or none does. */
void claude_turn_goes_on(struct run *run);
void claude_turn_is_over(struct run *run);

void claude_on_result(struct run *run, struct json_object *frame);
void claude_on_lifecycle(struct run *run, struct json_object *frame);

void claude_wait_for(struct run *run, const char *uuid);
bool claude_is_waiting(const struct run *run, const char *uuid);

/* The program has ended: what it was given is not going to be dealt with. */
void claude_forget_messages(struct run *run);

/* ---- claude_permissions.c ---- */

/* Reads those that wait, after a restart. */
void claude_permissions_load(struct run *run);
void claude_permissions_free(struct run *run);

void claude_on_control_request(struct run *run, struct json_object *frame);
void claude_on_control_cancel(struct run *run, struct json_object *frame);

/* Nobody can answer them any more. */
void claude_withdraw_all(struct run *run);

/* Somebody answers; see adapter.h. */
enum outcome claude_op_answer(struct run *run, const struct command *c,
	const struct op *op);

/* ---- claude_ops.c ---- */

enum outcome claude_op(struct run *run, const struct command *c, const struct op *op);

#endif
