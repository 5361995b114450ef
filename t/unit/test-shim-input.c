/* What is typed reaches a program, once. */
#include "config.h"

#include "runner/os_process.h"
#include "t/unit/shim_runner.h"

#include <signal.h>

static void
repeated_input_reaches_the_program_once(void **state)
{
	struct runner *r = *state;
	struct err e = {0};

	runner_start_child(r, "echo");
	until(r, r->nkept == 1);
	assert_int_equal(shim_link_input(r->link, 1, "one,", 4, &e), 0);
	assert_int_equal(shim_link_input(r->link, 1, "one,", 4, &e), 0);
	assert_int_equal(shim_link_input(r->link, 2, "", 0, &e), 0);
	assert_int_equal(shim_link_input(r->link, 0, "free,", 5, &e), 0);
	assert_int_equal(shim_link_input(r->link, 3, "three", 5, &e), 0);
	until(r, r->input_done == 3);
	runner_adopt(r);
	assert_int_equal(r->welcome.input_done, 3);
	r->input_done = 0;
	assert_int_equal(shim_link_input(r->link, 3, "three", 5, &e), 0);
	until(r, r->input_done == 3);
	assert_int_equal(shim_link_input(r->link, 4, ".", 1, &e), 0);
	until(r, r->input_done == 4 && r->nkept == 16);
	assert_string_equal(r->kept, "!one,free,three.");
}

static void
a_program_that_does_not_read_fills_a_bounded_queue(void **state)
{
	struct runner *r = *state;
	static char bytes[SHIM_INPUT_MAX];
	struct err e = {0};
	uint64_t k = 1;

	runner_start_child(r, "wait", "w");
	until(r, r->nkept == 1);
	memset(bytes, 'x', sizeof(bytes));
	for (int i = 0; i < 3; i++) { /* an adoption tells how much the pty took */
		while (k < 20 &&
			shim_link_input(r->link, k, bytes, sizeof(bytes), &e) == 0)
			k++;
		runner_turn_for(r, 20);
		assert_string_equal(e.code, "shim.full");
		runner_adopt(r);
		assert_int_equal(r->welcome.input_done, 0);
		assert_int_equal(r->welcome.input_next, k);
	}
	assert_int_equal(k, 3);
	assert_false(r->errored);
	assert_int_equal(shim_link_input(r->link, k, bytes, sizeof(bytes) + 1, &e), -1);
	assert_string_equal(e.code, "shim.range");
	assert_int_equal(shim_link_signal(r->link, SIGKILL, &e), 0);
	until(r, runner_is_complete(r));
	assert_int_equal(r->exit.signal, SIGKILL);
	assert_int_equal(r->exit.input_done, 0);
	runner_finish(r);
}

static void
a_megabyte_pasted_comes_back_unchanged(void **state)
{
	struct runner *r = *state;
	static unsigned char bytes[16384];
	const uint64_t inputs = 64;
	struct err e = {0};

	runner_start_child(r, "echo");
	until(r, r->nkept == 1);
	for (uint64_t k = 1; k <= inputs; k++) {
		for (size_t i = 0; i < sizeof(bytes); i++)
			bytes[i] = shim_child_flood((k - 1) * sizeof(bytes) + i);
		until(r, shim_link_input(r->link, k, bytes, sizeof(bytes), &e) == 0);
	}
	until(r, r->input_done == inputs && r->nkept == 1 + inputs * sizeof(bytes));
	for (uint64_t i = 0; i < inputs * sizeof(bytes); i++)
		assert_int_equal((unsigned char)r->kept[1 + i], shim_child_flood(i));
}

/* Nanoseconds on a processor so far. */
static long long
worked(pid_t pid)
{
	char path[40];
	long long time = -1;
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%d/schedstat", (int)pid);
	file = fopen(path, "re");
	if (file == NULL || fscanf(file, "%lld", &time) != 1)
		time = -1;
	if (file != NULL)
		fclose(file);
	return time;
}

static void
a_shim_without_a_runner_rests_when_input_is_done(void **state)
{
	struct runner *r = *state;
	struct err e = {0};
	long long before;
	pid_t shim;

	runner_start_child(r, "wait", "w");
	until(r, r->nkept == 1);
	shim = os_find_command("dispatch-shim", r->path);
	assert_true(shim > 0);
	kill(shim, SIGSTOP); /* it hears both at once */
	assert_int_equal(shim_link_input(r->link, 1, "x", 1, &e), 0);
	runner_drop(r);
	kill(shim, SIGCONT);
	runner_turn_for(r, 50);
	before = worked(shim);
	if (before < 0)
		skip();
	runner_turn_for(r, 300);
	assert_in_range(worked(shim) - before, 0, 5000000);
	runner_adopt(r);
	assert_int_equal(r->welcome.input_done, 1);
}

int
main(int argc, char **argv)
{
	int result;
	const struct CMUnitTest tests[] = {
		RUNNER_TEST(repeated_input_reaches_the_program_once),
		RUNNER_TEST(a_program_that_does_not_read_fills_a_bounded_queue),
		RUNNER_TEST(a_megabyte_pasted_comes_back_unchanged),
		RUNNER_TEST(a_shim_without_a_runner_rests_when_input_is_done),
		RUNNER_TEST_IN(runner_set_up_closed,
			repeated_input_reaches_the_program_once),
		RUNNER_TEST_IN(runner_set_up_closed,
			a_megabyte_pasted_comes_back_unchanged),
	};

	if (shim_child(argc, argv, &result))
		return result;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
