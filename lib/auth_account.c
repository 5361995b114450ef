/* See auth_account.h. */
#include "config.h"

#include "lib/auth_account.h"

#include "lib/auth_inner.h"
#include "lib/conf.h"
#include "lib/db.h"
#include "lib/store/auth_session.h"
#include "lib/store/command.h"
#include "lib/store/device_grant.h"

#include <string.h>

/* ---- devices ---- */

struct devices {
	void (*each)(void *arg, const struct auth_device *device);
	void *arg;
	const struct conf *conf;
	const struct auth *auth;
	int64_t now;
};

static void
pass_device(void *arg, const struct auth_session *s)
{
	const struct devices *to = arg;
	if (s->revoked || s->seen_at + to->conf->auth_idle * 1000 <= to->now)
		return;
	const struct auth_device device = {
		.id = s->id,
		.provider = s->provider,
		.address = s->address,
		.agent = s->agent,
		.created_at = s->created_at,
		.seen_at = s->seen_at,
		.expires_at = s->expires_at,
		.current = strcmp(s->id, to->auth->sign_in) == 0,
	};
	to->each(to->arg, &device);
}

int
auth_device_each(struct db *state, const struct conf *conf, const struct auth *auth,
	int64_t now, void (*each)(void *arg, const struct auth_device *device), void *arg,
	struct err *e)
{
	struct devices to = {each, arg, conf, auth, now};
	return auth_session_each(state, auth->user, now, pass_device, &to, e);
}

static int
revoke_device(struct db *state, const struct auth *auth,
	const struct auth_request *request, const char *id, int64_t now, struct err *e)
{
	int rows = auth_session_revoke(state, auth->user, id, now, e);
	if (rows == 0)
		return err_set(e, 404, "device.unknown",
			"There is no such sign-in, or no longer.");
	if (rows < 0 || command_refuse(state, auth->user, id, e) != 0 ||
		device_grant_revoke(state, auth->user, id, e) != 0)
		return -1;
	return auth_note(state, auth->user, "device.revoke", id, request->address, now,
		e);
}

int
auth_device_revoke(struct db *state, const struct auth *auth,
	const struct auth_request *request, const char *id, int64_t now, struct err *e)
{
	if (db_begin(state, DB_DURABLE, e) != 0)
		return -1;
	return auth_finish(state, revoke_device(state, auth, request, id, now, e), e);
}

struct others {
	const struct auth *auth;
	struct db *state;
	struct err *e;
	int failed;
};

static void
refuse_other(void *arg, const struct auth_session *s)
{
	struct others *others = arg;
	if (!others->failed && strcmp(s->id, others->auth->sign_in) != 0)
		others->failed = command_refuse(others->state, others->auth->user, s->id,
					 others->e) != 0;
}

static int
revoke_others(struct db *state, const struct auth *auth,
	const struct auth_request *request, int64_t now, struct err *e)
{
	struct others others = {auth, state, e, 0};
	if (auth_session_each(state, auth->user, now, refuse_other, &others, e) != 0 ||
		others.failed)
		return -1;
	int rows = auth_session_revoke_others(state, auth->user, auth->sign_in, now, e);
	if (rows < 0 || device_grant_revoke(state, auth->user, "", e) != 0 ||
		auth_note(state, auth->user, "device.revoke-others", auth->sign_in,
			request->address, now, e) != 0)
		return -1;
	return rows;
}

int
auth_device_revoke_others(struct db *state, const struct auth *auth,
	const struct auth_request *request, int64_t now, struct err *e)
{
	if (db_begin(state, DB_DURABLE, e) != 0)
		return -1;
	int rows = revoke_others(state, auth, request, now, e);
	return auth_finish(state, rows < 0 ? -1 : 0, e) != 0 ? -1 : rows;
}

/* ---- keys ---- */

int
auth_own_key_new(struct db *state, const struct auth *auth,
	const struct auth_request *request, const struct auth_wanted_key *wanted,
	int64_t now, char id[ID_SIZE], char key[AUTH_KEY_SIZE], struct err *e)
{
	const struct auth_new_key new = {.user = auth->user,
		.label = wanted->label,
		.kind = wanted->kind,
		.scope = wanted->scope,
		.expires_at = wanted->expires_at};
	if (auth_check_text("label", wanted->label, AUTH_NAME_MAX, e) != 0 ||
		db_begin(state, DB_DURABLE, e) != 0)
		return -1;
	int result = auth_add_key(state, &new, now, id, key, e);
	if (result == 0)
		result = auth_note(state, auth->user, "key.new", id, request->address,
			now, e);
	return auth_finish(state, result, e);
}

int
auth_own_key_revoke(struct db *state, const struct auth *auth,
	const struct auth_request *request, const char *id, int64_t now, struct err *e)
{
	return auth_end_key(state, auth->user, id, request->address, now, e);
}
