/* dispatch key: API keys for scripts, made and revoked on the console. */
#include "config.h"

#include "cli/cli.h"

#include "lib/auth.h"
#include "lib/clock.h"
#include "lib/db.h"
#include "lib/migrate.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define COUNT(array) (sizeof(array) / sizeof *(array))

enum {
	BUSY_MS = 5000, /* wait for another process's lock */
	DAYS_MOST = 3650,
};

struct options {
	struct conf_args args;
	const char *label, *scope, *days;
	const char *words[2]; /* action, and what it is about */
	size_t count;
};

/* One of auth_scopes; NULL for anything else. */
static const char *
scope_of(const struct options *o)
{
	const char *wanted = o->scope ? o->scope : "admin";
	for (int i = 0; auth_scopes[i]; i++)
		if (strcmp(auth_scopes[i], wanted) == 0)
			return auth_scopes[i];
	return NULL;
}

/* 0: for ever; -1: no number of days. */
static int64_t
days_of(const struct options *o)
{
	char *end;
	if (!o->days)
		return 0;
	long days = strtol(o->days, &end, 10);
	return *o->days && !*end && days >= 1 && days <= DAYS_MOST ? days : -1;
}

static int
make_key(struct db *db, const struct options *o, struct err *e)
{
	char key[AUTH_KEY_SIZE];
	int64_t now = clock_now(), days = days_of(o);
	int64_t end = days ? now + days * 24 * 3600 * 1000 : 0;
	if (auth_key_new(db, NULL, o->label, scope_of(o), end, now, key, e) != 0)
		return -1;
	puts(key);
	crypt_wipe(key, sizeof key);
	return 0;
}

static void
format_time(int64_t ms, char text[24])
{
	time_t seconds = (time_t)(ms / 1000);
	struct tm tm;
	if (ms == 0 || !gmtime_r(&seconds, &tm))
		snprintf(text, 24, "-");
	else
		strftime(text, 24, "%Y-%m-%dT%H:%M:%SZ", &tm);
}

static void
print_key(void *arg, const struct auth_key *key)
{
	char created[24], used[24], end[24];
	const int64_t *now = arg;
	const char *state = key->revoked_at                  ? "revoked"
		: key->expires_at && key->expires_at <= *now ? "expired"
							     : "valid";
	format_time(key->created_at, created);
	format_time(key->last_used_at, used);
	format_time(key->expires_at, end);
	printf("%s  %-6s  %-5s  %-20s  %-20s  %-20s  %-7s  %s (%s)\n", key->id, key->kind,
		key->scope, created, used, end, state, key->label ? key->label : "",
		key->user);
}

static int
list_keys(struct db *db, const struct options *o, struct err *e)
{
	int64_t now = clock_now();
	(void)o;
	printf("%-26s  %-6s  %-5s  %-20s  %-20s  %-20s  %-7s  %s\n", "ID", "KIND",
		"SCOPE", "CREATED", "LAST USED", "ENDS", "STATE", "LABEL (USER)");
	return auth_key_each(db, "", print_key, &now, e);
}

static int
revoke_key(struct db *db, const struct options *o, struct err *e)
{
	return auth_key_revoke(db, o->words[1], clock_now(), e);
}

static const struct action {
	const char *name;
	size_t words; /* with its own name */
	int (*run)(struct db *db, const struct options *o, struct err *e);
} actions[] = {
	{"new", 1, make_key},
	{"list", 1, list_keys},
	{"revoke", 2, revoke_key},
};

static int
take_words(struct options *o, int argc, char **argv, struct err *e)
{
	for (int i = 1; i < argc; i++) {
		int taken = conf_argument(&o->args, argc, argv, &i, e);
		if (taken == 0)
			taken = cli_option("--label", &o->label, argc, argv, &i, e);
		if (taken == 0)
			taken = cli_option("--scope", &o->scope, argc, argv, &i, e);
		if (taken == 0)
			taken = cli_option("--days", &o->days, argc, argv, &i, e);
		if (taken < 0)
			return -1;
		if (taken > 0)
			continue;
		if (argv[i][0] == '-')
			return err_set(e, 500, "usage", "there is no option '%s'.",
				argv[i]);
		if (o->count == COUNT(o->words))
			return err_set(e, 500, "usage", "'%s' is one word too many.",
				argv[i]);
		o->words[o->count++] = argv[i];
	}
	return 0;
}

static const struct action *
find_action(const struct options *o, struct err *e)
{
	for (size_t i = 0; i < COUNT(actions); i++) {
		const struct action *a = &actions[i];
		if (o->count == 0 || strcmp(a->name, o->words[0]) != 0)
			continue;
		if (a->run == make_key && !o->label)
			err_set(e, 500, "usage", "'new' needs --label TEXT.");
		else if (a->run != make_key && (o->label || o->scope || o->days))
			err_set(e, 500, "usage",
				"--label, --scope and --days are for 'new'.");
		else if (!scope_of(o))
			err_set(e, 500, "usage", "--scope is read, drive or admin.");
		else if (days_of(o) < 0)
			err_set(e, 500, "usage", "--days is a number from 1 to %d.",
				DAYS_MOST);
		else if (a->words != o->count)
			err_set(e, 500, "usage",
				a->words > 1 ? "'%s' needs the key's ID."
					     : "'%s' takes no word after it.",
				a->name);
		else
			return a;
		return NULL;
	}
	err_set(e, 500, "usage", "say new, list or revoke.");
	return NULL;
}

static int
act(const struct action *action, const struct options *o, struct err *e)
{
	struct conf conf = {0};
	struct db *db = NULL;
	int result = -1;
	if (conf_load(&conf, &o->args, e) == 0 && migrate_check(conf.dir, e) == 0 &&
		db_open(&db, conf.dir, "state.db", DB_WRITE, BUSY_MS, e) == 0)
		result = action->run(db, o, e);
	db_close(db);
	conf_free(&conf);
	return result;
}

static int
run_key(const struct subcommand *self, int argc, char **argv)
{
	struct options o = {0};
	struct err e = {0};
	const struct action *action = NULL;
	int code = EXIT_SUCCESS;
	if (take_words(&o, argc, argv, &e) == 0)
		action = find_action(&o, &e);
	if (!action)
		code = cli_usage(self, "%s", e.text);
	else if (act(action, &o, &e) != 0)
		code = cli_fail(&e);
	free(o.args.settings);
	return code;
}

const struct subcommand subcommand_key = {
	.name = "key",
	.synopsis = "new --label TEXT [--scope SCOPE] [--days N] | list | "
		    "revoke ID  [--dir DIR]",
	.summary = "Make, list and revoke API keys.",
	.options =
		"  new              print a new API key, once, for the first "
		"administrator\n"
		"  list             list all keys\n"
		"  revoke ID        end a key and every sign-in made with it\n"
		"  --label TEXT     what the key is for\n"
		"  --scope SCOPE    how far it reaches: read (look), drive (work, too), "
		"or\n"
		"                   admin, the default (all that its owner may)\n"
		"  --days N         it ends after so many days; without: never\n",
	.run = run_key,
};
