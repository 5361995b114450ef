/* One's own devices, keys and identities: see lib/auth_account.h. */
#include "config.h"

#include "fcgi/h_account.h"

#include "lib/auth_account.h"
#include "lib/auth_identity.h"
#include "lib/json.h"

int
account_show_key(struct call *c, const char *id, char key[AUTH_KEY_SIZE])
{
	struct buf *b = &c->response->body;
	json_begin(b, '{');
	json_key(b, "id"), json_string(b, id);
	json_key(b, "key"), json_string(b, key);
	json_end(b, '}');
	crypt_wipe(key, AUTH_KEY_SIZE);
	c->response->status = 201;
	return 0;
}

static void
put_device(void *arg, const struct auth_device *d)
{
	struct buf *b = arg;
	json_begin(b, '{');
	json_key(b, "id"), json_string(b, d->id);
	json_key(b, "provider"), json_string(b, d->provider);
	json_key(b, "address"), json_string(b, d->address);
	json_key(b, "agent"), json_string(b, d->agent);
	json_key(b, "current"), json_truth(b, d->current);
	json_key(b, "created_at"), json_int(b, d->created_at);
	json_key(b, "seen_at"), json_int(b, d->seen_at);
	json_key(b, "expires_at"), json_int(b, d->expires_at);
	json_end(b, '}');
}

int
h_device_list(struct call *c, struct err *e)
{
	response_list_begin(c->response);
	int rc = auth_device_each(c->state, &c->app->conf, &c->auth, c->now, put_device,
		&c->response->body, e);
	response_list_end(c->response);
	return rc;
}

int
h_device_revoke(struct call *c, struct err *e)
{
	return auth_device_revoke(c->state, &c->auth, &c->request->auth,
		c->values[DEVICE_ID].text, c->now, e);
}

int
h_device_revoke_others(struct call *c, struct err *e)
{
	int count = auth_device_revoke_others(c->state, &c->auth, &c->request->auth,
		c->now, e);
	if (count < 0)
		return -1;
	json_begin(&c->response->body, '{');
	json_key(&c->response->body, "count"), json_int(&c->response->body, count);
	json_end(&c->response->body, '}');
	return 0;
}

static void
put_key(void *arg, const struct auth_key *k)
{
	struct buf *b = arg;
	if (k->revoked_at)
		return;
	json_begin(b, '{');
	json_key(b, "id"), json_string(b, k->id);
	json_key(b, "kind"), json_string(b, k->kind);
	json_key(b, "label"), json_string(b, k->label);
	json_key(b, "scope"), json_string(b, k->scope);
	json_key(b, "created_at"), json_int(b, k->created_at);
	json_maybe(b, "last_used_at", k->last_used_at, 0);
	json_maybe(b, "expires_at", k->expires_at, 0);
	json_end(b, '}');
}

int
h_key_list(struct call *c, struct err *e)
{
	response_list_begin(c->response);
	int rc = auth_key_each(c->state, c->auth.user, put_key, &c->response->body, e);
	response_list_end(c->response);
	return rc;
}

int
h_key_new(struct call *c, struct err *e)
{
	const struct value *v = c->values;
	char id[ID_SIZE], key[AUTH_KEY_SIZE];
	struct auth_wanted_key wanted = {
		.kind = v[KEY_KIND].given ? v[KEY_KIND].text : "api",
		.label = v[KEY_LABEL].text,
		.scope = v[KEY_SCOPE].given ? v[KEY_SCOPE].text : "drive",
	};
	if (wanted.kind[1] == 'c') /* an access key signs in, as the person */
		wanted.scope = "admin";
	if (v[KEY_DAYS].given)
		wanted.expires_at = c->now + v[KEY_DAYS].number * 24 * 3600 * 1000;
	if (auth_own_key_new(c->state, &c->auth, &c->request->auth, &wanted, c->now, id,
		    key, e) != 0)
		return -1;
	return account_show_key(c, id, key);
}

int
h_key_revoke(struct call *c, struct err *e)
{
	return auth_own_key_revoke(c->state, &c->auth, &c->request->auth,
		c->values[KEY_ID].text, c->now, e);
}

static void
put_identity(void *arg, const struct auth_identity *i)
{
	struct buf *b = arg;
	json_begin(b, '{');
	json_key(b, "id"), json_string(b, i->id);
	json_key(b, "provider"), json_string(b, i->provider);
	json_key(b, "name"), json_string(b, i->name);
	json_key(b, "created_at"), json_int(b, i->created_at);
	json_key(b, "seen_at"), json_int(b, i->seen_at);
	json_end(b, '}');
}

int
h_identity_list(struct call *c, struct err *e)
{
	response_list_begin(c->response);
	int rc = auth_identity_each(c->state, &c->auth, put_identity, &c->response->body,
		e);
	response_list_end(c->response);
	return rc;
}

int
h_identity_remove(struct call *c, struct err *e)
{
	return auth_identity_remove(c->state, &c->auth, &c->request->auth,
		c->values[IDENTITY_ID].text, c->now, e);
}
