/*
 * Beginning and ending the authentication session of a browser; see auth.h. Each is one
 * transaction together with its line in the audit. What ends one is durable. A beginning
 * does not wait for the disk: a power cut would ask for the key once more, and whatever
 * durable is done with the session takes it along.
 */
#include "config.h"

#include "lib/auth.h"

#include "lib/auth_inner.h"
#include "lib/auth_request.h"
#include "lib/conf.h"
#include "lib/db.h"
#include "lib/store/auth_session.h"
#include "lib/store/credential.h"

#include <stdlib.h>
#include <string.h>

/* Hash of the token that came with the request; false when there is none. */
static bool
old_token(const struct conf *conf, const struct auth_request *request,
	uint8_t hash[SHA256_SIZE])
{
	char token[AUTH_TOKEN_SIZE];
	if (auth_request_token(conf, request, token, NULL) <= 0)
		return false;
	crypt_sha256(token, SECRET_LENGTH, hash);
	return true;
}

/* old: hash of the token of the one before; NULL: there is none. */
static int
replace_session(struct db *state, const uint8_t *old, const struct auth_session *s,
	struct err *e)
{
	if (old && auth_session_delete(state, old, e) != 0)
		return -1;
	if (auth_session_purge(state, s->created_at, e) != 0 ||
		auth_session_insert(state, s, e) != 0)
		return -1;
	if (s->credential &&
		credential_touch(state, s->credential, s->created_at, e) != 0)
		return -1;
	return auth_note(state, s->user, "sign-in", s->id, s->address, s->created_at, e);
}

int
auth_sign_in(struct db *state, const struct conf *conf,
	const struct auth_request *request, int64_t now, struct auth *auth,
	char token[AUTH_TOKEN_SIZE], struct err *e)
{
	char *agent = auth_displayable(request->agent, 400);
	struct auth_session s = {
		.id = auth->sign_in,
		.user = auth->user,
		.provider = auth->provider,
		.credential = *auth->credential ? auth->credential : NULL,
		.identity = *auth->identity ? auth->identity : NULL,
		.fresh_at = auth->fresh_at,
		.address = request->address ? request->address : "",
		.agent = agent,
		.created_at = now,
		.seen_at = now,
		.expires_at = now + conf->auth_lifetime * 1000,
	};
	if (auth->expires_at && auth->expires_at < s.expires_at)
		s.expires_at = auth->expires_at; /* no longer than the key */
	crypt_id(auth->sign_in);
	crypt_secret(token);
	crypt_sha256(token, SECRET_LENGTH, s.token);
	uint8_t old[SHA256_SIZE];
	bool ends_another = old_token(conf, request, old);
	int result = db_begin(state, ends_another ? DB_DURABLE : DB_NORMAL, e);
	if (result == 0)
		result = auth_finish(state,
			replace_session(state, ends_another ? old : NULL, &s, e), e);
	free(agent);
	if (result != 0)
		return -1;
	auth->by_key = false;
	auth->whole = true;
	auth->role = auth->full_role;
	memcpy(auth->token, s.token, sizeof auth->token);
	auth->expires_at = s.expires_at;
	auth->seen_at = now;
	return 0;
}

static int
end_session(struct db *state, const struct auth_request *request, int64_t now,
	const struct auth *auth, struct err *e)
{
	if (auth_session_delete(state, auth->token, e) != 0)
		return -1;
	return auth_note(state, auth->user, "sign-out", auth->sign_in, request->address,
		now, e);
}

int
auth_sign_out(struct db *state, const struct auth_request *request, int64_t now,
	const struct auth *auth, struct err *e)
{
	if (auth->by_key)
		return 0;
	if (db_begin(state, DB_DURABLE, e) != 0)
		return -1;
	return auth_finish(state, end_session(state, request, now, auth, e), e);
}
