/* Becoming someone, and being it: set-up, sign-in and sign-out. */
#include "config.h"

#include "fcgi/guard.h"
#include "fcgi/handlers.h"
#include "fcgi/provider.h"
#include "lib/json.h"

#include <stdio.h>

static void
put_user(struct buf *b, const struct auth *auth)
{
	json_key(b, "user"), json_begin(b, '{');
	json_key(b, "id"), json_string(b, auth->user);
	json_key(b, "name"), json_string(b, auth->name);
	json_key(b, "role"), json_string(b, auth_role_name(auth->role));
	json_end(b, '}');
}

/* Starts an authentication session for c->auth and sends its cookie. */
static int
sign_in(struct call *c, struct err *e)
{
	char token[AUTH_TOKEN_SIZE];
	if (auth_sign_in(c->state, &c->app->conf, &c->request->auth, c->now, &c->auth,
		    token, e) != 0)
		return -1;
	guard_cookie(c, c->app->conf.http_prefix, token);
	crypt_wipe(token, sizeof token);
	return 0;
}

int
h_setup(struct call *c, struct err *e)
{
	char key[AUTH_KEY_SIZE];
	struct buf *b = &c->response->body;
	struct auth found;
	if (auth_setup_redeem(c->state, &c->request->auth, c->values[SETUP_CODE].text,
		    c->values[SETUP_NAME].text, c->now, &found, key, e) != 0)
		return -1;
	c->auth = found;
	json_begin(b, '{');
	put_user(b, &c->auth);
	json_key(b, "key"), json_string(b, key);
	json_end(b, '}');
	crypt_wipe(key, sizeof key);
	c->response->status = 201;
	return sign_in(c, e);
}

int
h_auth_config(struct call *c, struct err *e)
{
	struct buf *b = &c->response->body;
	const struct auth_provider *p;
	int pending = auth_setup_pending(c->state, e);
	if (pending < 0)
		return -1;
	json_begin(b, '{');
	json_key(b, "providers"), json_begin(b, '[');
	for (int i = 0; (p = provider_at(&c->app->conf, i)); i++) {
		if (!p->label)
			continue;
		json_begin(b, '{');
		json_key(b, "name"), json_string(b, p->name);
		json_key(b, "label"), json_string(b, p->label);
		json_key(b, "links"), json_truth(b, p->links);
		json_end(b, '}');
	}
	json_end(b, ']');
	json_key(b, "setup_required"), json_truth(b, pending);
	json_key(b, "version"), json_string(b, PACKAGE_VERSION);
	json_key(b, "build"), json_string(b, c->app->build);
	json_end(b, '}');
	return 0;
}

static int
begin(struct call *c, const struct auth *link, struct err *e)
{
	const struct auth_provider *p =
		provider_find(&c->app->conf, c->values[BEGIN_PROVIDER].text);
	if (!p || !p->begin || (link && !p->links))
		return err_field(e, "provider", "There is nothing to begin with this.");
	json_begin(&c->response->body, '{');
	int rc = p->begin(c, link, e);
	json_end(&c->response->body, '}');
	return rc;
}

int
h_begin(struct call *c, struct err *e)
{
	return begin(c, NULL, e);
}

int
h_link(struct call *c, struct err *e)
{
	return begin(c, &c->auth, e);
}

int
h_login(struct call *c, struct err *e)
{
	const struct auth_provider *p =
		provider_find(&c->app->conf, c->values[LOGIN_PROVIDER].text);
	struct auth found;
	if (!p)
		return err_field(e, "provider", "There is no such way to sign in.");
	if (p->finish(c, &found, e) != 0)
		return -1;
	c->auth = found;
	snprintf(c->auth.provider, sizeof c->auth.provider, "%s", p->name);
	c->auth.fresh_at = c->now;
	if (sign_in(c, e) != 0)
		return -1;
	json_begin(&c->response->body, '{');
	put_user(&c->response->body, &c->auth);
	json_end(&c->response->body, '}');
	return 0;
}

int
h_me(struct call *c, struct err *e)
{
	struct buf *b = &c->response->body;
	(void)e;
	json_begin(b, '{');
	put_user(b, &c->auth);
	json_key(b, "via"), json_string(b, c->auth.by_key ? "key" : "cookie");
	json_key(b, "expires_at");
	if (c->auth.expires_at)
		json_int(b, c->auth.expires_at);
	else
		json_null(b);
	json_key(b, "host"), json_string(b, c->app->host);
	json_end(b, '}');
	return 0;
}

int
h_logout(struct call *c, struct err *e)
{
	if (auth_sign_out(c->state, &c->request->auth, c->now, &c->auth, e) != 0)
		return -1;
	guard_cookie(c, c->app->conf.http_prefix, NULL);
	return 0;
}
