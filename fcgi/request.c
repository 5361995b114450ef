/* See request.h. */
#include "config.h"

#include "fcgi/request.h"

#include "lib/utf8.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

static const char *
variable(char *const *env, const char *name)
{
	size_t n = strlen(name);
	for (; *env; env++)
		if (strncmp(*env, name, n) == 0 && (*env)[n] == '=')
			return *env + n + 1;
	return NULL;
}

/* A header's value; NULL when it is missing or empty (lighttpd and nginx differ there).
 */
static const char *
header(char *const *env, const char *name)
{
	const char *value = variable(env, name);
	return value && *value ? value : NULL;
}

/* nginx hands over each Cookie header by itself, lighttpd one that is joined. */
static char *
join_cookies(char *const *env)
{
	struct buf all = BUF_INIT;
	for (; *env; env++) {
		if (strncmp(*env, "HTTP_COOKIE=", 12) != 0)
			continue;
		if (all.len)
			buf_str(&all, "; ");
		buf_str(&all, *env + 12);
	}
	if (all.len)
		return buf_take(&all);
	buf_free(&all);
	return NULL;
}

static int
hex(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c = (char)(c | 0x20);
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

int
request_decode(char *out, const char *text, size_t len, bool plus)
{
	size_t n = 0;
	for (size_t i = 0; i < len; i++) {
		char c = text[i];
		if (c == '%') {
			if (i + 2 >= len || hex(text[i + 1]) < 0 || hex(text[i + 2]) < 0)
				return -1;
			c = (char)(hex(text[i + 1]) << 4 | hex(text[i + 2]));
			i += 2;
		} else if (plus && c == '+') {
			c = ' ';
		}
		if ((unsigned char)c < 0x20 || c == 0x7f)
			return -1;
		out[n++] = c;
	}
	out[n] = '\0';
	return utf8_count(out, n) < 0 ? -1 : (int)n;
}

static bool
has_dot_segment(const char *path)
{
	while (*path) {
		size_t n = strcspn(path, "/");
		if ((n == 1 && path[0] == '.') || (n == 2 && strncmp(path, "..", 2) == 0))
			return true;
		path += n + (path[n] == '/');
	}
	return false;
}

static bool
has_encoded_slash(const char *path, size_t len)
{
	for (size_t i = 0; i + 2 < len; i++)
		if (strncasecmp(path + i, "%2f", 3) == 0)
			return true;
	return false;
}

static int
take_path(struct request *r, const char *uri, const char *prefix, struct err *e)
{
	size_t len = strcspn(uri, "?"), skip = strlen(prefix);
	char *path = xcalloc(len + 1, 1);
	int n = request_decode(path, uri, len, false);
	if (n < 0 || *path != '/' || has_encoded_slash(uri, len) ||
		has_dot_segment(path)) {
		free(path);
		return err_field(e, "path",
			"The path of this request is not acceptable.");
	}
	r->query = uri[len] == '?' ? uri + len + 1 : "";
	if (strncmp(path, prefix, skip) == 0)
		r->path = xstrdup(path + skip);
	free(path);
	return 0;
}

static int
take_length(struct request *r, const char *text, struct err *e)
{
	size_t n = text ? strlen(text) : 0;
	if (n == 0)
		return 0;
	if (n > 15 || strspn(text, "0123456789") != n)
		return err_field(e, "Content-Length",
			"The Content-Length is not a number.");
	r->length = strtoll(text, NULL, 10);
	r->sized = true;
	return 0;
}

static int
port_of(const char *text)
{
	long port = text ? strtol(text, NULL, 10) : 0;
	return port > 0 && port <= 65535 ? (int)port : 0;
}

int
request_parse(struct request *r, char *const *env, const char *prefix, struct err *e)
{
	const char *uri = variable(env, "REQUEST_URI"),
		   *method = header(env, "REQUEST_METHOD");
	const char *type = header(env, "CONTENT_TYPE"), *https = header(env, "HTTPS");
	*r = (struct request){
		.method = method ? method : "",
		.query = "",
		.type = type ? type : "",
		.cookies = join_cookies(env),
		.port = port_of(header(env, "SERVER_PORT")),
		.if_match = header(env, "HTTP_IF_MATCH"),
		.if_none_match = header(env, "HTTP_IF_NONE_MATCH"),
		.range = header(env, "HTTP_RANGE"),
		.if_range = header(env, "HTTP_IF_RANGE"),
	};
	r->auth = (struct auth_request){
		.method = r->method,
		.host = header(env, "HTTP_HOST"),
		.cookie = r->cookies,
		.authorization = header(env, "HTTP_AUTHORIZATION"),
		.origin = header(env, "HTTP_ORIGIN"),
		.fetch_site = header(env, "HTTP_SEC_FETCH_SITE"),
		.agent = header(env, "HTTP_USER_AGENT"),
		.address = header(env, "REMOTE_ADDR"),
		.https = https && strcasecmp(https, "on") == 0,
	};
	if (take_path(r, uri ? uri : "", prefix, e) != 0)
		return -1;
	return take_length(r, variable(env, "CONTENT_LENGTH"), e);
}

void
request_free(struct request *r)
{
	free(r->path);
	free(r->cookies);
	*r = (struct request){0};
}
