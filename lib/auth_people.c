/* People, as administrators see them; see auth_account.h. */
#include "config.h"

#include "lib/auth_account.h"
#include "lib/auth_inner.h"
#include "lib/db.h"
#include "lib/store/auth_session.h"
#include "lib/store/command.h"
#include "lib/store/credential.h"
#include "lib/store/device_grant.h"
#include "lib/store/user.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct people {
	void (*each)(void *arg, const struct auth_person *person);
	void *arg;
};

static void
pass_person(void *arg, const struct user *u)
{
	const struct people *to = arg;
	const struct auth_person person = {u->id, u->name, u->role, u->created_at,
		u->disabled_at, u->seen_at};
	to->each(to->arg, &person);
}

int
auth_person_each(struct db *state,
	void (*each)(void *arg, const struct auth_person *person), void *arg,
	struct err *e)
{
	struct people to = {each, arg};
	return user_each(state, pass_person, &to, e);
}

/* Who an id or a name may mean. */
struct meant {
	char id[ID_SIZE]; /* of the first */
	int people;
};

static void
note_meant(void *arg, const struct user *u)
{
	struct meant *meant = arg;
	if (meant->people++ == 0)
		snprintf(meant->id, sizeof meant->id, "%s", u->id);
}

int
auth_person_find(struct db *state, const char *text, char id[ID_SIZE], struct err *e)
{
	struct meant meant = {0};
	if (user_each_called(state, text, note_meant, &meant, e) != 0)
		return -1;
	if (meant.people == 0)
		return err_set(e, 404, "person.unknown",
			"There is nobody with the name or id '%.80s'; "
			"\"dispatch user list\" tells who there is.",
			text);
	if (meant.people > 1 && strcmp(meant.id, text) != 0)
		return err_set(e, 409, "person.ambiguous",
			"%d people are called '%.80s'; say which by the id that "
			"\"dispatch user list\" tells.",
			meant.people, text);
	snprintf(id, ID_SIZE, "%s", meant.id);
	return 0;
}

static int
add_access_key(struct db *state, const char *user, int64_t now, char key[AUTH_KEY_SIZE],
	struct err *e)
{
	char id[ID_SIZE];
	const struct auth_new_key wanted = {.user = user,
		.label = "Access key",
		.kind = "access",
		.scope = "admin"};
	return auth_add_key(state, &wanted, now, id, key, e);
}

int
auth_person_new(struct db *state, const struct auth *auth,
	const struct auth_request *request, const char *name, const char *role,
	int64_t now, char id[ID_SIZE], char key[AUTH_KEY_SIZE], struct err *e)
{
	if (auth_check_text("name", name, AUTH_NAME_MAX, e) != 0 ||
		db_begin(state, DB_DURABLE, e) != 0)
		return -1;
	crypt_id(id);
	int result = user_insert(state, id, name, role, now, e);
	if (result == 0)
		result = add_access_key(state, id, now, key, e);
	if (result == 0)
		result = auth_note(state, auth->user, "person.new", id, request->address,
			now, e);
	return auth_finish(state, result, e);
}

/* A copy of the row that is to be changed. */
struct row {
	char *name, *role;
	int64_t disabled_at;
};

static void
copy_row(void *arg, const struct user *u)
{
	struct row *row = arg;
	*row = (struct row){xstrdup(u->name), xstrdup(u->role), u->disabled_at};
}

static int
sign_out_everywhere(struct db *state, const char *user, int64_t now, struct err *e)
{
	if (auth_session_revoke_others(state, user, "", now, e) < 0 ||
		device_grant_revoke(state, user, "", e) != 0)
		return -1;
	return command_refuse(state, user, "", e);
}

static bool
may_rule(const char *role, int64_t disabled_at)
{
	return strcmp(role, "admin") == 0 && !disabled_at;
}

/* Within the transaction: two administrators who disable each other at once are not both
 * heard. */
static int
check_last(struct db *state, const struct row *row, const struct user *u, struct err *e)
{
	if (!may_rule(row->role, row->disabled_at) || may_rule(u->role, u->disabled_at))
		return 0;
	int others = user_other_admin(state, u->id, e);
	if (others != 0)
		return others < 0 ? -1 : 0;
	return err_set(e, 409, "person.last",
		"%.80s is the last administrator; make somebody else one first.",
		row->name);
}

/* What a change comes to, for the audit; NULL: to nothing. */
static const char *
action_of(const struct row *row, const struct user *u)
{
	if (!u->disabled_at != !row->disabled_at)
		return u->disabled_at ? "person.disable" : "person.enable";
	if (strcmp(u->role, row->role) != 0)
		return "person.role";
	return strcmp(u->name, row->name) != 0 ? "person.rename" : NULL;
}

/* Applies the change to the row as it is; what it comes to is in `action`. */
static int
change_row(struct db *state, const struct auth_change *change, const struct row *row,
	int64_t now, const char **action, struct err *e)
{
	struct user u = {
		.id = change->id,
		.name = change->name ? change->name : row->name,
		.role = change->role ? change->role : row->role,
		.disabled_at = row->disabled_at,
	};
	if (change->disabled == 0)
		u.disabled_at = 0;
	else if (change->disabled > 0 && !u.disabled_at)
		u.disabled_at = now;
	*action = action_of(row, &u);
	if (!*action)
		return 0;
	if (check_last(state, row, &u, e) != 0 || user_update(state, &u, e) != 0)
		return -1;
	return strcmp(*action, "person.rename") == 0
		? 0
		: sign_out_everywhere(state, u.id, now, e);
}

static int
change_person(struct db *state, const struct auth *auth,
	const struct auth_request *request, const struct auth_change *change, int64_t now,
	struct err *e)
{
	struct row row = {0};
	const char *action = NULL;
	int rc = user_find(state, change->id, copy_row, &row, e);
	if (rc == 0)
		return err_set(e, 404, "person.unknown", "There is no such person.");
	if (rc > 0)
		rc = change_row(state, change, &row, now, &action, e);
	if (rc == 0 && action)
		rc = auth_note(state, auth->user, action, change->id, request->address,
			now, e);
	free(row.name);
	free(row.role);
	return rc;
}

int
auth_person_change(struct db *state, const struct auth *auth,
	const struct auth_request *request, const struct auth_change *change, int64_t now,
	struct err *e)
{
	bool self = strcmp(change->id, auth->user) == 0;
	if (self && (change->role || change->disabled > 0))
		return err_set(e, 409, "person.self",
			"Another administrator must change your role or disable you.");
	if (change->name && auth_check_text("name", change->name, AUTH_NAME_MAX, e) != 0)
		return -1;
	if (db_begin(state, DB_DURABLE, e) != 0)
		return -1;
	return auth_finish(state, change_person(state, auth, request, change, now, e), e);
}

static int
renew_key(struct db *state, const char *id, int64_t now, char key[AUTH_KEY_SIZE],
	struct err *e)
{
	struct row row = {0};
	int rc = user_find(state, id, copy_row, &row, e);
	free(row.name);
	free(row.role);
	if (rc == 0)
		return err_set(e, 404, "person.unknown", "There is no such person.");
	if (rc < 0 || credential_revoke_access(state, id, now, e) != 0 ||
		sign_out_everywhere(state, id, now, e) != 0)
		return -1;
	return add_access_key(state, id, now, key, e);
}

int
auth_person_key(struct db *state, const struct auth *auth,
	const struct auth_request *request, const char *id, int64_t now,
	char key[AUTH_KEY_SIZE], struct err *e)
{
	if (db_begin(state, DB_DURABLE, e) != 0)
		return -1;
	int result = renew_key(state, id, now, key, e);
	if (result == 0)
		result = auth_note(state, auth->user, "person.key", id, request->address,
			now, e);
	return auth_finish(state, result, e);
}
