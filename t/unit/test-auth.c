/* lib/auth: where requests may come from, keys, signed-in browsers and the set-up, on a
 * real database. */
#include "config.h"

#include "lib/auth.h"

#include "lib/conf.h"
#include "lib/db.h"
#include "lib/migrate.h"
#include "lib/path.h"
#include "lib/store/audit.h"
#include "lib/store/rate_limit.h"
#include "t/unit/databases.h"

#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

enum { NOW = 1000000000, MINUTE = 60000 };

struct fixture {
	char dir[32];
	struct db *db, *reader;
	struct conf conf;
};

static struct db *
open_state(const struct fixture *f, enum db_mode mode)
{
	struct err e = {0};
	struct db *db = NULL;
	if (db_open(&db, f->dir, "state.db", mode, 10000, &e) != 0)
		fail_msg("%s", e.text);
	return db;
}

static int
set_up(void **state)
{
	struct fixture *f = calloc(1, sizeof *f);
	struct err e = {0};
	memcpy(f->dir, "/tmp/dispatch-XXXXXX", 21);
	if (!mkdtemp(f->dir) || migrate_apply(f->dir, NULL, &e) < 1 ||
		conf_load(&f->conf, &(struct conf_args){.dir = f->dir}, &e) != 0) {
		fprintf(stderr, "%s\n", e.text);
		return -1;
	}
	f->db = open_state(f, DB_WRITE);
	f->reader = open_state(f, DB_READ);
	*state = f;
	return 0;
}

static int
tear_down(void **state)
{
	struct fixture *f = *state;
	db_close(f->db);
	db_close(f->reader);
	remove_databases(f->dir);
	conf_free(&f->conf);
	free(f);
	return 0;
}

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

static int
verify(struct fixture *f, const char *key, const char *cookie, int64_t now,
	struct auth *out)
{
	char *header = key ? xasprintf("Bearer %s", key) : NULL;
	const struct auth_request r = {.method = "GET",
		.host = "localhost",
		.authorization = header,
		.cookie = cookie,
		.address = "192.0.2.1"};
	struct err e = {0};
	int rc = auth_verify(f->reader, &f->conf, &r, now, out, &e);
	free(header);
	if (rc != 0)
		assert_string_equal(out->user, "");
	return rc == 0 ? 0 : e.status;
}

static void
an_api_key_is_good_until_it_is_revoked(void **state)
{
	struct fixture *f = *state;
	char key[AUTH_KEY_SIZE], other[AUTH_KEY_SIZE], bad[AUTH_KEY_SIZE];
	struct auth auth, again;
	struct err e = {0};
	assert_int_equal(auth_setup_pending(f->reader, &e), 1);
	assert_int_equal(auth_key_new(f->db, "one", NOW, key, &e), 0);
	assert_int_equal(auth_key_new(f->db, "two", NOW, other, &e), 0);
	assert_int_equal(auth_setup_pending(f->reader, &e), 0);
	assert_int_equal(verify(f, key, NULL, NOW, &auth), 0);
	assert_true(auth.by_key && auth.role == AUTH_ADMIN && auth.expires_at == 0);
	assert_int_equal(verify(f, other, NULL, NOW, &again), 0);
	assert_string_equal(auth.user, again.user);

	for (size_t i = 0; i < strlen(key); i++) { /* every character counts */
		memcpy(bad, key, sizeof bad);
		bad[i] = bad[i] == 'a' ? 'b' : 'a';
		assert_int_equal(verify(f, bad, NULL, NOW, &again), 401);
	}
	assert_int_equal(verify(f, "", NULL, NOW, &again), 401);
	assert_int_equal(verify(f, "dk_", NULL, NOW, &again), 401);
	bad[0] = 'a'; /* an access key is not for requests */
	assert_int_equal(verify(f, bad, NULL, NOW, &again), 401);

	assert_int_equal(auth_recheck(f->reader, &f->conf, &auth, NOW, &e), 0);
	assert_int_equal(auth_key_revoke(f->db, key, NOW, &e), 0);
	assert_int_equal(auth_key_revoke(f->db, auth.credential, NOW, &e), 0);
	assert_int_equal(verify(f, key, NULL, NOW, &again), 401);
	assert_int_equal(auth_recheck(f->reader, &f->conf, &auth, NOW, &e), -1);
	assert_int_equal(verify(f, other, NULL, NOW, &again), 0);
	assert_int_equal(auth_key_revoke(f->db, "nobody", NOW, &e), -1);
	assert_int_equal(e.status, 404);
	assert_int_equal(audit_verify(f->reader, &e), 0);
}

/* Signs in with a key; returns the cookie, which the caller frees. */
static char *
sign_in(struct fixture *f, const char *key, const char *old, int64_t now)
{
	char token[AUTH_TOKEN_SIZE];
	struct err e = {0};
	struct auth auth;
	const struct auth_request r = {.method = "POST",
		.host = "localhost",
		.cookie = old,
		.agent = "a\xff"};
	assert_int_equal(auth_check_key(f->db, key, &auth, &e), 0);
	assert_int_equal(auth_sign_in(f->db, &f->conf, &r, now, &auth, token, &e), 0);
	return xasprintf("dispatch=%s", token);
}

static void
a_sign_in_ends_by_rest_by_age_and_with_its_key(void **state)
{
	struct fixture *f = *state;
	char key[AUTH_KEY_SIZE];
	struct auth auth;
	struct err e = {0};
	f->conf.auth_idle = 600;
	f->conf.auth_lifetime = 1800;
	assert_int_equal(auth_key_new(f->db, "one", NOW, key, &e), 0);
	char *cookie = sign_in(f, key, NULL, NOW);
	assert_int_equal(verify(f, NULL, cookie, NOW, &auth), 0);
	assert_false(auth.by_key);
	assert_int_equal(auth.expires_at, NOW + 30 * MINUTE);
	assert_int_equal(verify(f, NULL, cookie, NOW + 10 * MINUTE, &auth), 401);
	for (int i = 1; i < 30; i++) { /* used every minute, it lives on */
		assert_int_equal(verify(f, NULL, cookie, NOW + i * MINUTE, &auth), 0);
		assert_int_equal(auth_touch(f->db, &auth, NOW + i * MINUTE, &e), 0);
	}
	assert_int_equal(verify(f, NULL, cookie, NOW + 30 * MINUTE, &auth), 401);

	char *second = sign_in(f, key, NULL, NOW);
	assert_int_equal(verify(f, NULL, second, NOW, &auth), 0);
	assert_int_equal(auth_key_revoke(f->db, key, NOW, &e), 0);
	assert_int_equal(verify(f, NULL, second, NOW, &auth), 401);
	free(cookie);
	free(second);
}

static void
signing_in_again_ends_the_sign_in_before(void **state)
{
	struct fixture *f = *state;
	char key[AUTH_KEY_SIZE];
	struct auth auth;
	struct err e = {0};
	const struct auth_request r = {.method = "POST"};
	assert_int_equal(auth_key_new(f->db, "one", NOW, key, &e), 0);
	char *first = sign_in(f, key, NULL, NOW), *second = sign_in(f, key, first, NOW);
	assert_string_not_equal(first, second);
	assert_int_equal(verify(f, NULL, first, NOW, &auth), 401);
	assert_int_equal(verify(f, NULL, second, NOW, &auth), 0);
	assert_int_equal(auth_sign_out(f->db, &r, NOW, &auth, &e), 0);
	assert_int_equal(auth_recheck(f->reader, &f->conf, &auth, NOW, &e), -1);
	assert_int_equal(verify(f, NULL, second, NOW, &auth), 401);
	free(first);
	free(second);
}

static void
two_cookies_of_ours_are_refused(void **state)
{
	struct fixture *f = *state;
	char key[AUTH_KEY_SIZE];
	struct err e = {0};
	struct auth auth;
	assert_int_equal(verify(f, NULL, NULL, NOW, &auth), 503);
	assert_int_equal(verify(f, "dk_x", NULL, NOW, &auth), 503);
	assert_int_equal(auth_key_new(f->db, "one", NOW, key, &e), 0);
	assert_int_equal(verify(f, NULL, "dispatch=a; dispatch=b", NOW, &auth), 400);
	assert_int_equal(verify(f, NULL, "dispatch=a; x=y;dispatch=a", NOW, &auth), 400);
	assert_int_equal(verify(f, NULL, "dispatch=a", NOW, &auth), 401);
	assert_int_equal(verify(f, NULL, "xdispatch=a", NOW, &auth), 401);
	assert_int_equal(verify(f, NULL, NULL, NOW, &auth), 401);
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

static int
redeem(struct db *db, const char *code, int64_t now)
{
	const struct auth_request r = {.address = "192.0.2.1"};
	char key[AUTH_KEY_SIZE];
	struct auth auth;
	struct err e = {0};
	int rc = auth_setup_redeem(db, &r, code, "Ann", now, &auth, key, &e);
	return rc == 0 ? 0 : e.status;
}

static void
a_setup_code_works_once_and_for_ten_minutes(void **state)
{
	struct fixture *f = *state;
	char first[AUTH_CODE_SIZE], code[AUTH_CODE_SIZE];
	struct err e = {0};
	assert_int_equal(redeem(f->db, "", NOW), 403);
	assert_int_equal(auth_setup_issue(f->db, NOW, first, &e), 0);
	assert_int_equal(auth_setup_issue(f->db, NOW, code, &e), 0);
	assert_int_equal(redeem(f->db, first, NOW), 403);
	assert_int_equal(redeem(f->db, code, NOW + AUTH_SETUP_MS), 403);
	assert_int_equal(redeem(f->db, code, NOW + AUTH_SETUP_MS - 1), 0);
	assert_int_equal(redeem(f->db, code, NOW), 409);
	assert_int_equal(auth_setup_issue(f->db, NOW, code, &e), -1);
	assert_string_equal(e.code, "setup.done");
}

struct race {
	const struct fixture *f;
	const char *code;
	atomic_int won, lost;
};

static void *
race_main(void *arg)
{
	struct race *race = arg;
	struct db *db = open_state(race->f, DB_WRITE);
	for (int i = 0; i < 10; i++) {
		int status = redeem(db, race->code, NOW);
		atomic_fetch_add(status == 0 ? &race->won : &race->lost,
			status == 0 || status == 409 || status == 403);
	}
	db_close(db);
	return NULL;
}

static void
of_two_hundred_redemptions_at_once_one_succeeds(void **state)
{
	char code[AUTH_CODE_SIZE];
	struct err e = {0};
	struct race race = {.f = *state, .code = code};
	pthread_t threads[20];
	assert_int_equal(auth_setup_issue(race.f->db, NOW, code, &e), 0);
	for (int i = 0; i < 20; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, race_main, &race), 0);
	for (int i = 0; i < 20; i++)
		pthread_join(threads[i], NULL);
	assert_int_equal(race.won, 1);
	assert_int_equal(race.lost, 199);
}

static void
a_bucket_empties_and_fills_again(void **state)
{
	struct fixture *f = *state;
	const struct rate rate = {"test", 5, 12000}, other = {"other", 5, 12000};
	struct err e = {0};
	for (int i = 0; i < 5; i++)
		assert_int_equal(rate_limit_take(f->db, &rate, NOW, &e), 0);
	assert_in_range(rate_limit_take(f->db, &rate, NOW, &e), 11000, 12001);
	assert_int_equal(rate_limit_take(f->db, &other, NOW, &e), 0);
	assert_int_equal(rate_limit_take(f->db, &rate, NOW + 12000, &e), 0);
	assert_in_range(rate_limit_take(f->db, &rate, NOW + 12000, &e), 1, 12001);
	for (int i = 0; i < 5; i++)
		assert_int_equal(rate_limit_take(f->db, &rate, NOW + 100000, &e), 0);
}

static void
a_changed_line_of_the_audit_shows(void **state)
{
	struct fixture *f = *state;
	char key[AUTH_KEY_SIZE];
	struct err e = {0};
	for (int i = 0; i < 3; i++)
		assert_int_equal(auth_key_new(f->db, "one", NOW + i, key, &e), 0);
	assert_int_equal(audit_verify(f->db, &e), 0);
	assert_int_equal(db_script(f->db, "UPDATE audit SET address='x' WHERE id=2", &e),
		0);
	assert_int_equal(audit_verify(f->db, &e), 2);
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

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(only_our_host_names_are_answered),
		TEST(a_cookie_changes_nothing_from_elsewhere),
		TEST(an_api_key_is_good_until_it_is_revoked),
		TEST(a_sign_in_ends_by_rest_by_age_and_with_its_key),
		TEST(signing_in_again_ends_the_sign_in_before),
		TEST(two_cookies_of_ours_are_refused),
		TEST(the_cookie_is_as_strict_as_the_connection_allows),
		TEST(a_setup_code_works_once_and_for_ten_minutes),
		TEST(of_two_hundred_redemptions_at_once_one_succeeds),
		TEST(a_bucket_empties_and_fills_again),
		TEST(a_changed_line_of_the_audit_shows),
		TEST(names_are_text_that_can_be_shown),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
