/* lib/auth: keys, signed-in browsers and the set-up, on a real database. */
#include "config.h"

#include "lib/auth.h"

#include "lib/auth_account.h"
#include "lib/store/audit.h"
#include "t/unit/state.h"

#include <pthread.h>
#include <stdatomic.h>

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
	assert_int_equal(auth_key_new(f->db, NULL, "one", "admin", 0, NOW, key, &e), 0);
	assert_int_equal(auth_key_new(f->db, NULL, "two", "admin", 0, NOW, other, &e), 0);
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
	assert_int_equal(auth_check_key(f->db, key, now, &auth, &e), 0);
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
	assert_int_equal(auth_key_new(f->db, NULL, "one", "admin", 0, NOW, key, &e), 0);
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
	assert_int_equal(auth_key_new(f->db, NULL, "one", "admin", 0, NOW, key, &e), 0);
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
	assert_int_equal(auth_key_new(f->db, NULL, "one", "admin", 0, NOW, key, &e), 0);
	assert_int_equal(verify(f, NULL, "dispatch=a; dispatch=b", NOW, &auth), 400);
	assert_int_equal(verify(f, NULL, "dispatch=a; x=y;dispatch=a", NOW, &auth), 400);
	assert_int_equal(verify(f, NULL, "dispatch=a", NOW, &auth), 401);
	assert_int_equal(verify(f, NULL, "xdispatch=a", NOW, &auth), 401);
	assert_int_equal(verify(f, NULL, NULL, NOW, &auth), 401);
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
	struct db *db = state_open(race->f, DB_WRITE);
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
a_changed_line_of_the_audit_shows(void **state)
{
	struct fixture *f = *state;
	char key[AUTH_KEY_SIZE];
	struct err e = {0};
	for (int i = 0; i < 3; i++)
		assert_int_equal(auth_key_new(f->db, NULL, "one", "admin", 0, NOW + i,
					 key, &e),
			0);
	assert_int_equal(audit_verify(f->db, &e), 0);
	assert_int_equal(db_script(f->db, "UPDATE audit SET address='x' WHERE id=2", &e),
		0);
	assert_int_equal(audit_verify(f->db, &e), 2);
}

static void
of_two_administrators_who_disable_each_other_one_stays(void **state)
{
	struct fixture *f = *state;
	const struct auth_request request = {.address = "192.0.2.1"};
	struct auth auth[2] = {0};
	char key[AUTH_KEY_SIZE];
	struct err e = {0};
	for (int i = 0; i < 2; i++)
		assert_int_equal(auth_person_new(f->db, &auth[0], &request, "x", "admin",
					 NOW, auth[i].user, key, &e),
			0);
	/* Both were recognised before either was heard. */
	struct auth_change change = {.id = auth[1].user, .disabled = 1};
	assert_int_equal(auth_person_change(f->db, &auth[0], &request, &change, NOW, &e),
		0);
	change.id = auth[0].user;
	assert_int_equal(auth_person_change(f->db, &auth[1], &request, &change, NOW, &e),
		-1);
	assert_string_equal(e.code, "person.last");
	change = (struct auth_change){auth[0].user, NULL, "viewer", -1};
	assert_int_equal(auth_person_change(f->db, &auth[1], &request, &change, NOW, &e),
		-1);
	assert_string_equal(e.code, "person.last");
	assert_int_equal(audit_count(f->db, &e), 3);
}

static void
what_a_person_is_already_is_not_noted(void **state)
{
	struct fixture *f = *state;
	const struct auth_request request = {.address = "192.0.2.1"};
	struct auth nobody = {0};
	char id[ID_SIZE], key[AUTH_KEY_SIZE];
	struct err e = {0};
	assert_int_equal(auth_person_new(f->db, &nobody, &request, "x", "admin", NOW, id,
				 key, &e),
		0);
	const struct auth_change change = {id, "x", "admin", 0};
	assert_int_equal(auth_person_change(f->db, &nobody, &request, &change, NOW, &e),
		0);
	assert_int_equal(audit_count(f->db, &e), 1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		STATE_TEST(an_api_key_is_good_until_it_is_revoked),
		STATE_TEST(a_sign_in_ends_by_rest_by_age_and_with_its_key),
		STATE_TEST(signing_in_again_ends_the_sign_in_before),
		STATE_TEST(two_cookies_of_ours_are_refused),
		STATE_TEST(a_setup_code_works_once_and_for_ten_minutes),
		STATE_TEST(of_two_hundred_redemptions_at_once_one_succeeds),
		STATE_TEST(a_changed_line_of_the_audit_shows),
		STATE_TEST(of_two_administrators_who_disable_each_other_one_stays),
		STATE_TEST(what_a_person_is_already_is_not_noted),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
