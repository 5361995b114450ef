/*
 * From a START to a program that runs. All that is needed is read and prepared before the
 * fork; after it there are only system calls. What fails there comes back as a report
 * (shim_report.h), and so does a terminal that is of the program's own namespaces.
 */
#ifndef RUNNER_SHIM_BIRTH_H
#define RUNNER_SHIM_BIRTH_H

#include "lib/os_isolate.h"
#include "runner/shim.h"

struct shim_view;

/* A START, pointing into the received frame. */
struct birth {
	const char *file, *cwd, *path;
	const char *group; /* directory of its control group; NULL: ours */
	uint64_t mode, cols, rows, input_base, output_base;
	uint64_t gate_port; /* 0: no gate */
	char *argv[SHIM_ARGS_MAX + 1];
	char *env[SHIM_ARGS_MAX + 1];
	struct os_isolate isolate;
	char *words; /* the shim's command line */
	size_t words_len;
	int stdio[3]; /* the child's ends; with a terminal of its own, not yet */
	int report;   /* the child's end */
};

/* 0, or -1 for one that cannot be followed. */
int birth_read(struct birth *, const struct shim_view *start);

/* The pty or the pipes: one end in the child's, the other in the birth. A pty of the
 * program's own devpts is left to birth_go_on(). 0, or -1. */
int birth_open(struct shim_child *, struct birth *);

/* In the forked process. */
_Noreturn void birth_go_on(struct birth *);

#endif
