/* See http.h: all but the request itself. */
#include "config.h"

#include "lib/http.h"

#include "lib/json.h"
#include "lib/json_read.h"

#include <ctype.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

void
http_request_write(struct buf *out, const struct http_request *request)
{
	json_begin(out, '{');
	json_put_text(out, "url", request->url);
	json_put_text(out, "form", request->form);
	json_put_text(out, "authorization", request->authorization);
	json_key(out, "timeout_ms");
	json_int(out, request->timeout_ms);
	json_key(out, "most");
	json_int(out, (int64_t)request->most);
	json_key(out, "plain");
	json_truth(out, request->plain);
	json_key(out, "status_only");
	json_truth(out, request->status_only);
	json_end(out, '}');
}

int
http_request_read(struct http_request *request, struct json_object *json)
{
	*request = (struct http_request){
		.url = json_member_text(json, "url"),
		.form = json_member_text(json, "form"),
		.authorization = json_member_text(json, "authorization"),
		.timeout_ms = (int)json_member_int(json, "timeout_ms", 0),
		.most = (size_t)json_member_int(json, "most", 0),
		.plain = json_member_truth(json, "plain"),
		.status_only = json_member_truth(json, "status_only"),
	};
	return request->url && request->timeout_ms > 0 ? 0 : -1;
}

void
http_answer_write(struct buf *out, int status, const char *reason, const struct buf *body)
{
	if (status == 0) {
		buf_printf(out, "0 %s\n", reason);
		return;
	}
	buf_printf(out, "%d\n", status);
	buf_add(out, body->data, body->len);
}

int
http_answer_read(const struct buf *said, int *status, size_t *body, struct err *e)
{
	char *end = said->len ? memchr(said->data, '\n', said->len) : NULL, *rest;
	if (!end)
		return err_set(e, 502, "http.failed",
			"dispatch-http ended without an answer.");
	*status = (int)strtol(said->data, &rest, 10);
	*body = (size_t)(end + 1 - said->data);
	if (*status > 0)
		return 0;
	rest += *rest == ' ';
	return err_set(e, 502, "http.failed", "%.*s", (int)(end - rest), rest);
}

bool
http_is_loopback(const char *url)
{
	static const char *const hosts[] = {"http://127.0.0.1", "http://localhost",
		"http://[::1]"};
	static const char below[] = ".localhost"; /* RFC 6761, 6.3 */
	size_t host = strncmp(url, "http://", 7) == 0 ? strcspn(url + 7, ":/?#@") : 0;
	size_t tail = sizeof below - 1;
	if (host > tail && strncmp(url + 7 + host - tail, below, tail) == 0)
		return !*(url + 7 + host) || strchr(":/", url[7 + host]);
	for (size_t i = 0; i < sizeof hosts / sizeof *hosts; i++) {
		size_t n = strlen(hosts[i]);
		if (strncmp(url, hosts[i], n) == 0 &&
			(url[n] == '\0' || url[n] == ':' || url[n] == '/'))
			return true;
	}
	return false;
}

int
http_check_base(const char *url)
{
	size_t n = strlen(url);
	bool good = strncmp(url, "https://", 8) == 0 ? n > 8 : http_is_loopback(url);
	for (const char *c = url; *c; c++)
		good = good && (unsigned char)*c > ' ' && *c != 0x7f &&
			!strchr("@?#\"\\", *c);
	return good && url[n - 1] != '/' ? 0 : -1;
}

void
http_encode(struct buf *out, const char *text)
{
	for (; *text; text++) {
		unsigned char c = (unsigned char)*text;
		if ((c < 0x80 && isalnum(c)) || strchr("-._~", c))
			buf_char(out, (char)c);
		else
			buf_printf(out, "%%%02X", c);
	}
}
