/* dispatch key: API keys for scripts, made and revoked on the console. */
#include "config.h"

#include "cli/console.h"

#include "lib/auth_account.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { DAYS_MOST = 3650 };

enum { LABEL, SCOPE, DAYS, USER };

/* One of auth_scopes; NULL for anything else. */
static const char *
scope_of(const struct console *c)
{
	const char *wanted = c->values[SCOPE] ? c->values[SCOPE] : "admin";
	for (int i = 0; auth_scopes[i]; i++)
		if (strcmp(auth_scopes[i], wanted) == 0)
			return auth_scopes[i];
	return NULL;
}

/* 0: for ever; -1: no number of days. */
static int64_t
days_of(const struct console *c)
{
	const char *text = c->values[DAYS];
	char *end;
	if (!text)
		return 0;
	long days = strtol(text, &end, 10);
	return *text && !*end && days >= 1 && days <= DAYS_MOST ? days : -1;
}

static int
check_new(const struct console *c, struct err *e)
{
	if (!c->values[LABEL])
		return err_set(e, 500, "usage", "'new' needs --label TEXT.");
	if (!scope_of(c))
		return err_set(e, 500, "usage", "--scope is read, drive or admin.");
	if (days_of(c) < 0)
		return err_set(e, 500, "usage", "--days is a number from 1 to %d.",
			DAYS_MOST);
	return 0;
}

static int
make_key(struct console *c, struct err *e)
{
	char key[AUTH_KEY_SIZE], user[ID_SIZE];
	const char *who = c->values[USER];
	int64_t days = days_of(c), end = days ? c->now + days * 24 * 3600 * 1000 : 0;
	if (who && auth_person_find(c->db, who, user, e) != 0)
		return -1;
	if (auth_key_new(c->db, who ? user : NULL, c->values[LABEL], scope_of(c), end,
		    c->now, key, e) != 0)
		return -1;
	puts(key);
	crypt_wipe(key, sizeof key);
	return 0;
}

static void
print_key(void *arg, const struct auth_key *key)
{
	char created[CONSOLE_TIME_SIZE], used[CONSOLE_TIME_SIZE], end[CONSOLE_TIME_SIZE];
	const struct console *c = arg;
	const char *state = key->revoked_at                    ? "revoked"
		: key->expires_at && key->expires_at <= c->now ? "expired"
							       : "valid";
	console_time(key->created_at, created);
	console_time(key->last_used_at, used);
	console_time(key->expires_at, end);
	printf("%s  %-6s  %-5s  %-20s  %-20s  %-20s  %-7s  %s (%s)\n", key->id, key->kind,
		key->scope, created, used, end, state, key->label ? key->label : "",
		key->user);
}

static int
list_keys(struct console *c, struct err *e)
{
	printf("%-26s  %-6s  %-5s  %-20s  %-20s  %-20s  %-7s  %s\n", "ID", "KIND",
		"SCOPE", "CREATED", "LAST USED", "ENDS", "STATE", "LABEL (USER)");
	return auth_key_each(c->db, "", print_key, c, e);
}

static int
revoke_key(struct console *c, struct err *e)
{
	return auth_key_revoke(c->db, c->words[0], c->now, e);
}

static const struct console_command command = {
	.options = {[LABEL] = "--label",
		[SCOPE] = "--scope",
		[DAYS] = "--days",
		[USER] = "--user"},
	.actions =
		{
			{"new", 1U << LABEL | 1U << SCOPE | 1U << DAYS | 1U << USER, 0,
				"takes no word after it.", check_new, make_key},
			{"list", 0, 0, "takes no word after it.", NULL, list_keys},
			{"revoke", 0, 1, "needs the key's ID.", NULL, revoke_key},
		},
	.which = "say new, list or revoke.",
};

static int
run_key(const struct subcommand *self, int argc, char **argv)
{
	return console_run(self, &command, argc, argv);
}

const struct subcommand subcommand_key = {
	.name = "key",
	.synopsis = "new --label TEXT [--scope SCOPE] [--days N] [--user WHO] "
		    "| list | revoke ID  [--dir DIR]",
	.summary = "Make, list and revoke API keys.",
	.options =
		"  new              print a new API key, once\n"
		"  list             list all keys\n"
		"  revoke ID        end a key and every sign-in made with it\n"
		"  --label TEXT     what the key is for\n"
		"  --scope SCOPE    how far it reaches: read (look), drive (work, too), "
		"or\n"
		"                   admin, the default (all that its owner may)\n"
		"  --days N         it ends after so many days; without: never\n"
		"  --user WHO       whose it is, by name or ID; without: the first\n"
		"                   administrator's\n",
	.run = run_key,
};
