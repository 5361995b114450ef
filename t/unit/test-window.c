/* runner/window: how much is on its way to a viewer, on links of every kind. */
#include "config.h"

#include "runner/window.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

enum { MESSAGE = 2000, LIMIT = 512 * 1024, PACKETS = 4096 };

/* A link that carries `rate` bytes in a millisecond and tells after `answer` ms what has
 * arrived; the sender always has something to send. */
struct link {
	int64_t rate, answer;
	struct window window;
	int64_t now, free_at;     /* when the link is idle again, in 1/1000 ms */
	int64_t arrives[PACKETS]; /* when message n, modulo PACKETS, is acknowledged */
	int64_t told, carried;    /* messages; bytes */
	int64_t longest_wait;     /* of a message, since the last look, ms */
};

static void
send_what_fits(struct link *l)
{
	while (window_open(&l->window, 0)) {
		int64_t start = l->free_at > l->now * 1000 ? l->free_at : l->now * 1000;
		l->free_at = start + MESSAGE * 1000 / l->rate;
		window_sent(&l->window, MESSAGE, l->now);
		l->arrives[l->window.sent % PACKETS] = l->free_at / 1000 + l->answer;
		int64_t wait = l->free_at / 1000 - l->now;
		if (wait > l->longest_wait)
			l->longest_wait = wait;
	}
}

static void
acknowledge_what_came(struct link *l)
{
	int64_t n = l->told;
	while (n < l->window.sent && l->arrives[(n + 1) % PACKETS] <= l->now)
		n++;
	l->carried += (n - l->told) * MESSAGE;
	if (n > l->told)
		assert_int_equal(window_acknowledge(&l->window, n, l->now), 0);
	l->told = n;
}

static void
run(struct link *l, int64_t ms)
{
	for (int64_t end = l->now + ms; l->now < end; l->now++) {
		acknowledge_what_came(l);
		send_what_fits(l);
	}
}

static struct link
link_of(int64_t rate, int64_t answer)
{
	struct link l = {.rate = rate, .answer = answer};
	window_init(&l.window, LIMIT);
	return l;
}

static void
a_slow_link_is_used_fully_and_nothing_waits_long(void **state)
{
	struct link l = link_of(125, 60); /* 1 Mbit/s */
	(void)state;
	run(&l, 3000);
	l.longest_wait = l.carried = 0;
	run(&l, 10000);
	assert_true(l.longest_wait <= 250);
	assert_true(l.carried >= 125 * 10000 * 9 / 10);
}

static void
a_fast_link_gets_the_whole_window(void **state)
{
	struct link l = link_of(50000, 2);
	(void)state;
	run(&l, 500);
	assert_int_equal(l.window.size, LIMIT);
	l.carried = 0;
	run(&l, 1000);
	assert_true(l.carried >= 50000 * 1000 * 9 / 10);
}

static void
a_far_link_is_used_fully_too(void **state)
{
	struct link l = link_of(1000, 300); /* 8 Mbit/s from another continent */
	(void)state;
	run(&l, 5000);
	l.carried = 0;
	run(&l, 5000);
	assert_true(l.carried >= 1000 * 5000 * 9 / 10);
}

static void
a_link_that_becomes_slow_is_noticed(void **state)
{
	struct link l = link_of(50000, 2);
	(void)state;
	run(&l, 500);
	l.rate = 125;
	run(&l, 15000);
	l.longest_wait = 0;
	run(&l, 1000);
	assert_true(l.longest_wait <= 250);
}

static void
without_a_limit_nothing_is_counted(void **state)
{
	struct window w;
	(void)state;
	window_init(&w, 0);
	for (int i = 0; i < 1000; i++)
		window_sent(&w, 1 << 20, i);
	assert_true(window_open(&w, 0));
	assert_int_equal(window_acknowledge(&w, 1000, 1000), 0);
}

static void
what_was_never_sent_cannot_be_acknowledged(void **state)
{
	struct window w;
	(void)state;
	window_init(&w, LIMIT);
	window_sent(&w, 1000, 0);
	assert_int_equal(window_acknowledge(&w, 2, 1), -1);
	assert_int_equal(window_acknowledge(&w, 1, 1), 0);
	assert_int_equal(window_acknowledge(&w, 0, 2), 0);
	assert_int_equal(w.in_flight, 0);
}

static void
it_is_exact_however_the_acknowledgements_come(void **state)
{
	struct window w;
	(void)state;
	window_init(&w, LIMIT);
	for (int i = 0; i < 1000; i++)
		window_sent(&w, (size_t)(i % 7 * 100), i);
	for (int64_t n = 0; n <= 1000; n += 37)
		assert_int_equal(window_acknowledge(&w, n, 1000 + n), 0);
	assert_int_equal(window_acknowledge(&w, 1000, 3000), 0);
	assert_int_equal(w.in_flight, 0);
	assert_int_equal(w.mark_count, 0);
}

#define TEST(name) cmocka_unit_test(name)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_slow_link_is_used_fully_and_nothing_waits_long),
		TEST(a_fast_link_gets_the_whole_window),
		TEST(a_far_link_is_used_fully_too),
		TEST(a_link_that_becomes_slow_is_noticed),
		TEST(without_a_limit_nothing_is_counted),
		TEST(what_was_never_sent_cannot_be_acknowledged),
		TEST(it_is_exact_however_the_acknowledgements_come),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
