/* See guard.h. */
#include "config.h"

#include "fcgi/guard.h"

#include "fcgi/limits.h"
#include "lib/db.h"
#include "lib/store/audit.h"
#include "lib/store/tunnel.h"

#include <stdlib.h>
#include <string.h>

static const char *
address_of(const struct call *c)
{
	return c->request->auth.address ? c->request->auth.address : "";
}

int
guard_origin(const struct call *c, struct err *e)
{
	const struct conf *conf = &c->app->conf;
	struct auth_request asks = c->request->auth;
	if (auth_guard(conf, &asks, e) == 0)
		return 0;
	if (strcmp(e->code, "host.refused") != 0 || !asks.host ||
		!tunnel_is_host(c->events, asks.host, c->now))
		return -1;
	asks.tunnel = true;
	return auth_guard(conf, &asks, e);
}

static int
check_set_up(struct call *c, struct err *e)
{
	if (atomic_load(&c->app->set_up))
		return 0;
	if (auth_setup_check(c->state, e) != 0)
		return -1;
	atomic_store(&c->app->set_up, true);
	return 0;
}

void
guard_cookie(struct call *c, const char *path, const char *token)
{
	struct buf cookie = BUF_INIT;
	auth_cookie(&cookie, &c->app->conf, &c->request->auth, path, token);
	response_header(c->response, "Set-Cookie", cookie.data);
	crypt_wipe(cookie.data, cookie.len);
	buf_free(&cookie);
}

/* When two cookies of ours were sent: removes both, so that a browser that collected them
 * (of two installations on one host, say) can sign in again. */
static void
remove_cookies(struct call *c)
{
	const char *prefix = c->app->conf.http_prefix;
	guard_cookie(c, prefix, NULL);
	if (strcmp(prefix, "/") != 0)
		guard_cookie(c, "/", NULL);
}

int
guard_capability(struct call *c, struct err *e)
{
	enum capability need = c->route->capability;
	if (need == CAP_ANYONE)
		return 0;
	if (check_set_up(c, e) != 0)
		return -1;
	if (need == CAP_SIGN_IN)
		return 0;
	if (auth_verify(c->state, &c->app->conf, &c->request->auth, c->now, &c->auth,
		    e) != 0) {
		if (e->status == 400)
			remove_cookies(c);
		return -1;
	}
	if ((need == CAP_USE && c->auth.role == AUTH_VIEWER) ||
		(need == CAP_ADMIN && c->auth.role != AUTH_ADMIN))
		return c->auth.role != c->auth.full_role
			? err_set(e, 403, "scope.refused",
				  "This key does not reach as far as this.")
			: err_set(e, 403, "role.refused",
				  "Your role (%s) does not allow this.",
				  auth_role_name(c->auth.role));
	if (need == CAP_ACCOUNT && !c->auth.whole)
		return err_set(e, 403, "scope.refused",
			"This key does not reach as far as this.");
	if (c->route->fresh)
		return auth_check_fresh(&c->app->conf, &c->auth, c->now, e);
	return 0;
}

static void
note(struct call *c, const char *action)
{
	const struct audit entry = {
		.at = c->now,
		.user = c->auth.user,
		.action = action,
		.subject = c->subject,
		.address = address_of(c),
	};
	struct err why = {0};
	if (db_begin(c->state, DB_NORMAL, &why) == 0) {
		if (audit_add(c->state, &entry, &why) == 0 &&
			db_commit(c->state, &why) == 0)
			return;
		db_rollback(c->state);
	}
	log_error(&c->app->log, "cannot note %s in the audit: %s", action, why.text);
}

void
guard_refused(struct call *c)
{
	if (!limits_note(c))
		return;
	char *action = xasprintf("%s.refused", c->route->limit->name);
	note(c, action);
	free(action);
}

void
guard_done(struct call *c)
{
	struct err why = {0};
	limits_give_back(c);
	if (c->route->audit)
		note(c, c->route->audit);
	if (*c->auth.user && auth_touch(c->state, &c->auth, c->now, &why) != 0)
		log_warning(&c->app->log, "cannot note a sign-in's last use: %s",
			why.text);
}
