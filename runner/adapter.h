/*
 * An adapter knows one kind of run session: what to start and how to name what it says.
 * There is one `const struct adapter` per kind, each in its own file, and a row for it in
 * adapters.c.
 */
#ifndef DISPATCH_RUNNER_ADAPTER_H
#define DISPATCH_RUNNER_ADAPTER_H

#include <stdbool.h>

#include "lib/err.h"
#include "runner/shim_link.h"

struct json_object;
struct run;

/* What to start: texts that live until plan_clear(). */
struct plan {
	char *file;  /* program */
	char **argv; /* NULL-terminated */
	char **env;  /* NULL-terminated */
};

void plan_clear(struct plan *plan);

struct adapter {
	const char *kind;           /* as in run_session.kind */
	enum shim_mode mode;        /* terminal or pipes */
	const char *output_channel; /* where the program's output goes */
	bool has_size;              /* cols and rows mean something */

	/* Fills *plan for a new run of the session. Errors say what a person can do. */
	int (*plan)(const struct run *run, struct plan *plan, struct err *e);
};

/* The adapter of a kind, or NULL. */
const struct adapter *adapter_find(const char *kind);

extern const struct adapter adapter_pty;

#endif
