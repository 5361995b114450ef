/*
 * Who someone is: see auth.h. A `struct auth` is filled here (and by auth_key.c, from a
 * key) and nowhere else, always from rows read in this very call.
 */
#include "config.h"

#include "lib/auth.h"

#include "lib/auth_inner.h"
#include "lib/auth_request.h"
#include "lib/conf.h"
#include "lib/store/auth_session.h"
#include "lib/store/credential.h"
#include "lib/store/user.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

static const char *const roles[] = {
	[AUTH_VIEWER] = "viewer",
	[AUTH_MEMBER] = "member",
	[AUTH_ADMIN] = "admin",
};

const char *
auth_role_name(enum auth_role role)
{
	return roles[role];
}

static enum auth_role
role_of(const char *name)
{
	for (size_t i = 0; i < sizeof roles / sizeof *roles; i++)
		if (strcmp(roles[i], name) == 0)
			return (enum auth_role)i;
	abort(); /* the table's CHECK allows no other */
}

const char *const auth_scopes[] = {
	[AUTH_VIEWER] = "read",
	[AUTH_MEMBER] = "drive",
	[AUTH_ADMIN] = "admin",
	NULL,
};

static enum auth_role
role_of_scope(const char *scope)
{
	for (int i = 0; auth_scopes[i]; i++)
		if (strcmp(auth_scopes[i], scope) == 0)
			return (enum auth_role)i;
	abort(); /* the tables' CHECK allows no other */
}

static int
invalid(struct err *e)
{
	return err_set(e, 401, "auth.invalid",
		"This sign-in or key is not valid, or no longer; sign in again.");
}

/* What is known of a key before it is compared. */
struct key {
	char id[ID_SIZE];
	const char *kind;
	uint8_t hash[SHA256_SIZE]; /* of the secret that came */
	uint8_t stored[SHA256_SIZE];
	int64_t now;
	bool revoked, fits; /* the row's kind is the key's */
	struct auth *out;
};

static void
take_credential(struct auth *out, const struct credential *c)
{
	enum auth_role most = role_of_scope(c->scope);
	*out = (struct auth){.by_key = true,
		.whole = most == AUTH_ADMIN,
		.expires_at = c->expires_at,
		.seen_at = c->last_used_at};
	snprintf(out->user, sizeof out->user, "%s", c->user);
	snprintf(out->name, sizeof out->name, "%s", c->user_name);
	snprintf(out->credential, sizeof out->credential, "%s", c->id);
	snprintf(out->sign_in, sizeof out->sign_in, "%s", c->id);
	out->full_role = role_of(c->user_role);
	out->role = out->full_role < most ? out->full_role : most;
}

static bool
has_ended(const struct credential *c, int64_t now)
{
	return c->revoked_at != 0 || c->disabled ||
		(c->expires_at != 0 && c->expires_at <= now);
}

static void
key_found(void *arg, const struct credential *c)
{
	struct key *key = arg;
	memcpy(key->stored, c->hash, sizeof key->stored);
	key->revoked = has_ended(c, key->now);
	key->fits = strcmp(c->kind, key->kind) == 0;
	take_credential(key->out, c);
}

/* A text that is no key at all still becomes an id that nobody has and a hash. */
static bool
key_parse(struct key *key, const char *text)
{
	size_t len = strlen(text);
	bool formed = len == AUTH_KEY_SIZE - 1 && text[2] == '_' &&
		crypt_is_id(text + 3, ID_LENGTH) && text[3 + ID_LENGTH] == '_';
	const char *secret = formed ? text + 4 + ID_LENGTH : text;
	snprintf(key->id, sizeof key->id, "%s", formed ? text + 3 : "");
	key->kind = strncmp(text, "ak", 2) == 0 ? "access" : "api";
	crypt_sha256(secret, strlen(secret), key->hash);
	return formed && (strncmp(text, "ak", 2) == 0 || strncmp(text, "dk", 2) == 0);
}

/* 1: the key is good and *out filled; 0: it is not; -1: error. */
static int
check_key(struct db *state, const char *text, int64_t now, struct auth *out,
	struct err *e)
{
	struct key key = {.now = now, .out = out};
	bool formed = key_parse(&key, text);
	int rc = credential_find(state, key.id, key_found, &key, e);
	bool equal = crypt_equal(key.hash, key.stored, sizeof key.hash);
	if (rc < 0)
		return -1;
	return equal && formed && rc > 0 && key.fits && !key.revoked;
}

int
auth_check_key(struct db *state, const char *key, int64_t now, struct auth *out,
	struct err *e)
{
	struct auth found = {0};
	*out = found;
	int rc = check_key(state, key, now, &found, e);
	if (rc < 0)
		return -1;
	if (rc == 0)
		return err_set(e, 401, "auth.denied", "This key is not valid.");
	if (!found.whole) /* a sign-in reaches as far as its user */
		return err_set(e, 401, "auth.denied",
			"This key is for programs and reaches less far than a sign-in.");
	*out = found;
	return 0;
}

static int
verify_key(struct db *state, const char *header, int64_t now, struct auth *out,
	struct err *e)
{
	if (strncasecmp(header, "Bearer ", 7) != 0)
		return invalid(e);
	const char *key = header + 7 + strspn(header + 7, " ");
	if (strncmp(key, "dk_", 3) != 0)
		return invalid(e);
	int rc = check_key(state, key, now, out, e);
	return rc > 0 ? 0 : rc < 0 ? -1 : invalid(e);
}

/* What is asked of a stored sign-in. */
struct lookup {
	const struct conf *conf;
	int64_t now;
	bool good;
	struct auth *out;
};

static void
session_found(void *arg, const struct auth_session *s)
{
	struct lookup *lookup = arg;
	struct auth *out = lookup->out;
	int64_t idle_end = s->seen_at + lookup->conf->auth_idle * 1000;
	int64_t end = s->created_at + lookup->conf->auth_lifetime * 1000;
	if (s->expires_at < end) /* the setting was made longer meanwhile */
		end = s->expires_at;
	lookup->good = !s->revoked && lookup->now < end && lookup->now < idle_end;
	*out = (struct auth){.whole = true,
		.expires_at = end,
		.fresh_at = s->fresh_at,
		.seen_at = s->seen_at};
	memcpy(out->token, s->token, sizeof out->token);
	snprintf(out->user, sizeof out->user, "%s", s->user);
	snprintf(out->name, sizeof out->name, "%s", s->user_name);
	snprintf(out->sign_in, sizeof out->sign_in, "%s", s->id);
	snprintf(out->provider, sizeof out->provider, "%s", s->provider);
	snprintf(out->credential, sizeof out->credential, "%s",
		s->credential ? s->credential : "");
	snprintf(out->identity, sizeof out->identity, "%s",
		s->identity ? s->identity : "");
	out->role = out->full_role = role_of(s->user_role);
}

static int
verify_token(struct db *state, const struct conf *conf, const uint8_t token[SHA256_SIZE],
	int64_t now, struct auth *out, struct err *e)
{
	struct lookup lookup = {.conf = conf, .now = now, .out = out};
	int rc = auth_session_find(state, token, session_found, &lookup, e);
	if (rc < 0)
		return -1;
	return rc > 0 && lookup.good ? 0 : invalid(e);
}

static int
verify(struct db *state, const struct conf *conf, const struct auth_request *request,
	int64_t now, struct auth *out, struct err *e)
{
	char token[AUTH_TOKEN_SIZE];
	uint8_t hash[SHA256_SIZE];
	if (request->authorization)
		return verify_key(state, request->authorization, now, out, e);
	int rc = auth_request_token(conf, request, token, e);
	if (rc < 0)
		return -1;
	if (rc == 0 && auth_request_has_cookie(conf, request))
		return invalid(e);
	if (rc == 0)
		return err_set(e, 401, "auth.required", "Sign in first.");
	crypt_sha256(token, SECRET_LENGTH, hash);
	crypt_wipe(token, sizeof token);
	return verify_token(state, conf, hash, now, out, e);
}

int
auth_verify(struct db *state, const struct conf *conf, const struct auth_request *request,
	int64_t now, struct auth *out, struct err *e)
{
	struct auth found = {0};
	if (verify(state, conf, request, now, &found, e) == 0) {
		*out = found;
		return 0;
	}
	*out = (struct auth){0};
	if (e && e->status == 401) /* who nobody can be yet has another thing to do */
		auth_setup_check(state, e);
	return -1;
}

static void
credential_still(void *arg, const struct credential *c)
{
	struct lookup *lookup = arg;
	lookup->good = !has_ended(c, lookup->now);
	take_credential(lookup->out, c);
}

int
auth_recheck(struct db *state, const struct conf *conf, struct auth *auth, int64_t now,
	struct err *e)
{
	struct auth found = *auth;
	struct lookup lookup = {.conf = conf, .now = now, .out = &found};
	int rc;
	if (!auth->by_key) {
		rc = verify_token(state, conf, auth->token, now, &found, e);
	} else {
		rc = credential_find(state, auth->credential, credential_still, &lookup,
			e);
		if (rc >= 0)
			rc = rc > 0 && lookup.good ? 0 : invalid(e);
	}
	if (rc == 0)
		*auth = found;
	return rc;
}

int
auth_check_fresh(const struct conf *conf, const struct auth *auth, int64_t now,
	struct err *e)
{
	bool fresh = auth->by_key ? auth->whole
				  : now - auth->fresh_at <= conf->auth_fresh * 1000;
	return fresh ? 0
		     : err_set(e, 403, "auth.stale",
			       "Prove once more that it is you, then do this again.");
}

static void
user_found(void *arg, const struct user *u)
{
	struct lookup *lookup = arg;
	struct auth *out = lookup->out;
	lookup->good = u->disabled_at == 0;
	*out = (struct auth){.whole = true};
	snprintf(out->user, sizeof out->user, "%s", u->id);
	snprintf(out->name, sizeof out->name, "%s", u->name);
	out->role = out->full_role = role_of(u->role);
}

int
auth_of_user(struct db *state, const char *user, struct auth *out, struct err *e)
{
	struct auth found;
	struct lookup lookup = {.out = &found};
	int rc = user_find(state, user, user_found, &lookup, e);
	if (rc < 0)
		return -1;
	if (rc == 0 || !lookup.good)
		return err_set(e, 401, "auth.denied", "This person may not sign in.");
	*out = found;
	return 0;
}

int
auth_touch(struct db *state, struct auth *auth, int64_t now, struct err *e)
{
	if (now - auth->seen_at < AUTH_TOUCH_MS)
		return 0;
	auth->seen_at = now;
	if (auth->by_key)
		return credential_touch(state, auth->credential, now, e);
	return auth_session_touch(state, auth->token, now, e);
}
