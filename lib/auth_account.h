/*
 * What people do with their own sign-ins and keys, and administrators with people. Each
 * change is one durable transaction together with its line in the audit. What a sign-in
 * or key has asked for and the runner has not applied yet is refused when it is revoked;
 * its streams end when the runner next looks, within a second.
 *
 * Who asks is in *auth, whom auth_verify() has recognised; everything is looked for among
 * what is theirs, in the SQL. On the console, where nobody is recognised, *auth is empty
 * and the address AUDIT_CONSOLE. Times are Unix milliseconds; 0: never.
 */
#ifndef DISPATCH_LIB_AUTH_ACCOUNT_H
#define DISPATCH_LIB_AUTH_ACCOUNT_H

#include "lib/auth.h"

/* A browser that is signed in; texts are valid during the call. */
struct auth_device {
	const char *id, *provider, *address, *agent;
	int64_t created_at, seen_at, expires_at;
	bool current; /* the one that asks */
};

/* Calls each(arg, device) for those that are signed in as *auth, the latest first. */
int auth_device_each(struct db *state, const struct conf *conf, const struct auth *auth,
	int64_t now, void (*each)(void *arg, const struct auth_device *device), void *arg,
	struct err *e);

/* Ends one of them. Error: 404 "device.unknown". */
int auth_device_revoke(struct db *state, const struct auth *auth,
	const struct auth_request *request, const char *id, int64_t now, struct err *e);

/* Ends all of them but the one that asks. Returns how many that were, or -1. */
int auth_device_revoke_others(struct db *state, const struct auth *auth,
	const struct auth_request *request, int64_t now, struct err *e);

/* Makes a key for *auth, "access" or "api"; `expires_at` 0: never ends. */
struct auth_wanted_key {
	const char *kind, *label, *scope;
	int64_t expires_at;
};
int auth_own_key_new(struct db *state, const struct auth *auth,
	const struct auth_request *request, const struct auth_wanted_key *wanted,
	int64_t now, char id[ID_SIZE], char key[AUTH_KEY_SIZE], struct err *e);

/* Revokes one of them, and the sign-ins made with it. Error: 404 "key.unknown". */
int auth_own_key_revoke(struct db *state, const struct auth *auth,
	const struct auth_request *request, const char *id, int64_t now, struct err *e);

/* A person; texts are valid during the call. */
struct auth_person {
	const char *id, *name, *role;
	int64_t created_at, disabled_at, seen_at;
};

/* Calls each(arg, person) for everybody, oldest first. */
int auth_person_each(struct db *state,
	void (*each)(void *arg, const struct auth_person *person), void *arg,
	struct err *e);

/* Whose id or name the text is; the id wins. Errors: 404 "person.unknown"; 409
 * "person.ambiguous": several are called so. */
int auth_person_find(struct db *state, const char *text, char id[ID_SIZE], struct err *e);

/* Adds a person, with an access key that is shown once. */
int auth_person_new(struct db *state, const struct auth *auth,
	const struct auth_request *request, const char *name, const char *role,
	int64_t now, char id[ID_SIZE], char key[AUTH_KEY_SIZE], struct err *e);

/* What is to be changed about a person; NULL and negative: nothing. */
struct auth_change {
	const char *id, *name, *role;
	int disabled; /* 1, 0; -1: stays */
};

/*
 * Changes a person. With another role, or disabled, they are signed out everywhere. What
 * they are already is no change, and not noted. Errors: 404 "person.unknown"; 409
 * "person.self": nobody changes their own role or disables themselves; 409 "person.last":
 * nobody does so to the last administrator who is not disabled.
 */
int auth_person_change(struct db *state, const struct auth *auth,
	const struct auth_request *request, const struct auth_change *change, int64_t now,
	struct err *e);

/* Gives a person who has lost theirs a new access key, and revokes all other access keys
 * of theirs with their sign-ins. Error: 404 "person.unknown". */
int auth_person_key(struct db *state, const struct auth *auth,
	const struct auth_request *request, const char *id, int64_t now,
	char key[AUTH_KEY_SIZE], struct err *e);

#endif
