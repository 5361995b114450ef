/* See console.h. */
#include "config.h"

#include "cli/console.h"

#include "lib/clock.h"
#include "lib/db.h"
#include "lib/migrate.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { BUSY_MS = 5000 }; /* wait for another process's lock */

struct line {
	const struct console_command *command;
	struct conf_args args;
	const char *action; /* NULL: none was named */
	size_t words;       /* behind it */
};

static int
take_option(const struct line *line, struct console *c, int argc, char **argv, int *i,
	struct err *e)
{
	const char *const *options = line->command->options;
	int taken = 0;
	for (size_t k = 0; taken == 0 && k < CONSOLE_OPTIONS && options[k]; k++)
		taken = cli_option(options[k], &c->values[k], argc, argv, i, e);
	return taken;
}

static int
take_word(struct line *line, struct console *c, const char *word, struct err *e)
{
	if (word[0] == '-')
		return err_set(e, 500, "usage", "there is no option '%s'.", word);
	if (line->words == CONSOLE_WORDS)
		return err_set(e, 500, "usage", "'%s' is one word too many.", word);
	if (!line->action)
		line->action = word;
	else
		c->words[line->words++] = word;
	return 0;
}

static int
take_line(struct line *line, struct console *c, int argc, char **argv, struct err *e)
{
	for (int i = 1; i < argc; i++) {
		int taken = conf_argument(&line->args, argc, argv, &i, e);
		if (taken == 0)
			taken = take_option(line, c, argc, argv, &i, e);
		if (taken < 0 || (taken == 0 && take_word(line, c, argv[i], e) != 0))
			return -1;
	}
	return 0;
}

static int
check_line(const struct line *line, const struct console *c,
	const struct console_action *action, struct err *e)
{
	for (size_t k = 0; k < CONSOLE_OPTIONS; k++)
		if (c->values[k] && !(action->options & 1U << k))
			return err_set(e, 500, "usage", "'%s' takes no %s.", action->name,
				line->command->options[k]);
	if (line->words != action->words)
		return err_set(e, 500, "usage", "'%s' %s", action->name, action->needs);
	return action->check ? action->check(c, e) : 0;
}

static const struct console_action *
find_action(const struct line *line, const struct console *c, struct err *e)
{
	const struct console_action *actions = line->command->actions;
	for (size_t i = 0; line->action && i < CONSOLE_ACTIONS && actions[i].name; i++)
		if (strcmp(actions[i].name, line->action) == 0)
			return check_line(line, c, &actions[i], e) == 0 ? &actions[i]
									: NULL;
	err_set(e, 500, "usage", "%s", line->command->which);
	return NULL;
}

static int
act(const struct console_action *action, const struct line *line, struct console *c,
	struct err *e)
{
	int result = -1;
	if (conf_load(&c->conf, &line->args, e) == 0 &&
		migrate_check(c->conf.dir, e) == 0 &&
		db_open(&c->db, c->conf.dir, "state.db", DB_WRITE, BUSY_MS, e) == 0) {
		c->now = clock_now();
		result = action->run(c, e);
	}
	db_close(c->db);
	conf_free(&c->conf);
	return result;
}

int
console_run(const struct subcommand *self, const struct console_command *command,
	int argc, char **argv)
{
	struct console c = {0};
	struct line line = {.command = command};
	struct err e = {0};
	const struct console_action *action = NULL;
	int code = EXIT_SUCCESS;
	if (take_line(&line, &c, argc, argv, &e) == 0)
		action = find_action(&line, &c, &e);
	if (!action)
		code = cli_usage(self, "%s", e.text);
	else if (act(action, &line, &c, &e) != 0)
		code = cli_fail(&e);
	free(line.args.settings);
	return code;
}

void
console_time(int64_t ms, char text[CONSOLE_TIME_SIZE])
{
	time_t seconds = (time_t)(ms / 1000);
	struct tm tm;
	if (ms == 0 || !gmtime_r(&seconds, &tm))
		snprintf(text, CONSOLE_TIME_SIZE, "-");
	else
		strftime(text, CONSOLE_TIME_SIZE, "%Y-%m-%dT%H:%M:%SZ", &tm);
}
