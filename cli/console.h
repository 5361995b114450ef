/*
 * Commands of the administrator that say an action and what it is about, such as
 * `dispatch key revoke ID`: they read the line, open state.db, and print lists in the
 * same way. Who can write state.db may do all of it, so nobody signs in here, and the
 * audit has "console" where others have their address. The runner sees what was written
 * when it next looks, within a second, as it does what a handler wrote.
 */
#ifndef DISPATCH_CLI_CONSOLE_H
#define DISPATCH_CLI_CONSOLE_H

#include "cli/cli.h"

#include <stddef.h>
#include <stdint.h>

struct db;

enum {
	CONSOLE_ACTIONS = 6,
	CONSOLE_OPTIONS = 5,
	CONSOLE_WORDS = 2, /* behind the action's name, at most */
	CONSOLE_TIME_SIZE = 24,
};

/* A line that was read. */
struct console {
	const char *words[CONSOLE_WORDS];    /* behind the action's name */
	const char *values[CONSOLE_OPTIONS]; /* of the options; NULL: not given */
	struct conf conf;
	struct db *db; /* state.db, to be written */
	int64_t now;
};

/* What can be done. */
struct console_action {
	const char *name;
	unsigned options;  /* those it takes: 1 << its place in the table */
	size_t words;      /* how many stand behind the name */
	const char *needs; /* what is said after the name when it is another number */
	/* Whether words and values are good, before anything is opened; NULL: they are.
	 */
	int (*check)(const struct console *c, struct err *e);
	int (*run)(struct console *c, struct err *e);
};

struct console_command {
	const char *options[CONSOLE_OPTIONS]; /* "--label"; NULL behind the last */
	struct console_action actions[CONSOLE_ACTIONS]; /* no name behind the last */
	const char *which; /* what is said when no action was named */
};

/* Does what the line says. Returns the exit code of the subcommand. */
int console_run(const struct subcommand *self, const struct console_command *command,
	int argc, char **argv);

/* A time in Unix milliseconds, in UTC and for a column of 20; "-" for 0, which is never.
 */
void console_time(int64_t ms, char text[CONSOLE_TIME_SIZE]);

#endif
