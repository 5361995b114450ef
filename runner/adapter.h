/*
 * An adapter knows one kind of run session: what to start and how to name what it says.
 * There is one `const struct adapter` per kind, each in its own file, and a row for it in
 * adapters.c.
 *
 * There are two sorts. What a terminal prints is recorded as it comes. A program on pipes
 * speaks in lines: the adapter is given each one and says what is to be recorded of it,
 * with run_emit_line(); and it turns what people ask for (an `op`) into lines for the
 * program, with say(). It keeps what it needs for that in memory of its own, and what it
 * must know after a restart in the session's row.
 *
 * An adapter may use only the functions of run.h and say.h.
 */
#ifndef DISPATCH_RUNNER_ADAPTER_H
#define DISPATCH_RUNNER_ADAPTER_H

#include <stdbool.h>
#include <stddef.h>

#include "lib/err.h"
#include "runner/shim_link.h"

struct command;
struct json_object;
struct run;

/* What to start: texts that live until plan_clear(). */
struct plan {
	char *file;  /* program */
	char **argv; /* NULL-terminated */
	char **env;  /* NULL-terminated */
};

void plan_clear(struct plan *plan);

/* What came of a command. */
enum outcome {
	DONE,      /* finished with the next commit */
	UNDER_WAY, /* taken; finished later */
	NOT_YET,   /* stays where it is and blocks those behind it */
};

/* A command that only this kind of session understands; see sql/state/0004-ops.sql. */
struct op {
	struct json_object *head; /* {"op":…, …} */
	const char *data;         /* of the event to record; "" for none */
	size_t data_len;
	const char *line; /* for the program, with its newline; "" for none */
	size_t line_len;
};

struct adapter {
	const char *kind;           /* as in run_session.kind */
	const char *title;          /* of a session that was given none */
	enum shim_mode mode;        /* terminal or pipes */
	const char *output_channel; /* where a terminal's output goes; else NULL */
	bool has_size;              /* cols and rows mean something */

	/* Fills *plan for a new run of the session. Errors say what a person can do. */
	int (*plan)(const struct run *run, struct plan *plan, struct err *e);

	/* The name of the profile of isolation for who chose none; see lib/isolation.h.
	 * NULL: "none", for programs of ours that run nothing of others and need our
	 * files. */
	const char *(*isolation)(const struct run *run);

	/* The rest is for programs that speak in lines; all NULL for a terminal. */

	/* Makes run->state, for a new session or from its row; and frees it. */
	void (*attach)(struct run *run);
	void (*detach)(struct run *run);

	/* The program runs; called again when it was found again. */
	void (*started)(struct run *run);

	size_t line_max; /* bytes of a line; 0: LINE_BYTES_MAX */

	/* A line of its standard output, without the newline; NUL-terminated. */
	void (*line)(struct run *run, const char *text, size_t len);
	/* The beginning of one that is too long. */
	void (*too_long)(struct run *run, const char *text, size_t len);
	/* What it wrote to its standard error, as it came. */
	void (*words)(struct run *run, const char *bytes, size_t len);

	/* It has ended (NULL: nobody knows how, or it never ran), and everything it wrote
	 * was passed on. The status event comes next. */
	void (*ended)(struct run *run, const struct shim_exit *exit);

	/* What somebody asks for. After a crash it comes again, until its line was
	 * written; op_noted and op_done in the row tell how far it had come. */
	enum outcome (*op)(struct run *run, const struct command *c, const struct op *op);
};

/* The adapter of a kind, or NULL. */
const struct adapter *adapter_find(const char *kind);

extern const struct adapter adapter_claude;
extern const struct adapter adapter_editor;
extern const struct adapter adapter_job;
extern const struct adapter adapter_pty;
extern const struct adapter adapter_tunnel;

#endif
