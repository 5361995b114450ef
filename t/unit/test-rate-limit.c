/* lib/store/rate_limit: buckets of tokens, on a real database. */
#include "config.h"

#include "lib/store/rate_limit.h"

#include "t/unit/state.h"

static void
a_bucket_empties_and_fills_again(void **state)
{
	struct fixture *f = *state;
	const struct rate rate = {"test", 5, 12000}, other = {"other", 5, 12000};
	struct err e = {0};
	for (int i = 0; i < 5; i++)
		assert_int_equal(rate_limit_take(f->db, &rate, NOW, NULL, &e), 0);
	assert_in_range(rate_limit_take(f->db, &rate, NOW, NULL, &e), 11000, 12001);
	assert_int_equal(rate_limit_take(f->db, &other, NOW, NULL, &e), 0);
	assert_int_equal(rate_limit_take(f->db, &rate, NOW + 12000, NULL, &e), 0);
	assert_in_range(rate_limit_take(f->db, &rate, NOW + 12000, NULL, &e), 1, 12001);
	for (int i = 0; i < 5; i++)
		assert_int_equal(rate_limit_take(f->db, &rate, NOW + 100000, NULL, &e),
			0);
}

static void
a_token_that_is_given_back_may_be_taken_again(void **state)
{
	struct fixture *f = *state;
	const struct rate rate = {"test", 2, 12000};
	struct err e = {0};
	bool was_full = false;
	assert_int_equal(rate_limit_take(f->db, &rate, NOW, &was_full, &e), 0);
	assert_true(was_full);
	assert_int_equal(rate_limit_take(f->db, &rate, NOW, &was_full, &e), 0);
	assert_false(was_full);
	assert_int_equal(rate_limit_give(f->db, &rate, NOW, &e), 0);
	assert_int_equal(rate_limit_take(f->db, &rate, NOW, NULL, &e), 0);
	assert_true(rate_limit_take(f->db, &rate, NOW, NULL, &e) > 0);
	for (int i = 0; i < 3; i++) /* never more than full */
		assert_int_equal(rate_limit_give(f->db, &rate, NOW, &e), 0);
	for (int i = 0; i < 2; i++)
		assert_int_equal(rate_limit_take(f->db, &rate, NOW, NULL, &e), 0);
	assert_true(rate_limit_take(f->db, &rate, NOW, NULL, &e) > 0);
}

static void
there_are_only_so_many_buckets(void **state)
{
	struct fixture *f = *state;
	const struct rate slow = {"slow", 1, 3600000};
	struct err e = {0};
	assert_int_equal(rate_limit_take(f->db, &slow, NOW, NULL, &e), 0);
	assert_int_equal(
		db_script(f->db,
			"WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i+1 "
			"FROM n WHERE i<20000) INSERT INTO rate_limit SELECT "
			"'many '||i, 0, 1, 4000000000000+i FROM n; UPDATE rate_limit "
			"SET full_at=9000000000000 WHERE bucket='slow'",
			&e),
		0);
	const struct rate one = {"one", 1, 1000};
	assert_int_equal(rate_limit_take(f->db, &one, NOW, NULL, &e), 0);
	int64_t rows = 0;
	assert_true(db_int(f->db, &rows, &e, "SELECT count(*) FROM rate_limit", "") >= 0);
	assert_int_equal(rows, RATE_LIMIT_MOST);
	assert_true(rate_limit_take(f->db, &slow, NOW, NULL, &e) > 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		STATE_TEST(a_bucket_empties_and_fills_again),
		STATE_TEST(a_token_that_is_given_back_may_be_taken_again),
		STATE_TEST(there_are_only_so_many_buckets),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
