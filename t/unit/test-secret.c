/* Sealing (lib/crypt) and the key file (lib/secret). */
#include "config.h"

#include "lib/crypt.h"
#include "lib/path.h"
#include "lib/secret.h"

#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

/* ---- sealing ---- */

/* AES-256-GCM with key and nonce of zeros: what McGrew and Viega's specification of GCM
 * has as its test cases 13 and 14. */
static void
known_answers_are_opened(void **state)
{
	static const uint8_t nothing[] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, /* nonce */
		0x53, 0x0f, 0x8a, 0xfb, 0xc7, 0x45, 0x36, 0xb9, 0xa9, 0x63, 0xb4, 0xf1,
		0xc4, 0xcb, 0x73, 0x8b};
	static const uint8_t zeros[] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, /* nonce */
		0xce, 0xa7, 0x40, 0x3d, 0x4d, 0x60, 0x6b, 0x6e, 0x07, 0x4e, 0xc5, 0xd3,
		0xba, 0xf3, 0x9d, 0x18, 0xd0, 0xd1, 0xc8, 0xa7, 0x99, 0x99, 0x6b, 0xf0,
		0x26, 0x5b, 0x98, 0xb5, 0xd4, 0x8a, 0xb9, 0x19};
	static const uint8_t key[CRYPT_KEY_SIZE], plain[16];
	struct buf out = BUF_INIT;
	(void)state;
	assert_int_equal(crypt_unseal(&out, key, "", nothing, sizeof nothing), 0);
	assert_int_equal(out.len, 0);
	assert_int_equal(crypt_unseal(&out, key, "", zeros, sizeof zeros), 0);
	assert_int_equal(out.len, sizeof plain);
	assert_memory_equal(out.data, plain, sizeof plain);
	buf_free(&out);
}

static void
what_was_changed_is_not_opened(void **state)
{
	uint8_t key[CRYPT_KEY_SIZE];
	struct buf sealed = BUF_INIT, out = BUF_INIT;
	(void)state;
	crypt_random(key, sizeof key);
	buf_str(&out, "before");
	crypt_seal(&sealed, key, "a b", "secret", 6);
	for (size_t bit = 0; bit < sealed.len * 8; bit++) {
		sealed.data[bit / 8] ^= (char)(1 << bit % 8);
		assert_int_equal(crypt_unseal(&out, key, "a b", sealed.data, sealed.len),
			-1);
		sealed.data[bit / 8] ^= (char)(1 << bit % 8);
	}
	for (size_t len = 0; len < sealed.len; len++)
		assert_int_equal(crypt_unseal(&out, key, "a b", sealed.data, len), -1);
	assert_int_equal(crypt_unseal(&out, key, "a c", sealed.data, sealed.len), -1);
	key[31] ^= 1;
	assert_int_equal(crypt_unseal(&out, key, "a b", sealed.data, sealed.len), -1);
	key[31] ^= 1;
	assert_int_equal(out.len, 6);
	assert_int_equal(crypt_unseal(&out, key, "a b", sealed.data, sealed.len), 0);
	assert_int_equal(out.len, 12);
	assert_string_equal(out.data, "beforesecret"); /* ended, as texts are */
	buf_free(&sealed);
	buf_free(&out);
}

static void
the_same_text_is_sealed_differently_each_time(void **state)
{
	static const uint8_t key[CRYPT_KEY_SIZE];
	struct buf one = BUF_INIT, two = BUF_INIT;
	(void)state;
	crypt_seal(&one, key, "x", "secret", 6);
	crypt_seal(&two, key, "x", "secret", 6);
	assert_int_equal(one.len, 12 + 6 + 16);
	assert_memory_not_equal(one.data, two.data, 12);
	assert_memory_not_equal(one.data + 12, two.data + 12, 6);
	buf_free(&one);
	buf_free(&two);
}

/* ---- the key file ---- */

static int
set_up(void **state)
{
	char *dir = strdup("/tmp/dispatch-XXXXXX");
	*state = mkdtemp(dir);
	return *state ? 0 : -1;
}

static int
tear_down(void **state)
{
	char *path = path_join(*state, "secret.key");
	unlink(path);
	free(path);
	assert_int_equal(rmdir(*state), 0); /* nothing else was left there */
	free(*state);
	return 0;
}

enum { THREADS = 16, ROUNDS = 50 };

struct sealer {
	const char *dir;
	pthread_barrier_t *begin;
	struct buf sealed;
};

static void *
seal(void *arg)
{
	struct sealer *s = arg;
	struct err e;
	pthread_barrier_wait(s->begin);
	assert_int_equal(secret_seal(s->dir, true, "x", "text", 4, &s->sealed, &e), 0);
	return NULL;
}

static void
those_who_make_the_key_at_once_make_one(void **state)
{
	const char *dir = *state;
	char *path = path_join(dir, "secret.key");
	for (int round = 0; round < ROUNDS; round++) {
		struct sealer sealers[THREADS] = {0};
		pthread_t threads[THREADS];
		pthread_barrier_t begin;
		struct buf out = BUF_INIT;
		struct err e;
		pthread_barrier_init(&begin, NULL, THREADS);
		for (int i = 0; i < THREADS; i++) {
			sealers[i] = (struct sealer){dir, &begin, BUF_INIT};
			pthread_create(&threads[i], NULL, seal, &sealers[i]);
		}
		for (int i = 0; i < THREADS; i++)
			pthread_join(threads[i], NULL);
		for (int i = 0; i < THREADS; i++) {
			assert_int_equal(secret_open(dir, "x", sealers[i].sealed.data,
						 sealers[i].sealed.len, &out, &e),
				0);
			buf_free(&sealers[i].sealed);
		}
		buf_free(&out);
		pthread_barrier_destroy(&begin);
		assert_int_equal(unlink(path), 0);
	}
	free(path);
}

static void
a_key_is_made_only_when_that_is_meant(void **state)
{
	struct buf sealed = BUF_INIT;
	struct err e;
	assert_int_equal(secret_seal(*state, false, "x", "text", 4, &sealed, &e), -1);
	assert_string_equal(e.code, "secret.key");
	assert_int_equal(sealed.len, 0);
	assert_int_equal(secret_seal(*state, true, "x", "text", 4, &sealed, &e), 0);
	buf_free(&sealed);
}

static void
write_file(const char *path, size_t len, mode_t mode)
{
	char bytes[64] = {0};
	FILE *f = fopen(path, "w");
	assert_non_null(f);
	assert_int_equal(fwrite(bytes, 1, len, f), len);
	fclose(f);
	assert_int_equal(chmod(path, mode), 0);
}

static void
a_key_file_of_another_kind_is_refused(void **state)
{
	static const struct {
		size_t len;
		mode_t mode;
	} cases[] = {{0, 0600}, {31, 0600}, {33, 0600}, {32, 0640}, {32, 0604}};
	char *path = path_join(*state, "secret.key"), *link = path_join(*state, "link");
	struct buf sealed = BUF_INIT;
	struct err e;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		write_file(path, cases[i].len, cases[i].mode);
		assert_int_equal(secret_seal(*state, true, "x", "t", 1, &sealed, &e), -1);
		assert_string_equal(e.code, "secret.key");
		unlink(path);
	}
	write_file(link, 32, 0600);
	assert_int_equal(symlink(link, path), 0);
	assert_int_equal(secret_seal(*state, true, "x", "t", 1, &sealed, &e), -1);
	unlink(path);
	unlink(link);
	assert_int_equal(mkfifo(path, 0600), 0); /* nor waited for */
	assert_int_equal(secret_seal(*state, true, "x", "t", 1, &sealed, &e), -1);
	assert_int_equal(sealed.len, 0);
	free(path);
	free(link);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(known_answers_are_opened),
		cmocka_unit_test(what_was_changed_is_not_opened),
		cmocka_unit_test(the_same_text_is_sealed_differently_each_time),
		cmocka_unit_test_setup_teardown(those_who_make_the_key_at_once_make_one,
			set_up, tear_down),
		cmocka_unit_test_setup_teardown(a_key_is_made_only_when_that_is_meant,
			set_up, tear_down),
		cmocka_unit_test_setup_teardown(a_key_file_of_another_kind_is_refused,
			set_up, tear_down),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
