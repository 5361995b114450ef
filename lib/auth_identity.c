/* See auth_identity.h. */
#include "config.h"

#include "lib/auth_identity.h"

#include "lib/auth_inner.h"
#include "lib/auth_request.h"
#include "lib/db.h"
#include "lib/store/identity.h"
#include "lib/store/user.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void
make_verifier(const char *cookie, char verifier[AUTH_VERIFIER_SIZE])
{
	char *text = xasprintf("pkce %s", cookie);
	crypt_sha256_text(text, strlen(text), verifier);
	crypt_wipe(text, strlen(text));
	free(text);
}

int
auth_identity_begin(struct db *state, const char *provider, const struct auth *link,
	int64_t now, struct auth_begun *begun, struct err *e)
{
	struct oauth_state s = {.provider = provider,
		.user = link ? link->user : NULL,
		.expires_at = now + AUTH_STATE_MS};
	crypt_secret(begun->state);
	crypt_secret(begun->cookie);
	make_verifier(begun->cookie, begun->verifier);
	crypt_sha256(begun->state, SECRET_LENGTH, s.hash);
	crypt_sha256(begun->cookie, SECRET_LENGTH, s.browser);
	if (db_begin(state, DB_NORMAL, e) != 0)
		return -1;
	return auth_finish(state, oauth_state_insert(state, &s, now, e), e);
}

int
auth_identity_return(struct db *state, const struct conf *conf,
	const struct auth_request *request, const char *provider, const char *returned,
	int64_t now, char verifier[AUTH_VERIFIER_SIZE], char link[ID_SIZE], struct err *e)
{
	char cookie[AUTH_TOKEN_SIZE] = "";
	struct oauth_state s = {.provider = provider};
	int rc = auth_request_begun(conf, request, cookie, e);
	if (rc < 0 || (rc > 0 && db_begin(state, DB_NORMAL, e) != 0))
		return -1;
	if (rc > 0) {
		crypt_sha256(returned, strlen(returned), s.hash);
		crypt_sha256(cookie, SECRET_LENGTH, s.browser);
		rc = oauth_state_take(state, &s, now, link, e);
		if (auth_finish(state, rc < 0 ? -1 : 0, e) != 0)
			rc = -1;
	}
	make_verifier(cookie, verifier);
	crypt_wipe(cookie, sizeof cookie);
	if (rc != 0)
		return rc > 0 ? 0 : -1;
	return err_set(e, 403, "auth.state",
		"This sign-in was not begun in this browser, or is too old. "
		"Begin again.");
}

struct copy {
	char id[ID_SIZE], user[ID_SIZE];
	bool linked;
};

static void
copy_identity(void *arg, const struct identity *i)
{
	struct copy *copy = arg;
	snprintf(copy->id, sizeof copy->id, "%s", i->id);
	snprintf(copy->user, sizeof copy->user, "%s", i->user);
	copy->linked = i->linked;
}

static int
not_listed(const struct auth_foreigner *who, struct err *e)
{
	return err_set(e, 403, "auth.not_listed",
		"%.80s may not sign in here. Ask an administrator.", who->name);
}

static int
known(struct db *state, const struct auth_foreigner *who, const struct copy *copy,
	int64_t now, struct err *e)
{
	if (*who->link && strcmp(who->link, copy->user) != 0)
		return err_set(e, 409, "identity.taken",
			"%.80s belongs to another person here.", who->name);
	if (!copy->linked && !who->listed)
		return not_listed(who, e);
	return identity_touch(state, copy->id, who->name, now, e);
}

static int
newcomer(struct db *state, const struct auth_request *request,
	const struct auth_foreigner *who, struct copy *copy, int64_t now, struct err *e)
{
	bool linked = *who->link != '\0';
	if (!linked && !who->listed)
		return not_listed(who, e);
	crypt_id(copy->id);
	if (linked)
		snprintf(copy->user, sizeof copy->user, "%s", who->link);
	else
		crypt_id(copy->user);
	if (!linked &&
		(user_insert(state, copy->user, who->name, "member", now, e) != 0 ||
			auth_note(state, "", "person.new", copy->user, request->address,
				now, e) != 0))
		return -1;
	const struct identity i = {.id = copy->id,
		.provider = who->provider,
		.subject = who->subject,
		.user = copy->user,
		.name = who->name,
		.linked = linked,
		.created_at = now,
		.seen_at = now};
	if (identity_insert(state, &i, e) != 0)
		return -1;
	return linked ? auth_note(state, copy->user, "identity.link", copy->id,
				request->address, now, e)
		      : 0;
}

static int
settle(struct db *state, const struct auth_request *request,
	const struct auth_foreigner *who, int64_t now, struct auth *out, struct err *e)
{
	struct copy copy = {0};
	int rc = identity_find(state, who->provider, who->subject, copy_identity, &copy,
		e);
	if (rc >= 0)
		rc = rc > 0 ? known(state, who, &copy, now, e)
			    : newcomer(state, request, who, &copy, now, e);
	if (rc != 0 || auth_of_user(state, copy.user, out, e) != 0)
		return -1;
	snprintf(out->identity, sizeof out->identity, "%s", copy.id);
	return 0;
}

int
auth_identity_sign_in(struct db *state, const struct auth_request *request,
	const struct auth_foreigner *who, int64_t now, struct auth *out, struct err *e)
{
	if (db_begin(state, DB_DURABLE, e) != 0)
		return -1;
	return auth_finish(state, settle(state, request, who, now, out, e), e);
}

struct each {
	void (*each)(void *arg, const struct auth_identity *identity);
	void *arg;
};

static void
pass(void *arg, const struct identity *i)
{
	const struct each *to = arg;
	const struct auth_identity identity = {i->id, i->provider, i->name, i->created_at,
		i->seen_at};
	to->each(to->arg, &identity);
}

int
auth_identity_each(struct db *state, const struct auth *auth,
	void (*each)(void *arg, const struct auth_identity *identity), void *arg,
	struct err *e)
{
	struct each to = {each, arg};
	return identity_each(state, auth->user, pass, &to, e);
}

int
auth_identity_remove(struct db *state, const struct auth *auth,
	const struct auth_request *request, const char *id, int64_t now, struct err *e)
{
	if (db_begin(state, DB_DURABLE, e) != 0)
		return -1;
	int rows = identity_delete(state, auth->user, id, e);
	int result = rows < 0 ? -1 : 0;
	if (rows == 0)
		result =
			err_set(e, 404, "identity.unknown", "There is no such identity.");
	if (result == 0)
		result = auth_note(state, auth->user, "identity.remove", id,
			request->address, now, e);
	return auth_finish(state, result, e);
}
