/*
 * dispatch attach: a session in the terminal in which it is called, the same session as
 * in the browser. Whose state directory it is may read its databases and write them, so
 * there is no sign-in; that somebody has attached is in the audit.
 */
#include "config.h"

#include "cli/attach.h"
#include "cli/attach_choose.h"
#include "cli/cli.h"
#include "cli/os_linux.h"

#include "lib/clock.h"
#include "lib/db.h"
#include "lib/envelope.h"
#include "lib/migrate.h"
#include "lib/store/audit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DETACH_KEY "^]"

enum {
	BUSY_MS = 250,     /* wait for another process's lock: keys wait with us */
	KEY_WRONG = -2,    /* see input_key() */
	EXIT_SIGNAL = 128, /* and the signal's number */
};

struct options {
	struct conf_args args;
	const char *word; /* which session; NULL: the only one */
	const char *key;
	bool list, read_only;
};

static const struct {
	const char *name;
	size_t offset;
} flags[] = {
	{"--list", offsetof(struct options, list)},
	{"--read-only", offsetof(struct options, read_only)},
};

static bool
take_flag(struct options *o, const char *word)
{
	for (size_t i = 0; i < sizeof flags / sizeof *flags; i++)
		if (strcmp(flags[i].name, word) == 0) {
			*(bool *)((char *)o + flags[i].offset) = true;
			return true;
		}
	return false;
}

static int
take_word(struct options *o, int argc, char **argv, int *i, struct err *e)
{
	int taken = conf_argument(&o->args, argc, argv, i, e);
	if (taken == 0)
		taken = cli_option("--detach-key", &o->key, argc, argv, i, e);
	if (taken != 0)
		return taken < 0 ? -1 : 0;
	if (take_flag(o, argv[*i]))
		return 0;
	if (argv[*i][0] == '-')
		return err_set(e, 500, "usage", "there is no option '%s'.", argv[*i]);
	if (o->word)
		return err_set(e, 500, "usage", "'%s' is one word too many.", argv[*i]);
	o->word = argv[*i];
	return 0;
}

static int
take_words(struct options *o, int argc, char **argv, struct err *e)
{
	for (int i = 1; i < argc; i++)
		if (take_word(o, argc, argv, &i, e) != 0)
			return -1;
	if (o->list && (o->word || o->read_only))
		return err_set(e, 500, "usage", "--list stands alone.");
	if (input_key(o->key) == KEY_WRONG)
		return err_set(e, 500, "usage",
			"--detach-key is a key such as ^] or ^\\, or none.");
	return 0;
}

/* ---- the end ---- */

static int
tell_ended(const struct attach *a)
{
	char text[8];
	if (a->end_signal)
		printf("%s was ended by signal %s\n", a->name,
			envelope_signal(a->end_signal, text));
	else if (a->end_code >= 0)
		printf("%s ended with code %d\n", a->name, a->end_code);
	else
		printf("%s has ended, and how is not known\n", a->name);
	return a->end_signal       ? EXIT_SIGNAL + a->end_signal
		: a->end_code >= 0 ? a->end_code
				   : EXIT_FAILURE;
}

/* The exit code. */
static int
tell_end(const struct attach *a, const struct options *o)
{
	const char *dir = o->args.dir;
	if (a->end == ATTACH_ENDED)
		return tell_ended(a);
	if (a->end == ATTACH_REFUSED)
		return cli_fail(&a->why);
	printf("detached from %s; attach again with: dispatch attach %s%s%s\n", a->name,
		a->session.id, dir ? " --dir " : "", dir ? dir : "");
	return a->end == ATTACH_DETACHED     ? EXIT_SUCCESS
		: a->end == ATTACH_SIGNALLED ? EXIT_SIGNAL + a->end_signal
					     : EXIT_FAILURE;
}

/* ---- the beginning ---- */

static int
note(struct db *state, const struct session *s, struct err *e)
{
	const struct audit entry = {.at = clock_now(),
		.user = s->owner,
		.action = "session.attach",
		.subject = s->id,
		.address = AUDIT_CONSOLE};
	if (db_begin(state, DB_NORMAL, e) != 0)
		return -1;
	if (audit_add(state, &entry, e) == 0)
		return db_commit(state, e);
	db_rollback(state);
	return -1;
}

/* A session in its own terminal would show what it shows. Its shell was started by the
 * shim, which is called with the path of its socket. */
static int
check_other(const struct attach *a, struct err *e)
{
	char *shim = xasprintf("%s/run/shim/%s.sock", a->conf->dir, a->session.id);
	bool inside = os_started_by(shim);
	free(shim);
	return inside ? err_set(e, 409, "session.same",
				"This is the terminal of that session itself.")
		      : 0;
}

static void
prepare(struct attach *a, const struct options *o)
{
	a->read_only = o->read_only;
	a->name = choose_name(&a->session);
	a->news = a->session.last_seq;
	a->stream.fd = -1;
	wake_open(&a->wake, a->conf->dir);
	a->input = (struct input){.conf = a->conf,
		.state = a->state,
		.events = a->events,
		.wake = &a->wake,
		.session = &a->session,
		.detach_key = input_key(o->key)};
	crypt_id(a->input.writer);
}

static int
attach(struct attach *a, const struct options *o)
{
	struct err e = {0};
	if (check_other(a, &e) != 0 || tty_open(&a->tty, &e) != 0)
		return cli_fail(&e);
	if (note(a->state, &a->session, &e) != 0) {
		tty_close(&a->tty);
		return cli_fail(&e);
	}
	prepare(a, o);
	attach_loop(a);
	int code = tell_end(a, o);
	wake_close(&a->wake);
	buf_free(&a->out);
	buf_free(&a->input.waiting);
	free(a->name);
	return code;
}

static int
choose(struct attach *a, const struct options *o)
{
	struct err e = {0};
	if (choose_session(a->events, o->word, &a->session, &e) == 0) {
		int code = attach(a, o);
		session_clear(&a->session);
		return code;
	}
	cli_fail(&e);
	if (strcmp(e.code, "session.ambiguous") == 0)
		choose_list(a->events, stderr, &e);
	return EXIT_FAILURE;
}

static int
act(struct attach *a, const struct options *o)
{
	struct err e = {0};
	if (!o->list)
		return choose(a, o);
	return choose_list(a->events, stdout, &e) == 0 ? EXIT_SUCCESS : cli_fail(&e);
}

static int
open_all(struct attach *a, struct conf *conf, const struct options *o, struct err *e)
{
	if (conf_load(conf, &o->args, e) != 0 || migrate_check(conf->dir, e) != 0)
		return -1;
	a->conf = conf;
	if (db_open(&a->state, conf->dir, "state.db", DB_WRITE, BUSY_MS, e) != 0)
		return -1;
	return db_open(&a->events, conf->dir, "events.db", DB_READ, BUSY_MS, e);
}

static int
run_attach(const struct subcommand *self, int argc, char **argv)
{
	struct options o = {.key = DETACH_KEY};
	struct attach a = {.tty.fd = -1};
	struct conf conf = {0};
	struct err e = {0};
	int code;
	if (take_words(&o, argc, argv, &e) != 0)
		code = cli_usage(self, "%s", e.text);
	else if (open_all(&a, &conf, &o, &e) != 0)
		code = cli_fail(&e);
	else
		code = act(&a, &o);
	db_close(a.state);
	db_close(a.events);
	conf_free(&conf);
	free(o.args.settings);
	return code;
}

const struct subcommand subcommand_attach = {
	.name = "attach",
	.synopsis = "[SESSION] [--read-only] [--detach-key KEY] | --list  [--dir DIR]",
	.summary = "Attach this terminal to a session.",
	.options =
		"  SESSION          its id, the beginning of it, or its name; without, "
		"when\n"
		"                   one terminal session runs, that one\n"
		"  --list           print what runs\n"
		"  --read-only      only watch\n"
		"  --detach-key KEY the key that detaches: ^] (the default: Ctrl-]), "
		"^\\\n"
		"                   and so on, or none\n",
	.run = run_attach,
};
