/*
 * dispatch, the command line of the administrator: finds the subcommand in the table and
 * hands over. Everything else is in the subcommand's own file.
 */
#include "config.h"

#include "cli/cli.h"

#include "lib/crypt.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define COUNT(array) (sizeof(array) / sizeof *(array))

static const struct subcommand *const subcommands[] = {
	&subcommand_serve,
	&subcommand_attach,
	&subcommand_key,
	&subcommand_user,
	&subcommand_migrate,
	&subcommand_doctor,
	&subcommand_backup,
};

int
cli_fail(const struct err *e)
{
	fprintf(stderr, "dispatch: %s\n", e->text);
	return EXIT_FAILURE;
}

int
cli_usage(const struct subcommand *self, const char *format, ...)
{
	va_list args;
	va_start(args, format);
	fprintf(stderr, "dispatch %s: ", self->name);
	vfprintf(stderr, format, args);
	fprintf(stderr, "\nTry 'dispatch %s --help'.\n", self->name);
	va_end(args);
	return EXIT_USAGE;
}

int
cli_option(const char *name, const char **value, int argc, char **argv, int *i,
	struct err *e)
{
	size_t n = strlen(name);
	if (strncmp(argv[*i], name, n) != 0)
		return 0;
	if (argv[*i][n] == '=')
		*value = argv[*i] + n + 1;
	else if (argv[*i][n])
		return 0;
	else if (*i + 1 < argc)
		*value = argv[++*i];
	else
		return err_set(e, 500, "usage", "%s needs a value.", name);
	return 1;
}

static void
print_help(void)
{
	puts("Usage: dispatch COMMAND [OPTION...]\n\n"
	     "Shells and other run sessions in the browser.\n\n"
	     "Commands:");
	for (size_t i = 0; i < COUNT(subcommands); i++)
		printf("  %-9s %s\n", subcommands[i]->name, subcommands[i]->summary);
	puts("\n'dispatch COMMAND --help' tells the options of a command, and "
	     "dispatch(1)\n"
	     "everything. 'dispatch --version' prints the version.");
}

static void
print_command_help(const struct subcommand *c)
{
	printf("Usage: dispatch %s %s\n\n%s\n\n%s"
	       "  --dir DIR        state directory (default: $DISPATCH_DIR, else\n"
	       "                   ~/.local/share/dispatch)\n"
	       "  --set KEY=VALUE  override a setting of DIR/dispatch.conf\n"
	       "  --help           print this\n",
		c->name, c->synopsis, c->summary, c->options);
}

static int
run(const struct subcommand *c, int argc, char **argv)
{
	for (int i = 1; i < argc; i++)
		if (strcmp(argv[i], "--help") == 0 || strcmp(argv[i], "-h") == 0) {
			print_command_help(c);
			return EXIT_SUCCESS;
		}
	return c->run(c, argc, argv);
}

int
main(int argc, char **argv)
{
	const char *word = argc > 1 ? argv[1] : "";
	crypt_open();
	for (size_t i = 0; i < COUNT(subcommands); i++)
		if (strcmp(subcommands[i]->name, word) == 0)
			return run(subcommands[i], argc - 1, argv + 1);
	if (strcmp(word, "--help") == 0 || strcmp(word, "-h") == 0 ||
		strcmp(word, "help") == 0) {
		print_help();
		return EXIT_SUCCESS;
	}
	if (strcmp(word, "--version") == 0) {
		puts(PACKAGE_STRING);
		return EXIT_SUCCESS;
	}
	fprintf(stderr,
		*word ? "dispatch: there is no command '%s'.\n"
		      : "dispatch: a command is missing.\n",
		word);
	fputs("Try 'dispatch --help'.\n", stderr);
	return EXIT_USAGE;
}
