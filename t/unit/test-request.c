/* fcgi/request and fcgi/response: reading CGI variables, and writing an answer. */
#include "config.h"

#include "fcgi/request.h"
#include "fcgi/response.h"
#include "fcgi/router.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static int
parse(struct request *r, const char *const *env, const char *prefix, struct err *e)
{
	*e = (struct err){0};
	return request_parse(r, (char *const *)env, prefix, e);
}

/* What becomes of a path under "/": the decoded text, or NULL when it is refused. Static.
 */
static const char *
path_of(const char *uri)
{
	static char result[200];
	char line[400];
	const char *env[] = {line, NULL};
	struct request r;
	struct err e = {0};
	snprintf(line, sizeof line, "REQUEST_URI=%s", uri);
	int rc = parse(&r, env, "/", &e);
	snprintf(result, sizeof result, "%s", r.path ? r.path : "");
	request_free(&r);
	assert_int_equal(rc, e.status == 400 ? -1 : 0);
	return rc == 0 ? result : NULL;
}

static void
paths_are_decoded_once(void **state)
{
	(void)state;
	assert_string_equal(path_of("/api/sessions"), "api/sessions");
	assert_string_equal(path_of("/%61pi/x?y=%zz"), "api/x");
	assert_string_equal(path_of("/a%25b"), "a%b");
	assert_string_equal(path_of("/a%20b+c"), "a b+c");
	assert_string_equal(path_of("/%c3%a9"), "\xc3\xa9");
	assert_string_equal(path_of("/"), "");
	assert_string_equal(path_of("/a//b"), "a//b");
	assert_string_equal(path_of("/..a/b..;/c."), "..a/b..;/c.");
}

static void
paths_that_could_be_read_in_two_ways_are_refused(void **state)
{
	static const char *const bad[] = {"", "api", "*", "http://x/api", "/a/../b",
		"/..", "/a/.", "/./a", "/%2e%2e/a", "/a/%2e", "/a%2fb", "/a%2Fb", "/a%00",
		"/a%0a", "/a%7f", "/%", "/%1", "/%zz", "/a\x01", "/%ff", "/%c0%af",
		"/%ed%a0%80"};
	(void)state;
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		if (path_of(bad[i]))
			fail_msg("%s was taken", bad[i]);
}

static void
only_paths_under_the_prefix_are_ours(void **state)
{
	const char *inside[] = {"REQUEST_URI=/d/api/x", NULL},
		   *outside[] = {"REQUEST_URI=/dx", NULL};
	struct request r;
	struct err e;
	(void)state;
	assert_int_equal(parse(&r, inside, "/d/", &e), 0);
	assert_string_equal(r.path, "api/x");
	request_free(&r);
	assert_int_equal(parse(&r, outside, "/d/", &e), 0);
	assert_null(r.path);
	request_free(&r);
}

static void
headers_are_taken_as_both_servers_send_them(void **state)
{
	const char *env[] = {"REQUEST_URI=/", "REQUEST_METHOD=POST", "HTTP_COOKIE=a=b",
		"HTTP_COOKIE=c=d", "CONTENT_LENGTH=", "HTTP_ORIGIN=", "HTTPS=on",
		"REMOTE_ADDR=192.0.2.1", "HTTP_X_FORWARDED_FOR=6.6.6.6",
		"HTTP_X_REAL_IP=6.6.6.6", NULL};
	struct request r;
	struct err e;
	(void)state;
	assert_int_equal(parse(&r, env, "/", &e), 0);
	assert_string_equal(r.auth.cookie, "a=b; c=d");
	assert_null(r.auth.origin);
	assert_true(r.auth.https);
	assert_int_equal(r.length, 0);
	assert_string_equal(r.auth.address, "192.0.2.1");
	request_free(&r);
}

static void
a_length_that_is_no_number_is_refused(void **state)
{
	static const char *const bad[] = {"CONTENT_LENGTH=-1", "CONTENT_LENGTH=1x",
		"CONTENT_LENGTH=1, 2", "CONTENT_LENGTH= 5",
		"CONTENT_LENGTH=9999999999999999"};
	(void)state;
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		char line[60];
		const char *env[] = {"REQUEST_URI=/", line, NULL};
		struct request r;
		struct err e;
		snprintf(line, sizeof line, "%s", bad[i]);
		assert_int_equal(parse(&r, env, "/", &e), -1);
		request_free(&r);
	}
}

static void
patterns_match_whole_segments(void **state)
{
	(void)state;
	assert_true(router_matches("api/sessions", "api/sessions"));
	assert_true(router_matches("api/sessions/<id>", "api/sessions/x"));
	assert_true(router_matches("api/<id>/input", "api/x/input"));
	assert_false(router_matches("api/sessions/<id>", "api/sessions/"));
	assert_false(router_matches("api/sessions/<id>", "api/sessions"));
	assert_false(router_matches("api/sessions", "api/sessions/"));
	assert_false(router_matches("api/sessions", "api/session"));
	assert_false(router_matches("api/<id>/input", "api/x/y/input"));
	assert_false(router_matches("api/sessions", ""));
}

static void
errors_have_one_shape(void **state)
{
	struct response r = RESPONSE_INIT;
	struct buf out = BUF_INIT;
	struct err e = {0};
	(void)state;
	err_field(&e, "cols", "No \"%s\".", "x");
	buf_str(&r.extra, "\"expect\":3");
	response_error(&r, &e);
	response_write(&r, false, &out);
	assert_string_equal(r.body.data,
		"{\"type\":\"about:blank\",\"title\":\"Bad Request\",\"status\":400,"
		"\"code\":\"request.invalid\",\"detail\":\"No \\\"x\\\".\","
		"\"field\":\"cols\",\"expect\":3}");
	assert_non_null(strstr(out.data, "Status: 400 Bad Request\r\n"));
	assert_non_null(strstr(out.data, "Content-Type: application/problem+json\r\n"));
	assert_non_null(strstr(out.data, "Cache-Control: no-store\r\n"));
	buf_free(&out);
	response_free(&r);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(paths_are_decoded_once),
		cmocka_unit_test(paths_that_could_be_read_in_two_ways_are_refused),
		cmocka_unit_test(only_paths_under_the_prefix_are_ours),
		cmocka_unit_test(headers_are_taken_as_both_servers_send_them),
		cmocka_unit_test(a_length_that_is_no_number_is_refused),
		cmocka_unit_test(patterns_match_whole_segments),
		cmocka_unit_test(errors_have_one_shape),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
