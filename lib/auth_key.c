/*
 * Making and ending keys, and the setup code that makes the first administrator; see
 * auth.h. Each change is one durable transaction together with its line in the audit.
 */
#include "config.h"

#include "lib/auth.h"

#include "lib/auth_inner.h"
#include "lib/db.h"
#include "lib/store/audit.h"
#include "lib/store/command.h"
#include "lib/store/credential.h"
#include "lib/store/user.h"

#include <stdio.h>
#include <string.h>

int
auth_finish(struct db *state, int result, struct err *e)
{
	if (result == 0)
		return db_commit(state, e);
	db_rollback(state);
	return -1;
}

int
auth_setup_pending(struct db *state, struct err *e)
{
	char id[ID_SIZE];
	int rc = user_first_admin(state, id, e);
	return rc < 0 ? -1 : rc == 0;
}

int
auth_setup_check(struct db *state, struct err *e)
{
	int pending = auth_setup_pending(state, e);
	if (pending <= 0)
		return pending;
	return err_set(e, 503, "setup.required",
		"Dispatch is not set up yet; open the link that its start printed.");
}

static int
setup_done(struct err *e)
{
	return err_set(e, 409, "setup.done", "Dispatch is set up already; sign in.");
}

/* 0 while there is no administrator, else an error. */
static int
check_pending(struct db *state, struct err *e)
{
	int pending = auth_setup_pending(state, e);
	return pending < 0 ? -1 : pending ? 0 : setup_done(e);
}

int
auth_setup_issue(struct db *state, int64_t now, char code[AUTH_CODE_SIZE], struct err *e)
{
	uint8_t hash[SHA256_SIZE];
	crypt_id(code);
	crypt_sha256(code, ID_LENGTH, hash);
	if (db_begin(state, DB_DURABLE, e) != 0)
		return -1;
	int result = check_pending(state, e);
	if (result == 0)
		result = setup_code_put(state, hash, now + AUTH_SETUP_MS, e);
	return auth_finish(state, result, e);
}

static int
check_code(struct db *state, const char *code, int64_t now, struct err *e)
{
	uint8_t hash[SHA256_SIZE];
	if (check_pending(state, e) != 0)
		return -1;
	crypt_sha256(code, strlen(code), hash);
	int rc = setup_code_check(state, hash, now, e);
	if (rc < 0)
		return -1;
	return rc > 0
		? 0
		: err_set(e, 403, "setup.invalid",
			  "This setup code is wrong, used or too old; \"dispatch serve\" "
			  "prints a new one when it starts.");
}

static int
add_user(struct db *state, const char *name, int64_t now, char id[ID_SIZE], struct err *e)
{
	crypt_id(id);
	return user_insert(state, id, name, "admin", now, e);
}

int
auth_note(struct db *state, const char *user, const char *action, const char *subject,
	const char *address, int64_t now, struct err *e)
{
	const struct audit entry = {.at = now,
		.user = user,
		.action = action,
		.subject = subject,
		.address = address ? address : ""};
	return audit_add(state, &entry, e);
}

int
auth_add_key(struct db *state, const struct auth_new_key *wanted, int64_t now,
	char id[ID_SIZE], char key[AUTH_KEY_SIZE], struct err *e)
{
	char secret[SECRET_SIZE];
	struct credential c = {.id = id,
		.kind = wanted->kind,
		.label = wanted->label,
		.scope = wanted->scope,
		.user = wanted->user,
		.created_at = now,
		.expires_at = wanted->expires_at};
	crypt_id(id);
	crypt_secret(secret);
	crypt_sha256(secret, SECRET_LENGTH, c.hash);
	snprintf(key, AUTH_KEY_SIZE, "%s_%s_%s",
		strcmp(wanted->kind, "api") == 0 ? "dk" : "ak", id, secret);
	crypt_wipe(secret, sizeof secret);
	return credential_insert(state, &c, e);
}

static int
redeem(struct db *state, const struct auth_request *request, const char *code,
	const char *name, int64_t now, struct auth *out, char key[AUTH_KEY_SIZE],
	struct err *e)
{
	const struct auth_new_key first = {.user = out->user,
		.label = "First access key",
		.kind = "access",
		.scope = "admin"};
	if (check_code(state, code, now, e) != 0 ||
		add_user(state, name, now, out->user, e) != 0 ||
		auth_add_key(state, &first, now, out->credential, key, e) != 0 ||
		setup_code_clear(state, e) != 0)
		return -1;
	return auth_note(state, out->user, "setup", out->credential, request->address,
		now, e);
}

int
auth_setup_redeem(struct db *state, const struct auth_request *request, const char *code,
	const char *name, int64_t now, struct auth *out, char key[AUTH_KEY_SIZE],
	struct err *e)
{
	*out = (struct auth){
		.role = AUTH_ADMIN,
		.full_role = AUTH_ADMIN,
		.whole = true,
		.provider = "access-key",
		.fresh_at = now,
	};
	if (auth_check_text("name", name, AUTH_NAME_MAX, e) != 0)
		return -1;
	/* A first look without the writer's lock, so that guessing stops nobody's work.
	 */
	if (check_code(state, code, now, e) != 0 || db_begin(state, DB_DURABLE, e) != 0)
		return -1;
	snprintf(out->name, sizeof out->name, "%s", name);
	int result = redeem(state, request, code, name, now, out, key, e);
	return auth_finish(state, result, e);
}

/* The first administrator, who is made when there is none. */
static int
first_admin(struct db *state, int64_t now, char user[ID_SIZE], struct err *e)
{
	int found = user_first_admin(state, user, e);
	if (found != 0)
		return found < 0 ? -1 : 0;
	if (add_user(state, "Administrator", now, user, e) != 0 ||
		setup_code_clear(state, e) != 0)
		return -1;
	return auth_note(state, user, "user.new", user, AUDIT_CONSOLE, now, e);
}

/* Whether keys of a person are good for anything. */
struct owner {
	char name[AUTH_NAME_SIZE];
	bool disabled;
};

static void
copy_owner(void *arg, const struct user *u)
{
	struct owner *owner = arg;
	snprintf(owner->name, sizeof owner->name, "%s", u->name);
	owner->disabled = u->disabled_at != 0;
}

static int
check_owner(struct db *state, const char *user, struct err *e)
{
	struct owner owner;
	int rc = user_find(state, user, copy_owner, &owner, e);
	if (rc == 0)
		return err_set(e, 404, "person.unknown", "There is no such person.");
	if (rc < 0 || !owner.disabled)
		return rc < 0 ? -1 : 0;
	return err_set(e, 409, "person.disabled",
		"%.80s is disabled; a key is good after \"dispatch user enable\".",
		owner.name);
}

static int
key_new(struct db *state, struct auth_new_key wanted, int64_t now,
	char key[AUTH_KEY_SIZE], struct err *e)
{
	char first[ID_SIZE], id[ID_SIZE];
	if (!wanted.user && first_admin(state, now, first, e) != 0)
		return -1;
	if (!wanted.user)
		wanted.user = first;
	if (check_owner(state, wanted.user, e) != 0 ||
		auth_add_key(state, &wanted, now, id, key, e) != 0)
		return -1;
	return auth_note(state, wanted.user, "key.new", id, AUDIT_CONSOLE, now, e);
}

int
auth_key_new(struct db *state, const char *user, const char *label, const char *scope,
	int64_t expires_at, int64_t now, char key[AUTH_KEY_SIZE], struct err *e)
{
	const struct auth_new_key wanted = {.user = user,
		.label = label,
		.kind = "api",
		.scope = scope,
		.expires_at = expires_at};
	if (auth_check_text("label", label, AUTH_NAME_MAX, e) != 0 ||
		db_begin(state, DB_DURABLE, e) != 0)
		return -1;
	return auth_finish(state, key_new(state, wanted, now, key, e), e);
}

struct each_key {
	void (*each)(void *arg, const struct auth_key *key);
	void *arg;
};

static void
pass_key(void *arg, const struct credential *c)
{
	const struct each_key *to = arg;
	const struct auth_key key = {
		.id = c->id,
		.kind = c->kind,
		.label = c->label,
		.scope = c->scope,
		.user = c->user_name,
		.created_at = c->created_at,
		.last_used_at = c->last_used_at,
		.revoked_at = c->revoked_at,
		.expires_at = c->expires_at,
	};
	to->each(to->arg, &key);
}

int
auth_key_each(struct db *state, const char *user,
	void (*each)(void *arg, const struct auth_key *key), void *arg, struct err *e)
{
	struct each_key to = {each, arg};
	return credential_each(state, user, pass_key, &to, e);
}

/* The id in "dk_<id>_<secret>" or in "<id>"; false when the text is neither. */
static bool
id_of(const char *text, char id[ID_SIZE])
{
	size_t len = strlen(text), skip = len > 3 && text[2] == '_' ? 3 : 0;
	if (len != skip + ID_LENGTH && (skip == 0 || len != AUTH_KEY_SIZE - 1))
		return false;
	snprintf(id, ID_SIZE, "%s", text + skip);
	return crypt_is_id(id, strlen(id));
}

static void
copy_user(void *arg, const struct credential *c)
{
	snprintf(arg, ID_SIZE, "%s", c->user);
}

int
auth_key_claims(struct db *state, const char *key, char user[ID_SIZE], struct err *e)
{
	char id[ID_SIZE];
	return id_of(key, id) ? credential_find(state, id, copy_user, user, e) : 0;
}

static int
end_key(struct db *state, const char *user, const char *id, const char *address,
	int64_t now, struct err *e)
{
	int rows = credential_revoke(state, user, id, now, e);
	if (rows == 0)
		return err_set(e, 404, "key.unknown", "There is no key with this id.");
	if (rows < 0 || command_refuse(state, user, id, e) != 0)
		return -1;
	return auth_note(state, user, "key.revoke", id, address, now, e);
}

int
auth_end_key(struct db *state, const char *user, const char *id, const char *address,
	int64_t now, struct err *e)
{
	if (db_begin(state, DB_DURABLE, e) != 0)
		return -1;
	return auth_finish(state, end_key(state, user, id, address, now, e), e);
}

int
auth_key_revoke(struct db *state, const char *id, int64_t now, struct err *e)
{
	char own[ID_SIZE];
	if (!id_of(id, own))
		return err_set(e, 404, "key.unknown", "This is not the id of a key.");
	return auth_end_key(state, "", own, AUDIT_CONSOLE, now, e);
}
