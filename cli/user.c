/*
 * dispatch user: people, on the console, also when nobody can do it on the page, because
 * an administrator has lost their key or was disabled. It does what the page does, by the
 * same functions (lib/auth_account.h), in whose transaction the last administrator is
 * kept.
 */
#include "config.h"

#include "cli/console.h"

#include "lib/auth_account.h"
#include "lib/store/audit.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

enum { ROLE };

/* Who asks, and from where. */
static const struct auth nobody = {0};
static const struct auth_request here = {.address = AUDIT_CONSOLE};

static int
check_role(const char *role, struct err *e)
{
	for (int r = AUTH_VIEWER; r <= AUTH_ADMIN; r++)
		if (strcmp(auth_role_name((enum auth_role)r), role) == 0)
			return 0;
	return err_set(e, 500, "usage", "a role is admin, member or viewer, not '%s'.",
		role);
}

static const char *
role_of(const struct console *c)
{
	return c->values[ROLE] ? c->values[ROLE] : auth_role_name(AUTH_MEMBER);
}

static int
check_new_role(const struct console *c, struct err *e)
{
	return check_role(role_of(c), e);
}

static int
check_other_role(const struct console *c, struct err *e)
{
	return check_role(c->words[1], e);
}

static int
add_person(struct console *c, struct err *e)
{
	char id[ID_SIZE], key[AUTH_KEY_SIZE];
	if (auth_person_new(c->db, &nobody, &here, c->words[0], role_of(c), c->now, id,
		    key, e) != 0)
		return -1;
	puts(key);
	crypt_wipe(key, sizeof key);
	return 0;
}

/* Changes the person whom the first word means. */
static int
change_person(struct console *c, const char *role, int disabled, struct err *e)
{
	char id[ID_SIZE];
	const struct auth_change change = {.id = id, .role = role, .disabled = disabled};
	if (auth_person_find(c->db, c->words[0], id, e) != 0)
		return -1;
	return auth_person_change(c->db, &nobody, &here, &change, c->now, e);
}

static int
change_role(struct console *c, struct err *e)
{
	return change_person(c, c->words[1], -1, e);
}

static int
disable_person(struct console *c, struct err *e)
{
	return change_person(c, NULL, 1, e);
}

static int
enable_person(struct console *c, struct err *e)
{
	return change_person(c, NULL, 0, e);
}

/* A list, and what one person in it has. */
struct listing {
	const struct console *c;
	struct err *e;
	bool failed;
	int devices, keys; /* that are good */
};

static void
count_device(void *arg, const struct auth_device *device)
{
	struct listing *listing = arg;
	(void)device;
	listing->devices++;
}

static void
count_key(void *arg, const struct auth_key *key)
{
	struct listing *listing = arg;
	if (!key->revoked_at && (!key->expires_at || key->expires_at > listing->c->now))
		listing->keys++;
}

static int
count_both(struct listing *listing, const char *id)
{
	const struct console *c = listing->c;
	struct auth person = {0};
	snprintf(person.user, sizeof person.user, "%s", id);
	listing->devices = listing->keys = 0;
	if (auth_device_each(c->db, &c->conf, &person, c->now, count_device, listing,
		    listing->e) != 0)
		return -1;
	return auth_key_each(c->db, id, count_key, listing, listing->e);
}

static void
print_person(void *arg, const struct auth_person *p)
{
	struct listing *listing = arg;
	char created[CONSOLE_TIME_SIZE], seen[CONSOLE_TIME_SIZE];
	if (listing->failed || count_both(listing, p->id) != 0) {
		listing->failed = true;
		return;
	}
	console_time(p->created_at, created);
	console_time(p->seen_at, seen);
	printf("%s  %-6s  %-8s  %-20s  %-20s  %7d  %4d  %s\n", p->id, p->role,
		p->disabled_at ? "disabled" : "active", created, seen, listing->devices,
		listing->keys, p->name);
}

static int
list_people(struct console *c, struct err *e)
{
	struct listing listing = {.c = c, .e = e};
	printf("%-26s  %-6s  %-8s  %-20s  %-20s  %7s  %4s  %s\n", "ID", "ROLE", "STATE",
		"CREATED", "LAST SEEN", "DEVICES", "KEYS", "NAME");
	return auth_person_each(c->db, print_person, &listing, e) != 0 || listing.failed
		? -1
		: 0;
}

#define WHO "needs one person, by name or ID."

static const struct console_command command = {
	.options = {[ROLE] = "--role"},
	.actions =
		{
			{"list", 0, 0, "takes no word after it.", NULL, list_people},
			{"add", 1U << ROLE, 1, "needs one NAME.", check_new_role,
				add_person},
			{"role", 0, 2, "needs a person, by name or ID, and a ROLE.",
				check_other_role, change_role},
			{"disable", 0, 1, WHO, NULL, disable_person},
			{"enable", 0, 1, WHO, NULL, enable_person},
		},
	.which = "say list, add, role, disable or enable.",
};

static int
run_user(const struct subcommand *self, int argc, char **argv)
{
	return console_run(self, &command, argc, argv);
}

const struct subcommand subcommand_user = {
	.name = "user",
	.synopsis = "list | add NAME [--role ROLE] | role WHO ROLE | disable WHO | "
		    "enable WHO  [--dir DIR]",
	.summary = "List, add and change people.",
	.options =
		"  list             list everybody, with how many devices are signed in\n"
		"                   and how many keys are good\n"
		"  add NAME         add a person, and print their access key, once\n"
		"  role WHO ROLE    give a person, by name or ID, another role and end\n"
		"                   their sign-ins\n"
		"  disable WHO      keep a person out: their sign-ins and streams end,\n"
		"                   and what they typed that still waits is refused\n"
		"  enable WHO       let them in again, with the keys they have\n"
		"  --role ROLE      of who is added: admin, member (the default) or\n"
		"                   viewer\n",
	.run = run_user,
};
