/* How a program and its shim end, and that it is told truly. */
#include "config.h"

#include "t/unit/shim_runner.h"

#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

static pid_t
parent_of(pid_t pid)
{
	char path[32], line[256] = "";
	int parent = 0;
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%d/stat", (int)pid);
	file = fopen(path, "re");
	assert_non_null(file);
	assert_non_null(fgets(line, sizeof(line), file));
	fclose(file);
	assert_int_equal(sscanf(strrchr(line, ')') + 1, " %*c %d", &parent), 1);
	return (pid_t)parent;
}

static void
a_child_that_ends_at_once_tells_its_last_byte_and_code(void **state)
{
	struct runner *r = *state;

	for (int code = 0; code < 30; code += 3) {
		char text[16];

		snprintf(text, sizeof(text), "%d", code);
		r->committed = r->nkept = 0;
		runner_start_child(r, "quick", text, "last");
		until(r, runner_is_complete(r));
		assert_string_equal(r->kept, "last");
		assert_int_equal(r->exit.code, code);
		assert_int_equal(r->exit.signal, 0);
		assert_true(is_gone(r->pid));
		runner_finish(r);
	}
}

static void
a_killed_child_tells_its_signal(void **state)
{
	struct runner *r = *state;

	runner_start_child(r, "wait", "up");
	until(r, r->nkept == 2);
	assert_false(is_gone(r->pid));
	assert_int_equal(kill(r->pid, SIGKILL), 0);
	until(r, runner_is_complete(r));
	assert_int_equal(r->exit.code, 0);
	assert_int_equal(r->exit.signal, SIGKILL);
	runner_finish(r);
}

static void
an_exit_without_a_runner_is_told_until_it_is_acknowledged(void **state)
{
	struct runner *r = *state;

	runner_start_child(r, "quick", "9", "bye");
	runner_drop(r);
	while (kill(r->pid, 0) == 0)
		usleep(1000);
	for (int i = 0; i < 3; i++) {
		runner_adopt(r);
		until(r, runner_is_complete(r));
		assert_int_equal(r->exit.code, 9);
		assert_int_equal(r->exit.head, 3);
		assert_string_equal(r->kept, "bye");
	}
	runner_finish(r);
}

static void
a_killed_shim_leaves_its_output_to_be_read(void **state)
{
	struct runner *r = *state;
	const void *bytes;

	r->stop_at = 2;
	runner_start_child(r, "wait", "unread");
	until(r, shim_link_head(r->link) == 6 && runner_has_acknowledged(r, 2));
	assert_int_equal(kill(parent_of(r->pid), SIGKILL), 0);
	until(r, r->lost);
	assert_int_equal(r->why, SHIM_LOST_PEER_GONE);
	assert_int_equal(shim_link_peek(r->link, 2, &bytes), 4);
	assert_memory_equal(bytes, "read", 4);
	assert_false(is_gone(r->pid)); /* we hold its pty */
	runner_adopt(r);               /* and now nobody does: it is hung up */
	assert_int_equal(r->why, SHIM_LOST_DEAD);
	unlink(r->path);
}

static void
close_ends_even_what_hides_and_ignores_signals(void **state)
{
	struct runner *r = *state;
	struct err e = {0};
	pid_t hidden;

	runner_start_child(r, "stubborn", "stay");
	until(r, r->nkept > 0 && strchr(r->kept, '.') != NULL);
	hidden = (pid_t)strtol(r->kept, NULL, 10);
	assert_false(is_gone(hidden));
	assert_int_equal(shim_link_close(r->link, 100, &e), 0);
	runner_adopt(r); /* it goes on by itself */
	until(r, runner_is_complete(r));
	assert_true(is_gone(hidden));
	assert_true(is_gone(r->pid));
	assert_int_equal(r->exit.signal, SIGKILL);
	assert_int_equal(r->exit.left, 0);
	runner_finish(r);
}

static void
close_ends_even_what_keeps_forking_away(void **state)
{
	struct runner *r = *state;
	struct err e = {0};

	runner_start_child(r, "fleeing");
	until(r, r->nkept == 1);
	assert_int_equal(shim_link_close(r->link, 0, &e), 0);
	until(r, runner_is_complete(r));
	assert_int_equal(r->exit.code, 0);
	assert_int_equal(r->exit.left, 0);
	runner_finish(r);
}

static void
an_exit_is_told_although_a_background_process_keeps_the_pty(void **state)
{
	struct runner *r = *state;
	int64_t begin = runner_clock();
	pid_t hidden;

	runner_start_child(r, "stubborn", "leave");
	until(r, runner_is_complete(r));
	assert_int_equal(r->exit.code, 7);
	assert_in_range(runner_clock() - begin, SHIM_DRAIN_LIMIT_MS - 50,
		RUNNER_PATIENCE_MS);
	hidden = (pid_t)strtol(r->kept, NULL, 10);
	assert_false(is_gone(hidden));
	kill(hidden, SIGKILL);
	runner_finish(r);
}

int
main(int argc, char **argv)
{
	int result;
	const struct CMUnitTest tests[] = {
		RUNNER_TEST(a_child_that_ends_at_once_tells_its_last_byte_and_code),
		RUNNER_TEST(a_killed_child_tells_its_signal),
		RUNNER_TEST(an_exit_without_a_runner_is_told_until_it_is_acknowledged),
		RUNNER_TEST(a_killed_shim_leaves_its_output_to_be_read),
		RUNNER_TEST(close_ends_even_what_hides_and_ignores_signals),
		RUNNER_TEST(close_ends_even_what_keeps_forking_away),
		RUNNER_TEST(an_exit_is_told_although_a_background_process_keeps_the_pty),
		RUNNER_TEST_IN(runner_set_up_closed,
			a_child_that_ends_at_once_tells_its_last_byte_and_code),
		RUNNER_TEST_IN(runner_set_up_closed, a_killed_child_tells_its_signal),
		RUNNER_TEST_IN(runner_set_up_terminals,
			close_ends_even_what_hides_and_ignores_signals),
		RUNNER_TEST_IN(runner_set_up_terminals,
			close_ends_even_what_keeps_forking_away),
		RUNNER_TEST_IN(runner_set_up_terminals,
			an_exit_is_told_although_a_background_process_keeps_the_pty),
	};

	if (shim_child(argc, argv, &result))
		return result;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
