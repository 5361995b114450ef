/*
 * THE table against its own promises: every route, with every kind of credential and
 * every kind of bad parameter, made from the table so that no route is forgotten. The
 * requests take the whole way through the router, on real databases; no runner is there.
 */
#include "config.h"

#include "fcgi/app.h"
#include "fcgi/openapi.h"
#include "fcgi/router.h"
#include "lib/clock.h"
#include "lib/db.h"
#include "lib/json.h"
#include "lib/migrate.h"
#include "lib/path.h"
#include "t/unit/databases.h"

#include <json-c/json.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

static const char some_id[] = "aaaaaaaaaaaaaaaaaaaaaaaaaa";

struct fixture {
	char dir[32];
	struct app app;
	struct db *state, *events;
	char key[AUTH_KEY_SIZE];
};

/* A request as a test words it; NULL: not sent. */
struct ask {
	const char *method;
	const char *uri;
	const char *key, *cookie, *type, *body;
	size_t length; /* of the body; 0: strlen */
};

struct reply {
	int status;
	char code[40], field[40];
	char *text; /* head and body */
};

struct text {
	const char *at;
	size_t left;
};

static size_t
read_text(void *arg, char *to, size_t len)
{
	struct text *t = arg;
	size_t n = len < t->left ? len : t->left;
	if (n)
		memcpy(to, t->at, n);
	t->at += n;
	t->left -= n;
	return n;
}

static void
copy_member(struct json_object *json, const char *name, char *to, size_t size)
{
	struct json_object *value;
	if (json_object_object_get_ex(json, name, &value))
		snprintf(to, size, "%s", json_object_get_string(value));
}

/* An error must have the one shape; its code and field are taken out. */
static void
take_problem(struct reply *reply)
{
	struct json_object *json = NULL;
	struct err e;
	char *body = strstr(reply->text, "\r\n\r\n");
	assert_non_null(strstr(reply->text, "application/problem+json"));
	assert_int_equal(json_parse(&json, body + 4, strlen(body + 4), &e), 0);
	copy_member(json, "code", reply->code, sizeof reply->code);
	copy_member(json, "field", reply->field, sizeof reply->field);
	assert_true(*reply->code);
	json_object_put(json);
}

/* Sends it through the router; free(reply.text). */
static struct reply
send_request(struct fixture *f, const struct ask *ask)
{
	char *env[12], **at = env;
	size_t length = ask->length ? ask->length : ask->body ? strlen(ask->body) : 0;
	struct text body = {ask->body, length};
	const struct source source = {read_text, &body};
	struct buf out = BUF_INIT;
	struct reply reply = {0};
	*at++ = xasprintf("REQUEST_METHOD=%s", ask->method);
	*at++ = xasprintf("REQUEST_URI=/%s", ask->uri);
	*at++ = xstrdup("HTTP_HOST=localhost");
	*at++ = xstrdup("REMOTE_ADDR=192.0.2.1");
	*at++ = xasprintf("CONTENT_TYPE=%s", ask->type ? ask->type : "");
	*at++ = xasprintf("CONTENT_LENGTH=%zu", length);
	*at++ = xstrdup("HTTP_SEC_FETCH_SITE=same-origin");
	if (ask->key)
		*at++ = xasprintf("HTTP_AUTHORIZATION=Bearer %s", ask->key);
	if (ask->cookie)
		*at++ = xasprintf("HTTP_COOKIE=dispatch=%s", ask->cookie);
	*at = NULL;
	router_answer(&f->app, f->state, f->events, env, &source, &out);
	while (at > env)
		free(*--at);
	reply.text = buf_take(&out);
	assert_int_equal(sscanf(reply.text, "Status: %d", &reply.status), 1);
	if (reply.status >= 400)
		take_problem(&reply);
	return reply;
}

/* The route's path with an id for each parameter. */
static struct buf
path_for(const struct route *r)
{
	struct buf b = BUF_INIT;
	for (const char *p = r->path; *p; p++) {
		if (*p == '<') {
			buf_str(&b, some_id);
			p = strchr(p, '>');
		} else {
			buf_char(&b, *p);
		}
	}
	return b;
}

static const char *
good_text(const struct param *p, struct buf *b)
{
	buf_clear(b);
	switch (p->type) {
	case TYPE_INT:
		buf_printf(b, "%lld", (long long)p->min);
		break;
	case TYPE_BOOL:
		buf_str(b, p->in == IN_BODY ? "true" : "1");
		break;
	case TYPE_ENUM:
		buf_printf(b, p->in == IN_BODY ? "\"%s\"" : "%s", p->values[0]);
		break;
	case TYPE_STRINGS:
		buf_str(b, "[\"x\"]");
		break;
	case TYPE_MAP:
	case TYPE_OBJECT:
		buf_str(b, "{}");
		break;
	case TYPE_LIST:
		buf_str(b, "[]");
		break;
	case TYPE_UUID:
		buf_str(b, "\"01234567-89ab-4def-8123-456789abcdef\"");
		break;
	case TYPE_PATH:
		buf_str(b, p->in == IN_BODY ? "\"/\"" : "/");
		break;
	default:
		buf_printf(b, p->in == IN_BODY ? "\"%s" : "%s", some_id);
		for (int64_t n = ID_LENGTH; p->type == TYPE_TEXT && n < p->min; n++)
			buf_char(b, 'x');
		if (p->in == IN_BODY)
			buf_char(b, '"');
	}
	return b->data;
}

/* Appends the route's required parameters of a place, but for `skip`, which is written as
 * `instead` (NULL: not at all). */
static void
put_params(struct buf *out, const struct route *r, enum place place, int skip,
	const char *instead)
{
	struct buf value = BUF_INIT;
	for (int i = 0, any = 0; i < r->param_count; i++) {
		const struct param *p = &r->params[i];
		if (p->in != place || (i == skip ? !instead : !p->required))
			continue;
		buf_str(out,
			!any++ ? (place == IN_BODY ? "" : "?")
			       : (place == IN_BODY ? "," : "&"));
		buf_printf(out, place == IN_BODY ? "\"%s\":%s" : "%s=%s", p->name,
			i == skip ? instead : good_text(p, &value));
	}
	buf_free(&value);
}

/* Sends the route's request with everything right but one parameter, or with all right
 * when `skip` is -1. */
static struct reply
send_with(struct fixture *f, const struct route *r, int skip, const char *instead)
{
	struct buf uri = path_for(r), body = BUF_INIT;
	put_params(&uri, r, IN_QUERY, skip, instead);
	if (r->body == BODY_JSON) {
		buf_char(&body, '{');
		put_params(&body, r, IN_BODY, skip, instead);
		buf_char(&body, '}');
	} else if (r->body == BODY_BYTES) {
		buf_str(&body, "bytes");
	}
	const struct ask ask = {
		.method = r->method,
		.uri = uri.data,
		.key = f->key,
		.type = r->body == BODY_JSON ? "application/json"
					     : "application/octet-stream",
		.body = body.data,
	};
	struct reply reply = send_request(f, &ask);
	buf_free(&uri);
	buf_free(&body);
	return reply;
}

static int
set_up_empty(void **state)
{
	struct fixture *f = calloc(1, sizeof *f);
	struct conf conf;
	struct err e = {0};
	memcpy(f->dir, "/tmp/dispatch-XXXXXX", 21);
	if (!mkdtemp(f->dir) || migrate_apply(f->dir, NULL, &e) < 1 ||
		conf_load(&conf, &(struct conf_args){.dir = f->dir}, &e) != 0 ||
		db_open(&f->state, f->dir, "state.db", DB_WRITE, 0, &e) != 0 ||
		db_open(&f->events, f->dir, "events.db", DB_READ, 0, &e) != 0) {
		fprintf(stderr, "%s\n", e.text);
		return -1;
	}
	conf.log_level = LOG_LEVEL_ERROR;
	app_open(&f->app, &conf);
	atomic_store(&f->app.stopping, true); /* nobody waits for the runner */
	*state = f;
	return 0;
}

static int
set_up(void **state)
{
	struct err e = {0};
	if (set_up_empty(state) != 0)
		return -1;
	struct fixture *f = *state;
	return auth_key_new(f->state, "test", clock_now(), f->key, &e);
}

static int
tear_down(void **state)
{
	struct fixture *f = *state;
	db_close(f->state);
	db_close(f->events);
	remove_databases(f->dir);
	app_close(&f->app);
	free(f);
	return 0;
}

/* Fails with words unless the reply is as expected, then forgets it. */
static void
expect(const struct route *r, struct reply reply, int status, const char *code,
	const char *what)
{
	if (reply.status != status || (code && strcmp(reply.code, code) != 0))
		fail_msg("%s %s, %s: %s", r->method, r->path, what, reply.text);
	free(reply.text);
}

static bool
is_open(const struct route *r)
{
	return r->capability == CAP_ANYONE || r->capability == CAP_SIGN_IN;
}

static void
before_the_set_up_every_other_route_says_so(void **state)
{
	for (int i = 0; i < route_count; i++) {
		struct reply reply = send_with(*state, &routes[i], -1, NULL);
		if (routes[i].capability == CAP_ANYONE)
			assert_int_not_equal(reply.status, 503);
		else if (reply.status != 503 || strcmp(reply.code, "setup.required") != 0)
			fail_msg("%s %s: %s", routes[i].method, routes[i].path,
				reply.text);
		free(reply.text);
	}
}

static void
every_route_asks_for_a_credential(void **state)
{
	struct fixture *f = *state;
	static const char token[] =
		"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";
	char revoked[AUTH_KEY_SIZE];
	struct err e = {0};
	assert_int_equal(auth_key_new(f->state, "x", clock_now(), revoked, &e), 0);
	assert_int_equal(auth_key_revoke(f->state, revoked, clock_now(), &e), 0);
	for (int i = 0; i < route_count; i++) {
		const struct route *r = &routes[i];
		if (is_open(r))
			continue;
		struct buf uri = path_for(r);
		const struct ask asks[] = {
			{r->method, uri.data},
			{r->method, uri.data, .key = "garbage"},
			{r->method, uri.data, .key = revoked},
			{r->method, uri.data, .cookie = "garbage"},
			{r->method, uri.data, .cookie = token},
		};
		for (size_t k = 0; k < sizeof asks / sizeof *asks; k++)
			expect(r, send_request(f, &asks[k]), 401,
				k == 0 ? "auth.required" : "auth.invalid",
				"no credential");
		buf_free(&uri);
	}
}

static void
a_viewer_changes_nothing(void **state)
{
	struct fixture *f = *state;
	struct err e = {0};
	assert_int_equal(db_script(f->state, "UPDATE user SET role='viewer'", &e), 0);
	atomic_store(&f->app.set_up, true);
	for (int i = 0; i < route_count; i++)
		if (routes[i].capability == CAP_USE)
			expect(&routes[i], send_with(f, &routes[i], -1, NULL), 403,
				"role.refused", "as viewer");
}

static void
a_required_parameter_is_missed(void **state)
{
	for (int i = 0; i < route_count; i++)
		for (int k = 0; k < routes[i].param_count; k++) {
			const struct param *p = &routes[i].params[k];
			if (!p->required || p->in == IN_PATH)
				continue;
			struct reply reply = send_with(*state, &routes[i], k, NULL);
			assert_string_equal(reply.field, p->name);
			expect(&routes[i], reply, 400, "request.invalid", p->name);
		}
}

/* Sends texts that the parameter's type does not allow. */
static void
try_bad(struct fixture *f, const struct route *r, int k, const char *const *texts)
{
	for (; *texts; texts++) {
		struct reply reply = send_with(f, r, k, *texts);
		if (strcmp(reply.field, r->params[k].name) != 0)
			fail_msg("%s %s, %s=%s: %s", r->method, r->path,
				r->params[k].name, *texts, reply.text);
		expect(r, reply, 400, "request.invalid", *texts);
	}
}

static void
try_bounds(struct fixture *f, const struct route *r, int k)
{
	const struct param *p = &r->params[k];
	char *low = xasprintf("%lld", (long long)p->min - 1);
	char *high = xasprintf("%lld", (long long)p->max + 1);
	try_bad(f, r, k, (const char *const[]){low, high, "99999999999999999999", NULL});
	free(low);
	free(high);
}

/* A text of max + 1 characters. */
static void
try_long(struct fixture *f, const struct route *r, int k)
{
	const struct param *p = &r->params[k];
	char *x = xcalloc((size_t)p->max + 4, 1);
	memset(x, p->type == TYPE_PATH ? '/' : 'x', (size_t)p->max + 1);
	char *text = p->in == IN_BODY ? xasprintf("\"%s\"", x) : xstrdup(x);
	try_bad(f, r, k, (const char *const[]){text, NULL});
	free(text);
	free(x);
}

static void
try_bad_body_member(struct fixture *f, const struct route *r, int k)
{
	static const char *const not_text[] = {"1", "true", "[]", "{}", "\"a\\u0000b\"",
		NULL};
	static const char *const not_int[] = {"\"1\"", "1.5", "true", "[]", "1e400",
		NULL};
	static const char *const not_array[] = {"\"x\"", "{}", "[1]", "[null]", "[]",
		"[\"\"]", "[\"a\\u0000\"]", NULL};
	static const char *const not_map[] = {"[]", "\"x\"", "{\"A\":1}", "{\"1\":\"x\"}",
		"{\"A=B\":\"x\"}", NULL};
	static const char *const not_object[] = {"[]", "\"x\"", "1", "true", NULL};
	static const char *const not_truth[] = {"{}", "\"x\"", "1", "[]", NULL};
	static const char *const not_list[] = {"{}", "\"x\"", "1", "true", NULL};
	const struct param *p = &r->params[k];
	if (p->type == TYPE_INT)
		try_bad(f, r, k, not_int), try_bounds(f, r, k);
	else if (p->type == TYPE_STRINGS)
		try_bad(f, r, k, not_array);
	else if (p->type == TYPE_MAP)
		try_bad(f, r, k, not_map);
	else if (p->type == TYPE_OBJECT)
		try_bad(f, r, k, not_object);
	else if (p->type == TYPE_BOOL)
		try_bad(f, r, k, not_truth);
	else if (p->type == TYPE_LIST)
		try_bad(f, r, k, not_list);
	else
		try_bad(f, r, k, not_text);
	if (p->type == TYPE_TEXT || p->type == TYPE_SECRET || p->type == TYPE_PATH)
		try_long(f, r, k);
}

static void
try_bad_query(struct fixture *f, const struct route *r, int k)
{
	static const char *const not_int[] = {"", "x", "1x", "0x1", "+", "-", "%20",
		NULL};
	static const char *const not_id[] = {"", "a", "AAAAAAAAAAAAAAAAAAAAAAAAAA", NULL};
	static const char *const not_bool[] = {"2", "yes", "", NULL};
	static const char *const broken[] = {"%", "%4", "%zz", "%00", "%0a", "%ff", NULL};
	const struct param *p = &r->params[k];
	try_bad(f, r, k, broken);
	if (p->type == TYPE_INT)
		try_bad(f, r, k, not_int), try_bounds(f, r, k);
	if (p->type == TYPE_ID)
		try_bad(f, r, k, not_id);
	if (p->type == TYPE_BOOL)
		try_bad(f, r, k, not_bool);
	if (p->type == TYPE_TEXT)
		try_long(f, r, k);
}

static void
every_parameter_is_held_to_its_row(void **state)
{
	atomic_store(&((struct fixture *)*state)->app.set_up, true);
	for (int i = 0; i < route_count; i++)
		for (int k = 0; k < routes[i].param_count; k++) {
			if (routes[i].params[k].in == IN_BODY)
				try_bad_body_member(*state, &routes[i], k);
			if (routes[i].params[k].in == IN_QUERY)
				try_bad_query(*state, &routes[i], k);
		}
}

static struct reply
send_body(struct fixture *f, const struct route *r, const char *type, const char *body,
	size_t length)
{
	struct buf uri = path_for(r);
	put_params(&uri, r, IN_QUERY, -1, NULL);
	const struct ask ask = {r->method, uri.data, .key = f->key, .type = type,
		.body = body, .length = length};
	struct reply reply = send_request(f, &ask);
	buf_free(&uri);
	return reply;
}

static void
bodies_are_held_to_their_kind(void **state)
{
	struct fixture *f = *state;
	static const char *const broken[] = {"{", "[]", "null", "1", "\"x\"",
		"{\"a\":1}}", "{'a':1}", "{\"a\":1,}", "{} {}", "\xff",
		"{\"a\":\"\xff\"}", "nul", NULL};
	char *deep = xcalloc(4000, 1), *big = xcalloc(2 * 1024 * 1024, 1);
	memset(deep, '[', 3999);
	memset(big, ' ', 2 * 1024 * 1024 - 1);
	for (int i = 0; i < route_count; i++) {
		const struct route *r = &routes[i];
		if (r->body == BODY_NONE) {
			expect(r, send_body(f, r, "application/json", "{}", 0), 400, NULL,
				"body");
			continue;
		}
		expect(r, send_body(f, r, "text/plain", "x", 0), 415,
			"request.media_type", "type");
		const char *type = r->body == BODY_JSON ? "application/json"
							: "application/octet-stream";
		expect(r, send_body(f, r, type, big, r->body_max + 1), 413,
			"request.too_large", "one byte too much");
		if (r->body != BODY_JSON)
			continue;
		for (int k = 0; broken[k]; k++)
			expect(r, send_body(f, r, type, broken[k], 0), 400, NULL,
				broken[k]);
		expect(r, send_body(f, r, type, deep, 0), 400, "request.json", "deep");
		expect(r, send_body(f, r, type, "{\"no such\":1}", 0), 400,
			"request.invalid", "unknown member");
	}
	free(deep);
	free(big);
}

static void
what_is_not_in_the_table_is_not_there(void **state)
{
	static const struct ask asks[] = {{"GET", "api"}, {"GET", ""}, {"GET", "api/"},
		{"GET", "api/sessions/"}, {"GET", "api/sessions//events"},
		{"GET", "api//sessions"}, {"GET", "index.html"}};
	struct fixture *f = *state;
	for (size_t i = 0; i < sizeof asks / sizeof *asks; i++) {
		struct reply reply = send_request(f, &asks[i]);
		assert_string_equal(reply.code, "route.unknown");
		free(reply.text);
	}
	struct reply reply = send_request(f, &(struct ask){"PUT", "api/sessions"});
	assert_int_equal(reply.status, 405);
	assert_non_null(strstr(reply.text, "Allow: GET, HEAD, POST\r\n"));
	free(reply.text);
	reply = send_request(f, &(struct ask){"GET", "api/sessions?x=1", .key = f->key});
	assert_string_equal(reply.field, "x");
	free(reply.text);
	reply = send_request(f,
		&(struct ask){"GET", "api/sessions/UNKNOWN/events", .key = f->key});
	assert_string_equal(reply.code, "session.unknown");
	free(reply.text);
}

static void
a_session_of_nobody_is_unknown(void **state)
{
	for (int i = 0; i < route_count; i++) {
		const struct route *r = &routes[i];
		if (strstr(r->path, "<id>"))
			expect(r, send_with(*state, r, -1, NULL), 404,
				strstr(r->path, "permissions/") ? "permission.unknown"
								: "session.unknown",
				"foreign");
	}
}

static void
failures_are_counted_and_a_good_key_still_passes(void **state)
{
	struct fixture *f = *state;
	struct ask ask = {"POST", "api/auth/login", .type = "application/json",
		.body = "{\"provider\":\"access-key\",\"key\":\"ak_x\"}"};
	char *good = xasprintf("{\"provider\":\"access-key\",\"key\":\"%s\"}", f->key);
	for (int i = 0; i < 20; i++) {
		struct reply reply = send_request(f, &ask);
		assert_int_equal(reply.status, i < 5 ? 401 : 429);
		assert_string_equal(reply.code, i < 5 ? "auth.denied" : "rate.limited");
		assert_true(i < 5 || strstr(reply.text, "Retry-After: "));
		free(reply.text);
	}
	ask.body = good;
	struct reply reply = send_request(f, &ask);
	assert_int_equal(reply.status, 200);
	assert_non_null(strstr(reply.text, "Set-Cookie: dispatch="));
	free(reply.text);
	free(good);
}

static void
the_table_describes_itself(void **state)
{
	struct buf out = BUF_INIT;
	struct json_object *json = NULL, *paths;
	struct err e = {0};
	(void)state;
	openapi_print(&out);
	assert_int_equal(json_parse(&json, out.data, out.len, &e), 0);
	assert_true(json_object_object_get_ex(json, "paths", &paths));
	for (int i = 0; i < route_count; i++) {
		const struct route *r = &routes[i];
		assert_true(r->handle && r->doc && r->answers[0].status);
		assert_true((r->body == BODY_NONE) == (r->body_max == 0));
		assert_in_range(r->param_count, 0, MAX_PARAMS);
		for (int k = 0; k < r->param_count; k++)
			assert_true(r->params[k].name && r->params[k].doc);
	}
	assert_true(json_object_object_length(paths) > 10);
	json_object_put(json);
	buf_free(&out);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
			before_the_set_up_every_other_route_says_so, set_up_empty,
			tear_down),
		TEST(every_route_asks_for_a_credential),
		TEST(a_viewer_changes_nothing),
		TEST(a_required_parameter_is_missed),
		TEST(every_parameter_is_held_to_its_row),
		TEST(bodies_are_held_to_their_kind),
		TEST(what_is_not_in_the_table_is_not_there),
		TEST(a_session_of_nobody_is_unknown),
		TEST(failures_are_counted_and_a_good_key_still_passes),
		cmocka_unit_test(the_table_describes_itself),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
