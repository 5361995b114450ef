/* See router.h. */
#include "config.h"

#include "fcgi/router.h"

#include "fcgi/guard.h"
#include "fcgi/param.h"
#include "lib/clock.h"

#include <string.h>
#include <strings.h>

bool
router_matches(const char *pattern, const char *path)
{
	for (;;) {
		size_t n = strcspn(pattern, "/"), m = strcspn(path, "/");
		if (*pattern == '<' ? m == 0 : n != m || strncmp(pattern, path, n) != 0)
			return false;
		pattern += n;
		path += m;
		if (!*pattern || !*path)
			return *pattern == *path;
		pattern++;
		path++;
	}
}

/* HEAD is GET whose body is not sent. */
static const char *
effective_method(const struct request *r)
{
	return strcmp(r->method, "HEAD") == 0 ? "GET" : r->method;
}

static int
wrong_method(struct response *response, const struct request *r, struct err *e)
{
	struct buf allow = BUF_INIT;
	for (int i = 0; i < route_count; i++)
		if (router_matches(routes[i].path, r->path)) {
			buf_str(&allow, allow.len ? ", " : "");
			buf_str(&allow, routes[i].method);
			if (strcmp(routes[i].method, "GET") == 0)
				buf_str(&allow, ", HEAD");
		}
	response_header(response, "Allow", allow.data);
	buf_free(&allow);
	return err_set(e, 405, "method.not_allowed", "This address does not do that.");
}

static int
find_route(struct call *c, struct err *e)
{
	const struct request *r = c->request;
	bool known = false;
	for (int i = 0; r->path && i < route_count; i++) {
		if (!router_matches(routes[i].path, r->path))
			continue;
		known = true;
		if (strcmp(routes[i].method, effective_method(r)) == 0) {
			c->route = &routes[i];
			return 0;
		}
	}
	if (known)
		return wrong_method(c->response, r, e);
	return err_set(e, 404, "route.unknown", "There is nothing at this address.");
}

/* True for "application/json" and for it with parameters. */
static bool
is_type(const char *header, const char *type)
{
	size_t n = strlen(type), end = strcspn(header, "; \t");
	return end == n && strncasecmp(header, type, n) == 0;
}

static int
check_body(const struct call *c, struct err *e)
{
	static const char *const types[] = {
		[BODY_JSON] = "application/json",
		[BODY_BYTES] = "application/octet-stream",
	};
	const struct request *r = c->request;
	const char *want = types[c->route->body];
	if (!want)
		return r->length == 0 ? 0 : err_field(e, "body", "This takes no body.");
	if (r->length == 0)
		return c->route->body == BODY_JSON
			? 0
			: err_field(e, "body", "The body is empty.");
	if (!is_type(r->type, want))
		return err_set(e, 415, "request.media_type", "The body must be %s.",
			want);
	if ((uint64_t)r->length > c->route->body_max)
		return err_set(e, 413, "request.too_large",
			"The body may have at most %zu bytes.", c->route->body_max);
	return 0;
}

static int
read_body(struct call *c, const struct source *source, struct buf *body, struct err *e)
{
	size_t length = (size_t)c->request->length;
	if (length == 0)
		return 0;
	char *to = buf_room(body, length);
	body->len = source->read(source->arg, to, length);
	to[body->len] = '\0';
	if (body->len != length)
		return err_field(e, "body", "The body ended too early.");
	return 0;
}

/* Everything up to and including the handler. */
static int
run(struct call *c, const struct source *source, struct params *params, struct buf *body,
	struct err *e)
{
	if (guard_origin(c, e) != 0 || find_route(c, e) != 0 ||
		guard_capability(c, e) != 0 || check_body(c, e) != 0 ||
		read_body(c, source, body, e) != 0 ||
		param_take(params, c, body->data, body->len, e) != 0)
		return -1;
	if (c->route->body == BODY_BYTES) {
		c->bytes = body->data;
		c->length = body->len;
	}
	return c->route->handle(c, e);
}

static void
fail(struct call *c, struct err *e)
{
	const char *method = c->route ? c->route->method : "-";
	const char *path = c->route ? c->route->path : "-";
	if (c->route && c->route->limit && (e->status == 401 || e->status == 403))
		guard_refused(c, e);
	if (e->status == 401) /* RFC 9110, 15.5.2 */
		response_header(c->response, "WWW-Authenticate", "Bearer");
	if (e->status == 503)
		response_header(c->response, "Retry-After", "1");
	if (e->status >= 500 && strcmp(e->code, "setup.required") != 0)
		log_error(&c->app->log, "%s %s: %d %s: %s", method, path, e->status,
			e->code, e->text);
	else
		log_info(&c->app->log, "%s %s: %d %s%s%s: %s", method, path, e->status,
			e->code, *e->field ? " " : "", e->field, e->text);
	response_error(c->response, e);
}

void
router_answer(struct app *app, struct db *state, struct db *events, char *const *env,
	const struct source *source, struct buf *out)
{
	struct request request;
	struct response response = RESPONSE_INIT;
	struct params params = PARAMS_INIT;
	struct buf body = BUF_INIT;
	struct err e = {0};
	struct call c = {
		.app = app,
		.state = state,
		.events = events,
		.request = &request,
		.now = clock_now(),
		.response = &response,
	};
	if (request_parse(&request, env, app->conf.http_prefix, &e) != 0 ||
		run(&c, source, &params, &body, &e) != 0)
		fail(&c, &e);
	else
		guard_done(&c);
	response_write(&response, strcmp(request.method, "HEAD") == 0, out);
	if (body.data)
		crypt_wipe(body.data, body.len);
	buf_free(&body);
	param_free(&params);
	response_free(&response);
	request_free(&request);
}
