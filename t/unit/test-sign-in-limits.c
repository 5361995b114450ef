/* How often somebody may fail to sign in, and that nobody can keep another person out. */
#include "config.h"

#include "t/unit/asking.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* Signs in with the key of the fixture. */
static struct reply
sign_in_from(struct fixture *f, const char *address, const char *cookie)
{
	char *body = xasprintf("{\"provider\":\"access-key\",\"key\":\"%s\"}", f->key);
	const struct ask ask = {"POST", "api/auth/login", .type = "application/json",
		.body = body, .address = address, .cookie = cookie};
	struct reply reply = ask_send(f, &ask);
	free(body);
	return reply;
}

static void
a_good_key_is_heard(struct fixture *f, const char *address, bool heard)
{
	struct reply reply = sign_in_from(f, address, NULL);
	assert_int_equal(reply.status, heard ? 200 : 429);
	assert_true(!heard || strstr(reply.text, "Set-Cookie: dispatch="));
	free(reply.text);
}

static void
who_fails_too_often_is_not_heard_at_that_address(void **state)
{
	struct fixture *f = *state;
	struct ask ask = {"POST", "api/auth/login", .type = "application/json",
		.body = "{\"provider\":\"access-key\",\"key\":\"ak_x\"}"};
	char token[AUTH_TOKEN_SIZE] = "";
	struct reply first = sign_in_from(f, "192.0.2.1", NULL);
	const char *cookie = strstr(first.text, "Set-Cookie: dispatch=");
	assert_non_null(cookie);
	snprintf(token, sizeof token, "%s", cookie + strlen("Set-Cookie: dispatch="));
	free(first.text);
	for (int i = 0; i < 20; i++) {
		struct reply reply = ask_send(f, &ask);
		assert_int_equal(reply.status, i < 5 ? 401 : 429);
		assert_string_equal(reply.code, i < 5 ? "auth.denied" : "rate.limited");
		assert_true(i < 5 || strstr(reply.text, "Retry-After: "));
		free(reply.text);
	}
	a_good_key_is_heard(f, "192.0.2.1", false);
	a_good_key_is_heard(f, "192.0.2.2", true);
	/* Who is signed in is counted for themselves. */
	first = sign_in_from(f, "192.0.2.1", token);
	assert_int_equal(first.status, 200);
	free(first.text);
}

/* Whoever has one address of a network has as many as they like. */
static void
a_network_of_ipv6_counts_as_one_address(void **state)
{
	struct fixture *f = *state;
	struct ask ask = {"POST", "api/auth/login", .type = "application/json",
		.body = "{\"provider\":\"access-key\",\"key\":\"ak_x\"}"};
	for (int i = 0; i < 6; i++) {
		char address[40];
		snprintf(address, sizeof address, "2001:db8:0:1::%x", i + 1);
		ask.address = address;
		struct reply reply = ask_send(f, &ask);
		assert_int_equal(reply.status, i < 5 ? 401 : 429);
		free(reply.text);
	}
	a_good_key_is_heard(f, "2001:db8:0:1:ffff::1", false);
	a_good_key_is_heard(f, "2001:db8:0:2::1", true);
}

/* From everywhere at once: 30 tries from addresses that fail twice. Nobody can keep a
 * person out who has not failed. */
static void
who_is_guessed_is_guessed_seldom_and_still_heard(void **state)
{
	struct fixture *f = *state;
	int heard = 0;
	char *body = xasprintf(
		"{\"provider\":\"access-key\",\"key\":\"%.*saaaaaaaaaaaaaaaaaaaaaaaaaaaa"
		"aaaaaaaaaaaaaaaaaaaaaaaa\"}",
		3 + ID_LENGTH + 1, f->key);
	for (int i = 0; i < 100; i++) {
		char address[40];
		snprintf(address, sizeof address, "198.51.100.%d", i / 2);
		const struct ask ask = {"POST", "api/auth/login",
			.type = "application/json", .body = body, .address = address};
		struct reply reply = ask_send(f, &ask);
		heard += reply.status == 401;
		free(reply.text);
	}
	free(body);
	assert_in_range(heard, 30, 15 + 50);
	a_good_key_is_heard(f, "203.0.113.1", true);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		ASKING_TEST(who_fails_too_often_is_not_heard_at_that_address),
		ASKING_TEST(a_network_of_ipv6_counts_as_one_address),
		ASKING_TEST(who_is_guessed_is_guessed_seldom_and_still_heard),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
