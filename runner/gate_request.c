/*
 * See gate.h, and RFC 9112. It is stricter than a server has to be: who asks is a program
 * with a proxy in its settings, and what two readers may understand in two ways is
 * refused.
 */
#include "config.h"

#include "runner/gate.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

struct text {
	const char *at;
	size_t len;
};

enum { BAD_REQUEST = 400, NOT_IMPLEMENTED = 501, PORT_HTTP = 80, NAMED_MAX = 16 };

static bool
is(struct text text, const char *word)
{
	return text.len == strlen(word) && strncasecmp(text.at, word, text.len) == 0;
}

static bool
is_token(struct text text)
{
	for (size_t i = 0; i < text.len; i++)
		if (!isalnum((unsigned char)text.at[i]) &&
			(text.at[i] == '\0' || !strchr("!#$%&'*+-.^_`|~", text.at[i])))
			return false;
	return text.len > 0;
}

static bool
is_visible(struct text text, bool spaces)
{
	for (size_t i = 0; i < text.len; i++) {
		unsigned char c = (unsigned char)text.at[i];
		bool space = c == ' ' || c == '\t';
		if (c == 127 || (c <= ' ' && !(spaces && space)))
			return false;
	}
	return true;
}

/* Up to the separator, which is skipped, or to the end. */
static struct text
take(struct text *rest, const char *separator)
{
	size_t n = strlen(separator);
	const char *end = memmem(rest->at, rest->len, separator, n);
	struct text taken = {rest->at, end ? (size_t)(end - rest->at) : rest->len};
	size_t used = end ? taken.len + n : taken.len;
	rest->at += used;
	rest->len -= used;
	return taken;
}

static struct text
trim(struct text text)
{
	while (text.len > 0 && strchr(" \t", *text.at) && *text.at)
		text.at++, text.len--;
	while (text.len > 0 && strchr(" \t", text.at[text.len - 1]) &&
		text.at[text.len - 1])
		text.len--;
	return text;
}

/* ---- the lines after the first ---- */

/* What Connection names, which is for us alone. */
struct named {
	struct text list[NAMED_MAX];
	size_t count;
};

static int
take_field(struct text *rest, struct text *name, struct text *value)
{
	struct text line = take(rest, "\r\n");
	*name = take(&line, ":");
	*value = trim(line);
	return is_token(*name) && line.at[-1] == ':' && is_visible(line, true) ? 0 : -1;
}

static int
collect_named(struct text fields, struct named *named)
{
	struct text name, value;
	while (fields.len > 0) {
		if (take_field(&fields, &name, &value) != 0)
			return -1;
		if (!is(name, "Connection"))
			continue;
		while (value.len > 0) {
			if (named->count == NAMED_MAX)
				return -1;
			named->list[named->count++] = trim(take(&value, ","));
		}
	}
	return 0;
}

static bool
is_ours(struct text name, const struct named *named)
{
	static const char *const ours[] = {"Connection", "Host", "Keep-Alive",
		"Proxy-Authenticate", "Proxy-Authorization", "Proxy-Connection", "TE",
		"Upgrade"};
	/* They say where a body ends, whatever is said of them. */
	static const char *const theirs[] = {"Content-Length", "Transfer-Encoding"};
	for (size_t i = 0; i < sizeof theirs / sizeof *theirs; i++)
		if (is(name, theirs[i]))
			return false;
	for (size_t i = 0; i < sizeof ours / sizeof *ours; i++)
		if (is(name, ours[i]))
			return true;
	for (size_t i = 0; i < named->count; i++)
		if (named->list[i].len == name.len &&
			strncasecmp(named->list[i].at, name.at, name.len) == 0)
			return true;
	return false;
}

static void
put_fields(struct buf *to, struct text fields, const struct named *named)
{
	struct text name, value;
	while (fields.len > 0 && take_field(&fields, &name, &value) == 0)
		if (!is_ours(name, named))
			buf_printf(to, "%.*s: %.*s\r\n", (int)name.len, name.at,
				(int)value.len, value.at);
}

/* ---- the first line ---- */

static int
read_tunnel(struct gate_request *request, struct text target)
{
	return host_read(&request->host, target.at, target.len) == 0 &&
			request->host.port != 0
		? 0
		: BAD_REQUEST;
}

/* "http://host:port/path?query" */
static int
read_forward(struct gate_request *request, struct text method, struct text target,
	struct text fields, const struct named *named)
{
	static const char scheme[] = "http://";
	size_t n = sizeof scheme - 1, authority;
	if (target.len < n || strncasecmp(target.at, scheme, n) != 0)
		return NOT_IMPLEMENTED;
	target.at += n;
	target.len -= n;
	for (authority = 0; authority < target.len; authority++)
		if (strchr("/?#", target.at[authority]))
			break;
	if (host_read(&request->host, target.at, authority) != 0)
		return BAD_REQUEST;
	if (request->host.port == 0)
		request->host.port = PORT_HTTP;
	const char *path = target.at + authority;
	buf_printf(&request->head, "%.*s %s%.*s HTTP/1.1\r\nHost: %.*s\r\n",
		(int)method.len, method.at,
		authority < target.len && *path == '/' ? "" : "/",
		(int)(target.len - authority), path, (int)authority, target.at);
	put_fields(&request->head, fields, named);
	buf_str(&request->head, "Connection: close\r\n\r\n");
	return 0;
}

static bool
is_version(struct text text)
{
	return is(text, "HTTP/1.1") || is(text, "HTTP/1.0");
}

int
gate_request_read(struct gate_request *request, const char *head, size_t len)
{
	struct text rest = {head, len - 2}, line = take(&rest, "\r\n");
	struct text method = take(&line, " "), target = take(&line, " ");
	struct named named = {.count = 0};
	*request = (struct gate_request){.head = BUF_INIT};
	if (!is_token(method) || target.len == 0 || !is_visible(target, false) ||
		!is_version(line) || collect_named(rest, &named) != 0)
		return BAD_REQUEST;
	if (is(method, "CONNECT")) {
		request->kind = GATE_TUNNEL;
		return read_tunnel(request, target);
	}
	if (*target.at == '/') {
		request->kind = GATE_ABOUT;
		return 0;
	}
	request->kind = GATE_FORWARD;
	return read_forward(request, method, target, rest, &named);
}

void
gate_request_clear(struct gate_request *request)
{
	buf_free(&request->head);
}
