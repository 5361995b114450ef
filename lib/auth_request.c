/*
 * Where a request comes from, by its headers alone: Host, Origin, Sec-Fetch-Site, and the
 * cookie's name and attributes. No database.
 *
 * A connection counts as safe when the web server speaks TLS, or when TLS must end before
 * it, because people reach us under a name that is not this machine's loopback. There the
 * cookie is always Secure and our origin always https, so plain HTTP from elsewhere
 * cannot sign in.
 */
#include "config.h"

#include "lib/auth_request.h"

#include "lib/conf.h"

#include <string.h>
#include <strings.h>

static bool
is_port(const char *text)
{
	size_t n = strspn(text, "0123456789");
	return n >= 1 && n <= 5 && text[n] == '\0';
}

/* localhost, 127.0.0.1 or [::1], with any port. */
static bool
is_loopback(const char *host)
{
	static const char *const names[] = {"localhost", "127.0.0.1", "[::1]"};
	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		size_t n = strlen(names[i]);
		if (strncasecmp(host, names[i], n) == 0 &&
			(host[n] == '\0' || (host[n] == ':' && is_port(host + n + 1))))
			return true;
	}
	return false;
}

/* True when the list, with commas and blanks between names, has the host. */
static bool
is_listed(const char *list, const char *host)
{
	size_t length = strlen(host);
	while (*list) {
		list += strspn(list, ", \t");
		size_t n = strcspn(list, ", \t");
		if (n && n == length && strncasecmp(list, host, n) == 0)
			return true;
		list += n;
	}
	return false;
}

static bool
is_own_host(const struct conf *conf, const char *host)
{
	if (!host || !*host)
		return false;
	if (strspn(conf->http_hosts, ", \t") == strlen(conf->http_hosts))
		return is_loopback(host);
	return is_listed(conf->http_hosts, host);
}

static bool
is_own_origin(const struct auth_request *request)
{
	const char *origin = request->origin;
	if (strncmp(origin, "https://", 8) == 0)
		return strcasecmp(origin + 8, request->host) == 0;
	return is_loopback(request->host) && strncmp(origin, "http://", 7) == 0 &&
		strcasecmp(origin + 7, request->host) == 0;
}

/* Whether who speaks with the web server is on this machine: a browser, or where TLS
 * ends. */
static bool
is_here(const char *address)
{
	static const char *const here[] = {"127.", "::1", "::ffff:127.", "unix:"};
	if (!address || !*address)
		return true;
	for (size_t i = 0; i < sizeof here / sizeof *here; i++)
		if (strncmp(address, here[i], strlen(here[i])) == 0)
			return true;
	return false;
}

static int
check_transport(const struct conf *conf, const struct auth_request *request,
	struct err *e)
{
	if (request->https || conf->http_plain || is_here(request->address))
		return 0;
	return err_set(e, 403, "https.required",
		"Dispatch answers other machines only by HTTPS; see the setting "
		"http.plain.");
}

static int
refuse_origin(struct err *e)
{
	return err_set(e, 403, "origin.refused",
		"This request does not come from Dispatch's own pages.");
}

int
auth_guard(const struct conf *conf, const struct auth_request *request, struct err *e)
{
	bool changes = strcmp(request->method, "GET") != 0 &&
		strcmp(request->method, "HEAD") != 0;
	bool own = false;
	if (check_transport(conf, request, e) != 0)
		return -1;
	if (!request->tunnel && !is_own_host(conf, request->host))
		return err_set(e, 421, "host.refused",
			"Dispatch does not answer under this host name; see the setting "
			"http.hosts.");
	if (request->origin && !is_own_origin(request))
		return refuse_origin(e);
	own = request->origin != NULL;
	if (request->fetch_site && strcmp(request->fetch_site, "same-origin") == 0)
		own = true;
	else if (request->fetch_site &&
		(strcmp(request->fetch_site, "none") != 0 || changes || request->stream))
		return refuse_origin(e);
	if ((changes || request->stream) && !own && !request->authorization &&
		auth_request_has_cookie(conf, request))
		return refuse_origin(e);
	return 0;
}

static bool
is_safe(const struct auth_request *request)
{
	return request->https || !request->host || !is_loopback(request->host);
}

/* Of the sign-in, and of one that leads elsewhere first. */
enum cookie { SIGNED_IN, BEGUN };

static const char *
cookie_name(const struct conf *conf, const struct auth_request *request,
	enum cookie cookie)
{
	static const char *const names[][2] = {
		{"dispatch", "dispatch-begun"},
		{"__Host-dispatch", "__Host-dispatch-begun"},
		{"__Secure-dispatch", "__Secure-dispatch-begun"},
	};
	int safe = !is_safe(request) ? 0 : strcmp(conf->http_prefix, "/") == 0 ? 1 : 2;
	return names[safe][cookie];
}

/* How many cookies have our name; *value and *len are set to the last one's value. */
static int
find_cookies(const char *cookie, const char *name, const char **value, size_t *len)
{
	size_t n = strlen(name);
	int count = 0;
	while (cookie && *cookie) {
		cookie += strspn(cookie, "; \t");
		size_t end = strcspn(cookie, ";");
		if (end > n && strncmp(cookie, name, n) == 0 && cookie[n] == '=') {
			*value = cookie + n + 1;
			*len = end - n - 1;
			count++;
		}
		cookie += end;
	}
	return count;
}

bool
auth_request_has_cookie(const struct conf *conf, const struct auth_request *request)
{
	const char *value;
	size_t len;
	return find_cookies(request->cookie, cookie_name(conf, request, SIGNED_IN),
		       &value, &len) > 0;
}

static int
take_token(const struct auth_request *request, const char *name,
	char token[AUTH_TOKEN_SIZE], struct err *e)
{
	const char *value = NULL;
	size_t len = 0;
	int count = find_cookies(request->cookie, name, &value, &len);
	if (count > 1)
		return err_field(e, "cookie", "The cookie %s came twice.", name);
	if (count == 0 || len != SECRET_LENGTH)
		return 0;
	memcpy(token, value, len);
	token[len] = '\0';
	return 1;
}

int
auth_request_token(const struct conf *conf, const struct auth_request *request,
	char token[AUTH_TOKEN_SIZE], struct err *e)
{
	return take_token(request, cookie_name(conf, request, SIGNED_IN), token, e);
}

int
auth_request_begun(const struct conf *conf, const struct auth_request *request,
	char token[AUTH_TOKEN_SIZE], struct err *e)
{
	return take_token(request, cookie_name(conf, request, BEGUN), token, e);
}

static void
put_cookie(struct buf *out, const struct auth_request *request, const char *name,
	const char *path, const char *token, int64_t seconds)
{
	buf_printf(out, "%s=%s; Path=%s; Max-Age=%lld; HttpOnly; SameSite=Lax%s", name,
		token ? token : "", path, token ? (long long)seconds : 0,
		is_safe(request) ? "; Secure" : "");
}

void
auth_cookie(struct buf *out, const struct conf *conf, const struct auth_request *request,
	const char *path, const char *token)
{
	put_cookie(out, request, cookie_name(conf, request, SIGNED_IN), path, token,
		conf->auth_lifetime);
}

void
auth_cookie_begun(struct buf *out, const struct conf *conf,
	const struct auth_request *request, const char *path, const char *token)
{
	put_cookie(out, request, cookie_name(conf, request, BEGUN), path, token,
		AUTH_STATE_MS / 1000);
}

void
auth_own_url(struct buf *out, const struct conf *conf, const struct auth_request *request)
{
	buf_printf(out, "%s://%s%s", is_safe(request) ? "https" : "http",
		request->host ? request->host : "", conf->http_prefix);
}
