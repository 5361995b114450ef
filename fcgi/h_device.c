/* Devices that are let in from another one (RFC 8628): see lib/auth_grant.h. */
#include "config.h"

#include "fcgi/h_device.h"

#include "fcgi/handlers.h"
#include "lib/auth_grant.h"
#include "lib/json.h"

#include <string.h>

int
device_begin(struct call *c, const char *client, const char *scope, struct err *e)
{
	char device[SECRET_SIZE], code[GRANT_USER_CODE_SIZE];
	struct buf *b = &c->response->body, url = BUF_INIT;
	if (auth_grant_begin(c->state, &c->request->auth, client, scope, c->now, device,
		    code, e) != 0)
		return -1;
	auth_own_url(&url, &c->app->conf, &c->request->auth);
	buf_str(&url, "#/device");
	json_key(b, "device_code"), json_string(b, device);
	json_key(b, "user_code"), json_string(b, code);
	json_key(b, "verification_uri"), json_string(b, url.data);
	json_key(b, "expires_in"), json_int(b, GRANT_MS / 1000);
	json_key(b, "interval"), json_int(b, GRANT_INTERVAL_MS / 1000);
	crypt_wipe(device, sizeof device);
	buf_free(&url);
	return 0;
}

int
device_sign_in(struct call *c, struct auth *out, struct err *e)
{
	const struct value *code = &c->values[LOGIN_DEVICE_CODE];
	struct auth_granted granted;
	if (!code->given)
		return err_field(e, "device_code", "device_code is missing.");
	int state = auth_grant_ask(c->state, &c->app->conf, &c->request->auth, code->text,
		false, c->now, &granted, e);
	if (state < 0)
		return -1;
	if (state == GRANT_PENDING || state == GRANT_SLOW_DOWN)
		return err_set(e, 409, "auth.pending", "Nobody has answered yet.");
	if (state == GRANT_DENIED)
		return err_set(e, 403, "auth.refused", "This device was refused.");
	if (state != GRANT_APPROVED)
		return err_set(e, 401, "auth.denied",
			"This code was used already, or is too old.");
	/* A sign-in reaches as far as its user. */
	if (strcmp(granted.scope, "admin") != 0)
		return err_set(e, 403, "auth.refused",
			"This device was let in for less than a sign-in.");
	*out = granted.auth;
	return 0;
}

/* The scopes of a request, of which the furthest counts (RFC 6749, 3.3). */
static const char *
scope_of(const struct value *v)
{
	const char *scope = "drive";
	if (v->given && strstr(v->text, "admin"))
		scope = "admin";
	else if (v->given && !strstr(v->text, "drive") && strstr(v->text, "read"))
		scope = "read";
	return scope;
}

static int
check_enabled(const struct call *c, struct err *e)
{
	return c->app->conf.auth_device
		? 0
		: err_set(e, 403, "device.off",
			  "Letting devices in with a code is off here; see the setting "
			  "auth.device.");
}

int
h_device(struct call *c, struct err *e)
{
	const struct value *client = &c->values[DEVICE_CLIENT];
	if (check_enabled(c, e) != 0 ||
		auth_check_text("client_id", client->text, AUTH_NAME_MAX, e) != 0)
		return -1;
	json_begin(&c->response->body, '{');
	if (device_begin(c, client->text, scope_of(&c->values[DEVICE_SCOPE]), e) != 0)
		return -1;
	json_end(&c->response->body, '}');
	return 0;
}

/* In the shape that clients of OAuth expect (RFC 6749, 5.2). */
static int
refuse(struct call *c, const char *code, const char *why)
{
	struct buf *b = &c->response->body;
	json_begin(b, '{');
	json_key(b, "error"), json_string(b, code);
	json_key(b, "error_description"), json_string(b, why);
	json_end(b, '}');
	c->response->status = 400;
	return 0;
}

static int
give_token(struct call *c, const struct auth_granted *granted)
{
	struct buf *b = &c->response->body;
	json_begin(b, '{');
	json_key(b, "access_token"), json_string(b, granted->key);
	json_key(b, "token_type"), json_string(b, "Bearer");
	json_key(b, "expires_in"), json_int(b, (granted->expires_at - c->now) / 1000);
	json_key(b, "scope"), json_string(b, granted->scope);
	json_end(b, '}');
	return 0;
}

int
h_token(struct call *c, struct err *e)
{
	static const char *const codes[][2] = {
		[GRANT_PENDING] = {"authorization_pending", "Nobody has answered yet."},
		[GRANT_SLOW_DOWN] = {"slow_down", "Ask five seconds less often."},
		[GRANT_DENIED] = {"access_denied", "This device was refused."},
		[GRANT_EXPIRED] = {"expired_token", "The code is too old. Begin again."},
		[GRANT_UNKNOWN] = {"invalid_grant",
			"There is no such code, or no longer."},
	};
	struct auth_granted granted = {0};
	if (check_enabled(c, e) != 0)
		return -1;
	if (strcmp(c->values[TOKEN_GRANT].text,
		    "urn:ietf:params:oauth:grant-type:device_code") != 0)
		return refuse(c, "unsupported_grant_type",
			"Only device codes are taken.");
	int state = auth_grant_ask(c->state, &c->app->conf, &c->request->auth,
		c->values[TOKEN_DEVICE].text, true, c->now, &granted, e);
	if (state < 0)
		return -1;
	int rc = state == GRANT_APPROVED ? give_token(c, &granted)
					 : refuse(c, codes[state][0], codes[state][1]);
	crypt_wipe(&granted, sizeof granted);
	return rc;
}

static void
put_grant(void *arg, const struct auth_grant *grant)
{
	struct buf *b = arg;
	json_begin(b, '{');
	json_key(b, "client"), json_string(b, grant->client);
	json_key(b, "address"), json_string(b, grant->address);
	json_key(b, "agent"), json_string(b, grant->agent);
	json_key(b, "scope"), json_string(b, grant->scope);
	json_key(b, "created_at"), json_int(b, grant->created_at);
	json_key(b, "expires_at"), json_int(b, grant->expires_at);
	json_end(b, '}');
}

int
h_device_show(struct call *c, struct err *e)
{
	if (check_enabled(c, e) != 0)
		return -1;
	return auth_grant_show(c->state, c->values[SHOW_CODE].text, c->now, put_grant,
		&c->response->body, e);
}

int
h_device_approve(struct call *c, struct err *e)
{
	const struct value *scope = &c->values[APPROVE_SCOPE];
	if (check_enabled(c, e) != 0)
		return -1;
	return auth_grant_answer(c->state, &c->request->auth, &c->auth,
		c->values[APPROVE_CODE].text, scope->given ? scope->text : "drive",
		c->now, e);
}

int
h_device_deny(struct call *c, struct err *e)
{
	if (check_enabled(c, e) != 0)
		return -1;
	return auth_grant_answer(c->state, &c->request->auth, &c->auth,
		c->values[SHOW_CODE].text, NULL, c->now, e);
}

int
h_pair(struct call *c, struct err *e)
{
	char code[SECRET_SIZE];
	struct buf *b = &c->response->body, url = BUF_INIT;
	if (auth_grant_pair(c->state, &c->request->auth, &c->auth, c->now, code, e) != 0)
		return -1;
	auth_own_url(&url, &c->app->conf, &c->request->auth);
	buf_printf(&url, "#pair=%s", code);
	json_begin(b, '{');
	json_key(b, "url"), json_string(b, url.data);
	json_key(b, "expires_at"), json_int(b, c->now + GRANT_PAIR_MS);
	json_end(b, '}');
	crypt_wipe(code, sizeof code);
	crypt_wipe(url.data, url.len);
	buf_free(&url);
	c->response->status = 201;
	return 0;
}
