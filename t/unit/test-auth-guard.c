/* lib/auth: where requests may come from, and how strict a cookie is. */
#include "config.h"

#include "lib/auth.h"

#include "t/unit/state.h"

/* The status that auth_guard() answers, 0 for none. */
static int
guard(const struct fixture *f, struct auth_request request)
{
	struct err e = {0};
	if (!request.method)
		request.method = "GET";
	int rc = auth_guard(&f->conf, &request, &e);
	assert_int_equal(rc, e.status ? -1 : 0);
	return e.status;
}

static void
only_our_host_names_are_answered(void **state)
{
	struct fixture *f = *state;
	static const char *const good[] = {"localhost", "LOCALHOST:1", "127.0.0.1",
		"127.0.0.1:8480", "[::1]", "[::1]:65535"};
	static const char *const bad[] = {"", "evil", "localhost.", "localhost.evil",
		"127.0.0.1:", "127.0.0.1:x", "127.0.0.1.evil", "0.0.0.0", "[::]",
		"127.0.0.2", "localhost:123456", "localhost, localhost", " localhost",
		"evil@localhost", "::1"};
	for (size_t i = 0; i < sizeof good / sizeof *good; i++)
		assert_int_equal(guard(f, (struct auth_request){.host = good[i]}), 0);
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		assert_int_equal(guard(f, (struct auth_request){.host = bad[i]}), 421);
	assert_int_equal(guard(f, (struct auth_request){.host = NULL}), 421);
	free(f->conf.http_hosts);
	f->conf.http_hosts = xstrdup("one.example, two.example:8443");
	assert_int_equal(guard(f, (struct auth_request){.host = "One.Example"}), 0);
	assert_int_equal(guard(f, (struct auth_request){.host = "two.example:8443"}), 0);
	assert_int_equal(guard(f, (struct auth_request){.host = "two.example"}), 421);
	assert_int_equal(guard(f, (struct auth_request){.host = "localhost"}), 421);
}

static void
a_cookie_changes_nothing_from_elsewhere(void **state)
{
	const struct {
		const char *method, *cookie, *key, *origin, *site;
		bool stream;
		int status;
	} cases[] = {
		{"GET", "dispatch=x", NULL, NULL, NULL, false, 0},
		{"GET", "dispatch=x", NULL, NULL, "none", false, 0},
		{"GET", "dispatch=x", NULL, NULL, "same-origin", false, 0},
		{"GET", "dispatch=x", NULL, NULL, "cross-site", false, 403},
		{"GET", "dispatch=x", NULL, NULL, "same-site", false, 403},
		{"GET", "dispatch=x", NULL, "http://evil", NULL, false, 403},
		{"GET", "dispatch=x", NULL, "null", NULL, false, 403},
		{"GET", "dispatch=x", NULL, NULL, NULL, true, 403},
		{"GET", "dispatch=x", NULL, NULL, "none", true, 403},
		{"GET", "dispatch=x", NULL, NULL, "same-origin", true, 0},
		{"GET", NULL, "Bearer dk", NULL, NULL, true, 0},
		{"POST", "dispatch=x", NULL, NULL, NULL, false, 403},
		{"POST", "a=b; dispatch=x", NULL, NULL, NULL, false, 403},
		{"POST", "dispatch=x", NULL, NULL, "none", false, 403},
		{"POST", "dispatch=x", NULL, NULL, "same-origin", false, 0},
		{"POST", "dispatch=x", NULL, "http://localhost:8480", NULL, false, 0},
		{"POST", "dispatch=x", NULL, "http://localhost:8481", NULL, false, 403},
		{"POST", "dispatch=x", NULL, "http://evil", "same-origin", false, 403},
		{"POST", "dispatch=x", NULL, "http://localhost:8480", "cross-site", false,
			403},
		{"POST", NULL, "Bearer dk", NULL, NULL, false, 0},
		{"POST", "dispatch=x", "Bearer dk", NULL, NULL, false, 0},
		{"POST", NULL, "Bearer dk", "http://evil", NULL, false, 403},
		{"POST", NULL, NULL, NULL, NULL, false, 0},
		{"POST", NULL, NULL, NULL, "cross-site", false, 403},
		{"DELETE", "dispatch=x", NULL, NULL, NULL, false, 403},
		{"PATCH", "dispatch=x", NULL, NULL, "", false, 403},
	};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct auth_request r = {
			.method = cases[i].method,
			.host = "localhost:8480",
			.cookie = cases[i].cookie,
			.authorization = cases[i].key,
			.origin = cases[i].origin,
			.fetch_site = cases[i].site,
			.stream = cases[i].stream,
		};
		if (guard(*state, r) != cases[i].status)
			fail_msg("case %zu: %d", i, guard(*state, r));
	}
}

static void
the_cookie_is_as_strict_as_the_connection_allows(void **state)
{
	struct fixture *f = *state;
	struct buf b = BUF_INIT;
	auth_cookie(&b, &f->conf, &(struct auth_request){.host = "localhost:1"},
		f->conf.http_prefix, "t");
	assert_string_equal(b.data,
		"dispatch=t; Path=/; Max-Age=2592000; HttpOnly; SameSite=Lax");
	buf_clear(&b);
	auth_cookie(&b, &f->conf,
		&(struct auth_request){.host = "localhost", .https = true},
		f->conf.http_prefix, "t");
	assert_string_equal(b.data,
		"__Host-dispatch=t; Path=/; Max-Age=2592000; HttpOnly; SameSite=Lax; "
		"Secure");
	buf_clear(&b);
	free(f->conf.http_prefix);
	f->conf.http_prefix = xstrdup("/d/");
	auth_cookie(&b, &f->conf, &(struct auth_request){.host = "one.example"},
		f->conf.http_prefix, NULL);
	assert_string_equal(b.data,
		"__Secure-dispatch=; Path=/d/; Max-Age=0; HttpOnly; SameSite=Lax; "
		"Secure");
	buf_free(&b);
}

static void
names_are_text_that_can_be_shown(void **state)
{
	static const char *const bad[] = {"", "  ", "a\nb", "a\x7f", "a\xc2\x85", "\xff",
		"a\xe2\x80\xae", "12345678901"};
	(void)state;
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		assert_int_equal(auth_check_text("name", bad[i], 10, NULL), -1);
	assert_int_equal(auth_check_text("name", "Zo\xc3\xab K.", 10, NULL), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		STATE_TEST(only_our_host_names_are_answered),
		STATE_TEST(a_cookie_changes_nothing_from_elsewhere),
		STATE_TEST(the_cookie_is_as_strict_as_the_connection_allows),
		STATE_TEST(names_are_text_that_can_be_shown),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
