/*
 * What the subcommands of `dispatch` share. A subcommand is one file with one
 * `const struct subcommand`, listed in main.c.
 */
#ifndef DISPATCH_CLI_CLI_H
#define DISPATCH_CLI_CLI_H

#include "lib/conf.h"
#include "lib/err.h"

enum { EXIT_USAGE = 2 }; /* beside EXIT_SUCCESS and EXIT_FAILURE */

struct subcommand {
	const char *name;
	const char *synopsis; /* what follows the name */
	const char *summary;  /* one line */
	const char *options;  /* a line for each, indented; ends with a newline */
	/* argv[0] is the subcommand's name. Returns the exit code. */
	int (*run)(const struct subcommand *self, int argc, char **argv);
};

extern const struct subcommand subcommand_attach;
extern const struct subcommand subcommand_backup;
extern const struct subcommand subcommand_doctor;
extern const struct subcommand subcommand_key;
extern const struct subcommand subcommand_migrate;
extern const struct subcommand subcommand_serve;
extern const struct subcommand subcommand_user;

/* Says on standard error why the command cannot be done. Returns EXIT_FAILURE. */
int cli_fail(const struct err *e);

/* Says what is wrong with the words of the command line. Returns EXIT_USAGE. */
int cli_usage(const struct subcommand *self, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/*
 * Takes `name VALUE` or `name=VALUE` at argv[*i] into *value (a pointer into argv),
 * moving *i to the last word used. Returns 1 when it took it, 0 when the word is
 * something else, -1 with an error when the value is missing.
 */
int cli_option(const char *name, const char **value, int argc, char **argv, int *i,
	struct err *e);

#endif
