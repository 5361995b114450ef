/*
 * What a program prints arrives, byte by byte and once. Output is checked by position:
 * byte `offset` of the flood has one right value, so whatever is lost, doubled or moved
 * shows.
 */
#include "config.h"

#include "t/unit/shim_runner.h"

#include <stdlib.h>

static void
every_byte_value_arrives_unchanged(void **state)
{
	struct runner *r = *state;

	runner_start_child(r, "all-bytes");
	until(r, runner_is_complete(r));
	assert_int_equal(r->nkept, 256);
	for (int i = 0; i < 256; i++)
		assert_int_equal((unsigned char)r->kept[i], i);
	assert_int_equal(r->exit.code, 0);
	runner_finish(r);
}

static void
nothing_is_lost_or_doubled_over_twenty_adoptions(void **state)
{
	struct runner *r = *state;
	const uint64_t total = 20000000;

	r->flood = r->lazy = true;
	srandom(4711);
	runner_start_child(r, "flood", "20000000");
	for (int i = 0; i < 20; i++) {
		r->stop_at = r->committed + (uint64_t)random() % (total / 21) + 1;
		until(r, r->committed == r->stop_at);
		r->conf.generation++;
		runner_adopt(r);
		assert_true(r->welcomed);
		assert_true(r->welcome.acked <= r->committed);
		assert_true(r->committed <= r->welcome.head);
	}
	r->stop_at = 0;
	until(r, runner_is_complete(r));
	assert_int_equal(r->wrong, 0);
	assert_int_equal(r->committed, total);
	runner_finish(r);
}

static void
a_full_ring_blocks_the_program_and_loses_nothing(void **state)
{
	struct runner *r = *state;
	struct err e = {0};
	uint64_t head;

	r->flood = true;
	r->stop_at = 1000;
	r->conf.ring_size = SHIM_RING_MIN;
	runner_start_child(r, "flood", "1000000");
	until(r, shim_link_head(r->link) == 1000 + SHIM_RING_MIN);
	head = shim_link_head(r->link);
	runner_turn_for(r, 100);
	assert_int_equal(shim_link_head(r->link), head);
	assert_int_equal(shim_link_stat(r->link, &e), 0);
	until(r, r->stated);
	assert_int_equal(r->welcome.state, SHIM_RUNNING);
	r->stop_at = 0;
	until(r, runner_is_complete(r));
	assert_int_equal(r->wrong, 0);
	assert_int_equal(r->committed, 1000000);
	runner_finish(r);
}

static void
offsets_and_input_numbers_go_on_in_the_next_run(void **state)
{
	struct runner *r = *state;
	const char *argv[] = {NULL, NULL, "echo", NULL};
	struct shim_start shim_start = runner_command(r, argv);
	struct err e = {0};

	shim_start.output_base = r->committed = (UINT64_C(5) << 32) + 12345;
	shim_start.input_base = 41;
	runner_spawn(r);
	runner_start(r, &shim_start);
	until(r, r->nkept == 1);
	assert_int_equal(shim_link_input(r->link, 43, "x", 1, &e), -1);
	assert_string_equal(e.code, "shim.range");
	assert_int_equal(shim_link_input(r->link, 42, "hello", 5, &e), 0);
	until(r, r->nkept == 6);
	assert_string_equal(r->kept, "!hello");
	assert_int_equal(r->input_done, 42);
	assert_int_equal(shim_link_head(r->link), (UINT64_C(5) << 32) + 12351);
	assert_true(runner_has_acknowledged(r, (UINT64_C(5) << 32) + 12351));
}

static void
with_pipes_stdout_and_stderr_can_be_told_apart(void **state)
{
	struct runner *r = *state;
	const char *argv[] = {NULL, NULL, "both", NULL};
	struct shim_start shim_start = runner_command(r, argv);
	unsigned char bytes[SHIM_RECORD_MAX];
	char out[64] = "", err[64] = "";
	struct err e = {0};
	uint64_t at = 8, next;
	size_t len;
	int stream;

	r->handlers.data = NULL;
	shim_start.mode = SHIM_MODE_PIPES;
	shim_start.output_base = 8;
	runner_spawn(r);
	runner_start(r, &shim_start);
	assert_int_equal(shim_link_input(r->link, 1, "typed\n", 6, &e), 0);
	until(r, r->exited);
	assert_int_equal(r->exit.code, 3);
	while ((len = shim_link_record(r->link, at, &stream, bytes, &next)) > 0) {
		strncat(stream == SHIM_STREAM_STDOUT ? out : err, (char *)bytes, len);
		shim_link_ack(r->link, next);
		at = next;
	}
	assert_int_equal(at, r->exit.head);
	assert_string_equal(out, "out1typed\n");
	assert_string_equal(err, "err1end");
	runner_finish(r);
}

static void
records_survive_the_end_of_the_ring(void **state)
{
	struct runner *r = *state;
	const char *argv[] = {NULL, NULL, "flood", "1000003", NULL};
	struct shim_start shim_start = runner_command(r, argv);
	unsigned char bytes[SHIM_RECORD_MAX];
	uint64_t at = 0, next;
	size_t len;
	int stream;

	r->handlers.data = NULL;
	r->flood = true;
	shim_start.mode = SHIM_MODE_PIPES;
	r->conf.ring_size = SHIM_RING_MIN;
	runner_spawn(r);
	runner_start(r, &shim_start);
	while (!r->exited || at < r->exit.head) {
		len = shim_link_record(r->link, at, &stream, bytes, &next);
		if (len == 0) {
			runner_turn(r);
			assert_false(r->lost);
			continue;
		}
		runner_commit(r, bytes, len);
		shim_link_ack(r->link, next);
		at = next;
	}
	assert_int_equal(r->committed, 1000003);
	assert_int_equal(r->wrong, 0);
	runner_finish(r);
}

int
main(int argc, char **argv)
{
	int result;
	const struct CMUnitTest tests[] = {
		RUNNER_TEST(every_byte_value_arrives_unchanged),
		RUNNER_TEST(nothing_is_lost_or_doubled_over_twenty_adoptions),
		RUNNER_TEST(a_full_ring_blocks_the_program_and_loses_nothing),
		RUNNER_TEST(offsets_and_input_numbers_go_on_in_the_next_run),
		RUNNER_TEST(with_pipes_stdout_and_stderr_can_be_told_apart),
		RUNNER_TEST(records_survive_the_end_of_the_ring),
		RUNNER_TEST_IN(runner_set_up_closed, every_byte_value_arrives_unchanged),
		RUNNER_TEST_IN(runner_set_up_closed,
			nothing_is_lost_or_doubled_over_twenty_adoptions),
	};

	if (shim_child(argc, argv, &result))
		return result;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
