/* See router.h. */
#include "config.h"

#include "fcgi/router.h"

#include "fcgi/guard.h"
#include "fcgi/limits.h"
#include "fcgi/param.h"
#include "lib/clock.h"
#include "lib/json.h"

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
	const struct route *route;
	for (int i = 0; (route = route_at(i)); i++)
		if (router_matches(route->path, r->path)) {
			buf_str(&allow, allow.len ? ", " : "");
			buf_str(&allow, route->method);
			if (strcmp(route->method, "GET") == 0)
				buf_str(&allow, ", HEAD");
		}
	response_header(response, "Allow", allow.data);
	buf_free(&allow);
	return err_set(e, 405, "method.not_allowed", "This address does not do that.");
}

/* A web server that sends a request to the wrong socket should be told so. */
static int
check_pool(const struct call *c, struct err *e)
{
	if (c->app->pool == POOL_ALL || c->app->pool == c->route->pool)
		return 0;
	return err_set(e, 421, "pool.wrong",
		"The web server must pass this address to the %s (%s).",
		c->route->pool == POOL_FILES ? "files pool" : "main pool",
		c->route->pool == POOL_FILES ? "run/files.sock" : "run/fcgi.sock");
}

static int
find_route(struct call *c, struct err *e)
{
	const struct request *r = c->request;
	bool known = false;
	const struct route *route;
	for (int i = 0; r->path && (route = route_at(i)); i++) {
		if (!router_matches(route->path, r->path))
			continue;
		known = true;
		if (strcmp(route->method, effective_method(r)) == 0) {
			c->route = route;
			return check_pool(c, e);
		}
	}
	if (known)
		return wrong_method(c->response, r, e);
	return err_set(e, 404, "route.unknown", "There is nothing at this address.");
}

/* True for the type itself and for it with parameters. */
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
		[BODY_FORM] = "application/x-www-form-urlencoded",
		[BODY_BYTES] = "application/octet-stream",
		[BODY_STREAM] = "application/octet-stream",
	};
	const struct request *r = c->request;
	const char *want = types[c->route->body];
	if (!want)
		return r->length == 0 ? 0 : err_field(e, "body", "This takes no body.");
	if (c->route->body == BODY_STREAM && !r->sized)
		return err_set(e, 411, "request.length",
			"The size of the body must be known beforehand.");
	if (r->length == 0)
		return c->route->body != BODY_BYTES
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
	c->source = source;
	if (length == 0 || c->route->body == BODY_STREAM)
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
		param_take(params, c, body->data, body->len, e) != 0 ||
		limits_take(c, e) != 0)
		return -1;
	if (c->route->body == BODY_BYTES) {
		c->bytes = body->data;
		c->length = body->len;
	}
	c->handled = true;
	return c->route->handle(c, e);
}

static void
fail(struct call *c, struct err *e)
{
	const char *method = c->route ? c->route->method : "-";
	const char *path = c->route ? c->route->path : "-";
	bool refused = e->status == 401 || e->status == 403;
	if (c->handled && c->route->limit && refused)
		guard_refused(c);
	else
		limits_give_back(c);
	if (c->route && c->route->body == BODY_FORM) { /* RFC 6749, 5.2 */
		json_key(&c->response->extra, "error");
		json_string(&c->response->extra,
			e->status == 429 ? "slow_down" : "invalid_request");
	}
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

/* Piece after piece; the last one stays in *out. */
static int
send_stream(const struct stream *stream, const struct sink *sink, struct buf *out)
{
	int64_t left = stream->length;
	for (;;) {
		size_t before = out->len;
		int more = stream->next(stream->arg, out);
		if (left >= 0)
			left -= (int64_t)(out->len - before);
		if (more <= 0)
			return more == 0 && left <= 0 ? 0 : -1;
		if (sink->write(sink->arg, out->data, out->len) != 0)
			return -1;
		buf_clear(out);
	}
}

/* Only of a host of our own may we say that it speaks TLS alone. */
static void
say_transport(const struct call *c)
{
	if (c->request->auth.https && strcmp(c->app->conf.http_prefix, "/") == 0)
		response_header(c->response, "Strict-Transport-Security",
			"max-age=31536000");
}

int
router_answer(struct app *app, struct db *state, struct db *events, char *const *env,
	const struct source *source, const struct sink *sink, struct buf *out)
{
	int rc = 0;
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
	say_transport(&c);
	bool head_only = strcmp(request.method, "HEAD") == 0;
	response_write(&response, head_only, out);
	if (response.stream.next && !head_only)
		rc = send_stream(&response.stream, sink, out);
	if (body.data)
		crypt_wipe(body.data, body.len);
	buf_free(&body);
	param_free(&params);
	response_free(&response);
	request_free(&request);
	return rc;
}
