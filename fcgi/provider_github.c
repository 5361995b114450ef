/*
 * Signing in with GitHub, or with a GitHub Enterprise Server: the authorization code
 * grant (RFC 6749, 4.1) with PKCE (RFC 7636). GitHub sends the browser back to our page,
 * which passes code and state on to POST api/auth/login; so no GET changes anything, and
 * the cookies of that request are those of our own page.
 *
 * People are told apart by their numeric id, never by their name, which they can change
 * and others can take. The token is used for two questions and then forgotten.
 */
#include "config.h"

#include "fcgi/github_answer.h"
#include "fcgi/guard.h"
#include "fcgi/handlers.h"
#include "fcgi/outside.h"
#include "fcgi/provider.h"
#include "lib/auth_identity.h"
#include "lib/http.h"
#include "lib/json.h"
#include "lib/json_read.h"
#include "lib/path.h"
#include "lib/secret_file.h"

#include <json-c/json.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
	TIMEOUT_MS = 5000,
	ANSWER_MOST = 64 * 1024,
	SECRET_MOST = 200,
	SUBJECT_SIZE = 320,
};

static bool
enabled(const struct conf *conf)
{
	return *conf->github_client_id && http_check_base(conf->github_url) == 0;
}

/* The base of the API: of github.com it has a host of its own. */
static char *
api_url(const struct conf *conf, const char *path)
{
	if (strcmp(conf->github_url, "https://github.com") == 0)
		return xasprintf("https://api.github.com%s", path);
	return xasprintf("%s/api/v3%s", conf->github_url, path);
}

static void
put(struct buf *b, const char *name, const char *value)
{
	buf_printf(b, "%s=", name);
	http_encode(b, value);
}

/* The parameters both of the page at GitHub and of the request for the token. */
static void
put_client(struct call *c, struct buf *b)
{
	struct buf own = BUF_INIT;
	auth_own_url(&own, &c->app->conf, &c->request->auth);
	put(b, "client_id", c->app->conf.github_client_id);
	put(b, "&redirect_uri", own.data);
	buf_free(&own);
}

/* SHA-256 of the verifier as base64url without padding (RFC 7636, 4.2). */
static void
put_challenge(struct buf *b, const char *verifier)
{
	uint8_t hash[SHA256_SIZE];
	struct buf text = BUF_INIT;
	crypt_sha256(verifier, strlen(verifier), hash);
	crypt_base64(&text, hash, sizeof hash);
	for (char *at = text.data; *at && *at != '='; at++)
		buf_char(b, *at == '+' ? '-' : *at == '/' ? '_' : *at);
	buf_free(&text);
}

static void
send_cookie(struct call *c, const char *value)
{
	struct buf cookie = BUF_INIT;
	auth_cookie_begun(&cookie, &c->app->conf, &c->request->auth,
		c->app->conf.http_prefix, value);
	response_header(c->response, "Set-Cookie", cookie.data);
	crypt_wipe(cookie.data, cookie.len);
	buf_free(&cookie);
}

static int
begin(struct call *c, const struct auth *link, struct err *e)
{
	const struct conf *conf = &c->app->conf;
	struct auth_begun begun;
	struct buf url = BUF_INIT;
	if (auth_identity_begin(c->state, "github", link, c->now, &begun, e) != 0)
		return -1;
	buf_printf(&url, "%s/login/oauth/authorize?response_type=code&",
		conf->github_url);
	put_client(c, &url);
	put(&url, "&state", begun.state);
	if (*conf->github_organisations)
		put(&url, "&scope", "read:org");
	buf_str(&url, "&code_challenge_method=S256&code_challenge=");
	put_challenge(&url, begun.verifier);
	send_cookie(c, begun.cookie);
	json_key(&c->response->body, "url"), json_string(&c->response->body, url.data);
	crypt_wipe(&begun, sizeof begun);
	buf_free(&url);
	return 0;
}

static int
read_secret(const struct conf *conf, struct buf *out, struct err *e)
{
	char *path = *conf->github_secret_file ? xstrdup(conf->github_secret_file)
					       : path_join(conf->dir, "github.secret");
	int rc = secret_file_read(path, SECRET_MOST, out, e);
	free(path);
	return rc;
}

/* Why something at GitHub failed goes into the log; who signs in learns that it did. */
static int
failed(struct call *c, const char *what, const char *why, struct err *e)
{
	log_warning(&c->app->log, "sign-in with GitHub: %s: %s", what, why);
	return err_set(e, 502, "github.failed",
		"GitHub could not be asked who you are. Try again later.");
}

/* Sends and parses; *out is an object. Its status is 0 when that failed. */
static int
ask(struct call *c, const char *what, const struct http_request *request, int *status,
	struct json_object **out, struct err *e)
{
	struct buf body = BUF_INIT;
	struct err why = {0};
	int rc = outside_ask(request, status, &body, &why);
	if (rc == 0)
		rc = github_answer(body.data ? body.data : "", body.len, out, &why);
	if (body.data)
		crypt_wipe(body.data, body.len);
	buf_free(&body);
	return rc == 0 ? 0 : failed(c, what, why.text, e);
}

static int
denied(struct err *e)
{
	return err_set(e, 401, "auth.denied",
		"GitHub does not accept this sign-in. "
		"Begin again.");
}

/* Exchanges the code; appends "Bearer <token>". */
static int
fetch_token(struct call *c, const char *verifier, struct buf *out, struct err *e)
{
	const struct conf *conf = &c->app->conf;
	struct buf form = BUF_INIT, secret = BUF_INIT;
	struct json_object *json = NULL;
	char *url = xasprintf("%s/login/oauth/access_token", conf->github_url);
	int status = 0, rc = read_secret(conf, &secret, e);
	if (rc == 0) {
		put_client(c, &form);
		put(&form, "&grant_type", "authorization_code");
		put(&form, "&client_secret", secret.data);
		put(&form, "&code", c->values[LOGIN_OAUTH_CODE].text);
		put(&form, "&code_verifier", verifier);
		const struct http_request request = {url, form.data, NULL, TIMEOUT_MS,
			ANSWER_MOST};
		rc = ask(c, "token", &request, &status, &json, e);
		crypt_wipe(form.data, form.len);
		crypt_wipe(secret.data, secret.len);
	}
	const char *token = github_answer_token(json);
	if (rc == 0 && (status != 200 || !token))
		rc = status >= 500 || status / 100 == 3
			? failed(c, "token", "not a token", e)
			: denied(e); /* GitHub says so with 200 */
	if (rc == 0)
		buf_printf(out, "Bearer %s", token);
	json_object_put(json);
	buf_free(&form);
	buf_free(&secret);
	free(url);
	return rc;
}

/* GET of the API with the token. */
static int
ask_api(struct call *c, const char *path, const char *token, int *status,
	struct json_object **out, struct err *e)
{
	char *url = api_url(&c->app->conf, path);
	const struct http_request request = {url, NULL, token, TIMEOUT_MS, ANSWER_MOST};
	int rc = ask(c, path, &request, status, out, e);
	free(url);
	return rc;
}

/* Calls found() with each word of a list with commas until it returns nonzero; returns
 * that.
 */
static int
each_word(const char *list, int (*found)(void *arg, const char *word), void *arg)
{
	char *copy = xstrdup(list), *at = copy, *word;
	int rc = 0;
	while (rc == 0 && (word = strsep(&at, ", \t")))
		if (*word)
			rc = found(arg, word);
	free(copy);
	return rc;
}

static int
is_same(void *arg, const char *word)
{
	return strcmp(word, arg) == 0;
}

struct member {
	struct call *c;
	const char *token;
	struct err *e;
};

/* 1: a member; 0: not; -1: error. */
static int
is_member(void *arg, const char *organisation)
{
	struct member *m = arg;
	struct json_object *json = NULL;
	struct buf path = BUF_INIT;
	int status = 0;
	buf_str(&path, "/user/memberships/orgs/");
	http_encode(&path, organisation);
	int rc = ask_api(m->c, path.data, m->token, &status, &json, m->e);
	if (rc == 0)
		rc = status == 200 && github_answer_active(json);
	json_object_put(json);
	buf_free(&path);
	return rc;
}

static int
is_listed(struct call *c, char *id, const char *token, struct err *e)
{
	const struct conf *conf = &c->app->conf;
	struct member member = {c, token, e};
	if (each_word(conf->github_users, is_same, id))
		return 1;
	return each_word(conf->github_organisations, is_member, &member);
}

/* Who the token belongs to. */
static int
recognise(struct call *c, const char *token, const char *link, struct auth *out,
	struct err *e)
{
	struct json_object *json = NULL;
	char subject[SUBJECT_SIZE], id[24];
	int status = 0, rc = ask_api(c, "/user", token, &status, &json, e);
	int64_t number;
	const char *name;
	bool known = github_answer_user(json, &number, &name);
	if (rc == 0 && (status != 200 || !known))
		rc = failed(c, "/user", "not a user", e);
	if (rc == 0) {
		snprintf(id, sizeof id, "%lld", (long long)number);
		snprintf(subject, sizeof subject, "%.280s %s", c->app->conf.github_url,
			id);
		rc = *link ? 0 : is_listed(c, id, token, e);
	}
	if (rc >= 0) {
		const struct auth_foreigner who = {.provider = "github",
			.subject = subject,
			.name = name,
			.listed = rc > 0,
			.link = link};
		rc = auth_identity_sign_in(c->state, &c->request->auth, &who, c->now, out,
			e);
	}
	json_object_put(json);
	return rc;
}

/* Only who began to link, and is still signed in, can end it. */
static int
check_link(struct call *c, const char *link, struct err *e)
{
	struct auth now;
	if (!*link)
		return 0;
	if (auth_verify(c->state, &c->app->conf, &c->request->auth, c->now, &now, e) != 0)
		return -1;
	return strcmp(now.user, link) == 0
		? 0
		: err_set(e, 403, "auth.state", "Somebody else began this. Begin again.");
}

static int
finish(struct call *c, struct auth *out, struct err *e)
{
	char verifier[AUTH_VERIFIER_SIZE], link[ID_SIZE] = "";
	struct buf token = BUF_INIT;
	if (!c->values[LOGIN_OAUTH_CODE].given || !c->values[LOGIN_STATE].given)
		return err_field(e, "state", "code and state are missing.");
	int rc = auth_identity_return(c->state, &c->app->conf, &c->request->auth,
		"github", c->values[LOGIN_STATE].text, c->now, verifier, link, e);
	if (rc == 0)
		rc = check_link(c, link, e);
	if (rc == 0)
		rc = fetch_token(c, verifier, &token, e);
	if (rc == 0)
		rc = recognise(c, token.data, link, out, e);
	if (rc == 0)
		send_cookie(c, NULL);
	if (token.data)
		crypt_wipe(token.data, token.len);
	buf_free(&token);
	crypt_wipe(verifier, sizeof verifier);
	return rc;
}

const struct auth_provider provider_github = {
	.name = "github",
	.label = "GitHub",
	.links = true,
	.enabled = enabled,
	.begin = begin,
	.finish = finish,
};
