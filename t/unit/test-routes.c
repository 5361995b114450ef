/*
 * THE table against its own promises: every route, with every kind of credential, made
 * from the table so that no route is forgotten.
 */
#include "config.h"

#include "t/unit/asking.h"

#include "fcgi/openapi.h"
#include "lib/clock.h"
#include "lib/db.h"
#include "lib/json.h"

#include <json-c/json.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static bool
is_open(const struct route *r)
{
	return r->capability == CAP_ANYONE || r->capability == CAP_SIGN_IN;
}

static void
before_the_set_up_every_other_route_says_so(void **state)
{
	const struct route *r;
	for (int i = 0; (r = route_at(i)); i++) {
		struct reply reply = ask_route(*state, r, -1, NULL);
		if (r->capability == CAP_ANYONE)
			assert_int_not_equal(reply.status, 503);
		else if (reply.status != 503 || strcmp(reply.code, "setup.required") != 0)
			fail_msg("%s %s: %s", r->method, r->path, reply.text);
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
	assert_int_equal(auth_key_new(f->state, NULL, "x", "admin", 0, clock_now(),
				 revoked, &e),
		0);
	assert_int_equal(auth_key_revoke(f->state, revoked, clock_now(), &e), 0);
	const struct route *r;
	for (int i = 0; (r = route_at(i)); i++) {
		if (is_open(r))
			continue;
		struct buf uri = ask_path(r);
		const struct ask asks[] = {
			{r->method, uri.data},
			{r->method, uri.data, .key = "garbage"},
			{r->method, uri.data, .key = revoked},
			{r->method, uri.data, .cookie = "garbage"},
			{r->method, uri.data, .cookie = token},
		};
		for (size_t k = 0; k < sizeof asks / sizeof *asks; k++)
			ask_expect(r, ask_send(f, &asks[k]), 401,
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
	const struct route *r;
	for (int i = 0; (r = route_at(i)); i++)
		if (r->capability == CAP_USE)
			ask_expect(r, ask_route(f, r, -1, NULL), 403, "role.refused",
				"as viewer");
}

static void
what_is_not_in_the_table_is_not_there(void **state)
{
	static const struct ask asks[] = {{"GET", "api"}, {"GET", ""}, {"GET", "api/"},
		{"GET", "api/sessions/"}, {"GET", "api/sessions//events"},
		{"GET", "api//sessions"}, {"GET", "index.html"}};
	struct fixture *f = *state;
	for (size_t i = 0; i < sizeof asks / sizeof *asks; i++) {
		struct reply reply = ask_send(f, &asks[i]);
		assert_string_equal(reply.code, "route.unknown");
		free(reply.text);
	}
	struct reply reply = ask_send(f, &(struct ask){"PUT", "api/sessions"});
	assert_int_equal(reply.status, 405);
	assert_non_null(strstr(reply.text, "Allow: GET, HEAD, POST\r\n"));
	free(reply.text);
	reply = ask_send(f, &(struct ask){"GET", "api/sessions?x=1", .key = f->key});
	assert_string_equal(reply.field, "x");
	free(reply.text);
	reply = ask_send(f,
		&(struct ask){"GET", "api/sessions/UNKNOWN/events", .key = f->key});
	assert_string_equal(reply.code, "session.unknown");
	free(reply.text);
}

static void
what_belongs_to_nobody_is_unknown(void **state)
{
	const struct route *r;
	for (int i = 0; (r = route_at(i)); i++) {
		const char *name = r->path + strlen("api/");
		const char *end = strstr(name, "s/<id>");
		if (!end)
			continue;
		char *code = xasprintf("%.*s.unknown", (int)(end - name), name);
		ask_expect(r, ask_route(*state, r, -1, NULL), 404, code, "foreign");
		free(code);
	}
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
	const struct route *r;
	for (int i = 0; (r = route_at(i)); i++) {
		assert_true(r->handle && r->doc && r->answers[0].status);
		assert_true((r->body == BODY_NONE) == (r->body_max == 0));
		assert_in_range(r->param_count, 0, MAX_PARAMS);
		int said = !!r->audit + !!r->noted + !!r->unaudited;
		assert_int_equal(said, strcmp(r->method, "GET") != 0);
		for (int k = 0; k < r->param_count; k++)
			assert_true(r->params[k].name && r->params[k].doc);
	}
	assert_true(json_object_object_length(paths) > 10);
	json_object_put(json);
	buf_free(&out);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
			before_the_set_up_every_other_route_says_so, asking_set_up_empty,
			asking_tear_down),
		ASKING_TEST(every_route_asks_for_a_credential),
		ASKING_TEST(a_viewer_changes_nothing),
		ASKING_TEST(what_is_not_in_the_table_is_not_there),
		ASKING_TEST(what_belongs_to_nobody_is_unknown),
		cmocka_unit_test(the_table_describes_itself),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
