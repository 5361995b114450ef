/*
 * A run: a run session that the runner has its hands on, from the moment it is to be
 * created until its end is recorded and acknowledged. Its row in the database, its shim,
 * its adapter.
 *
 * Life of a run, each step committed before the next is taken, so that a crash at any
 * point finds its way on (what a restart does is in brackets):
 *
 *	creating  a row; now a shim is started        [no shim: start one]
 *	starting  the shim has said welcome; START    [idle: send START; gone: lost]
 *	running   STARTED                             [adopt, read on from ring_offset]
 *	stopping  told to close                       [adopt, tell it again]
 *	exited    exit and last byte are recorded; EXIT_ACK, the shim leaves, the run goes
 *
 * `unreachable` is a live session whose shim does not answer: it is tried again for ever
 * and never replaced.
 */
#ifndef DISPATCH_RUNNER_RUN_H
#define DISPATCH_RUNNER_RUN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/queue.h>

#include "lib/err.h"
#include "lib/store/session.h"
#include "runner/line_reader.h"
#include "runner/shim_link.h"

struct adapter;
struct app;
struct command;
struct db;
struct event;
struct json_object;
struct run;
struct saying;

/* An event that is to be recorded when the output before `at` is. */
struct pending {
	TAILQ_ENTRY(pending) link;
	int64_t at;
	const char *channel, *type; /* literals; channel NULL: no event */
	char *data;                 /* JSON */
	void (*apply)(
		struct run *run); /* NULL, or changes the row in the same transaction */
	int64_t command;          /* that it comes of; 0: of none */
	/* NULL, or writes more in the same transaction; arg is freed by `forget`. */
	int (*store)(struct db *events, const void *arg, struct err *e);
	void (*forget)(void *arg);
	void *arg;
};

/* An input on its way to the program. */
struct flight {
	int64_t k, command;
};

enum { MAX_FLIGHTS = 256 };

/* run.c changes these; adapters and commands read them and use the functions below. */
struct run {
	struct app *app;
	struct session row; /* as the database has it, or will after the next turn */
	const struct adapter *adapter;
	struct shim_link *link; /* NULL: none yet, or gone */
	bool link_lost;         /* only its ring can still be read */
	bool welcomed;          /* the shim has answered on this link */
	bool start_sent, close_sent, exit_known;
	bool term_sent;   /* the shim was told to close by a signal */
	bool kill_sent;   /* and then killed */
	bool row_changed; /* the whole row is to be written */
	bool deleting;    /* to be deleted when it has ended */
	struct shim_exit exit;

	TAILQ_HEAD(pending_queue, pending) pending;
	struct {
		int64_t seq, offset, output; /* what the open transaction says */
		int count;                   /* pending events in it */
		bool row, created, deleted;
	} staged;

	int64_t taken; /* id of the last command taken */
	bool blocked;  /* a command could not be taken yet */
	struct flight flights[MAX_FLIGHTS];
	int flight_first, flight_count;
	int64_t finishing[2 * MAX_FLIGHTS]; /* commands finished with the next commit */
	int finishing_count;
	int64_t delete_command; /* finished when the session is deleted */

	/* Of a program that speaks in lines. */
	void *state;               /* the adapter's own */
	int64_t read;              /* offset up to which its output was passed on */
	struct line_reader reader; /* of its standard output */
	bool rolled_back;          /* what was read is still to be recorded */
	bool exit_told;            /* the adapter knows of the exit */
	bool private_changed;      /* private_json is to be written */
	TAILQ_HEAD(, saying) sayings;
	int64_t said_k;          /* k of the last numbered input given to the shim */
	int64_t heard_k;         /* k of the last one that the shim has had at welcome */
	int64_t noting;          /* id of the last command that emitted its events */
	int64_t noted;           /* op_noted as committed */
	bool taken_all;          /* no command is left that was not taken */
	bool listens, listening; /* it takes commands: by now; as committed */

	char tail[1024]; /* last output, for the preview */
	size_t tail_len;
	bool tail_changed;
	struct event *retry; /* connects again, or takes commands again */

	bool queued; /* with the recorder */
	TAILQ_ENTRY(run) recorder_link;
	LIST_ENTRY(run) registry_link;
};

/* A run for a row that was loaded or just made (number 0: it is inserted in the next
 * turn). Takes over what *row owns. NULL when this version has no adapter for its kind.
 */
struct run *run_create(struct app *app, struct session *row);

/* Lets go of everything; shim and program live on. Not from a handler of its own. */
void run_destroy(struct run *run);

/*
 * Takes the next step that the committed row allows (see above), or leaves the registry
 * and is destroyed when there is none and never will be. Call it last.
 */
void run_advance(struct run *run);

/* After a start of the runner: find the shim of the session again. */
void run_adopt(struct run *run);

/* Takes the session's commands as far as it can; see commands.c. */
void run_take_commands(struct run *run);

/* What was under way may not have arrived: the commands that are still stored are taken
 * again, and those that did arrive are recognised. */
void run_take_again(struct run *run);

/* The command is finished as soon as the next turn is committed. */
void run_finish_command(struct run *run, int64_t id);

/*
 * Records an event. It comes behind all output that the shim has now when `after_output`
 * is set, else before the next byte. `data` is JSON and is taken over.
 */
void run_emit(struct run *run, bool after_output, const char *channel, const char *type,
	char *data);

/*
 * The same for a program that speaks in lines: records an event about the line that the
 * adapter was just given, or about what it was just asked.
 */
struct emission {
	const char *channel, *type; /* literals; channel NULL: no event, `store` alone */
	char *data;                 /* JSON; taken over */
	int64_t command; /* that it comes of: op_noted when recorded; 0: none */
	/* NULL, or writes more in the same transaction; arg is freed by `forget`. */
	int (*store)(struct db *events, const void *arg, struct err *e);
	void (*forget)(void *arg);
	void *arg;
};
void run_emit_line(struct run *run, const struct emission *emission);

/* Whether an event that comes of the command waits to be recorded. */
bool run_is_pending(const struct run *run, int64_t command);

/* Sets what its adapter has to know after a restart (JSON, taken over), when that is new;
 * it is written in the next turn. */
void run_remember(struct run *run, char *private_json);

/* Sets what people see of it beside the columns (JSON, taken over), when that is new. */
void run_show(struct run *run, char *detail_json);

/* Sets the attention (a literal), when that is new. */
void run_attend(struct run *run, const char *attention);

/* Sets the last line that people see of it in a list, when that is new. */
void run_preview(struct run *run, const char *text, size_t len);

/*
 * Records the size that the row has now, where there is one, behind all output that the
 * shim has now. `by` is the writer who decides it from here on and answers what the
 * program asks of its terminal; NULL: nobody.
 */
void run_emit_size(struct run *run, const char *by);

/* The row was changed: it is written in the next turn and told to viewers. */
void run_changed(struct run *run);

/* Changes the status and records that as an event. */
void run_set_status(struct run *run, enum session_status status);

/* Ends it with an error: status failed or lost. */
void run_fail(struct run *run, enum session_status status, const char *code,
	const char *text);

/* The shim's exit facts have come; they are recorded behind the last byte. */
void run_set_exit(struct run *run, const struct shim_exit *exit);

/* Writes what the session last said into its row when that has changed. */
void run_refresh_preview(struct run *run);

/* For the recorder: bytes of output that wait; records some; how it went. */
size_t run_waiting(const struct run *run);
int run_record(struct run *run, size_t most, struct err *e);
void run_committed(struct run *run);
void run_rolled_back(struct run *run);

#endif
