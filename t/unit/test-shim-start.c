/* How a shim and its program begin. */
#include "config.h"

#include "t/unit/shim_runner.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

static void
a_program_that_cannot_be_executed_is_reported_with_its_errno(void **state)
{
	struct runner *r = *state;
	static const char *const argv[] = {"no-such-program", NULL};
	const char *ignored[] = {NULL, NULL, NULL};
	struct shim_start shim_start = runner_command(r, ignored);

	shim_start.argv = argv;
	runner_spawn(r);
	runner_start(r, &shim_start);
	assert_true(r->failed);
	assert_int_equal(r->failure.step, SHIM_STEP_EXEC);
	assert_int_equal(r->failure.error, ENOENT);
	runner_adopt(r);
	until(r, r->failed);
	runner_finish(r);
	shim_start.file = "/etc/passwd";
	runner_spawn(r);
	runner_start(r, &shim_start);
	assert_int_equal(r->failure.error, EACCES);
	runner_finish(r);
}

static void
a_program_is_found_in_the_path_of_its_own_environment(void **state)
{
	struct runner *r = *state;
	static const char *const argv[] = {"-name", "-c", "echo $0", NULL};
	const char *ignored[] = {NULL, NULL, NULL};
	struct shim_start shim_start = runner_command(r, ignored);

	shim_start.argv = argv;
	shim_start.file = "sh";
	runner_spawn(r);
	runner_start(r, &shim_start);
	until(r, runner_is_complete(r));
	assert_string_equal(r->kept, "-name\r\n");
	runner_finish(r);
}

static void
a_missing_directory_is_reported(void **state)
{
	struct runner *r = *state;
	const char *argv[] = {NULL, NULL, "all-bytes", NULL};
	struct shim_start shim_start = runner_command(r, argv);

	shim_start.cwd = "/no/such/directory";
	runner_spawn(r);
	runner_start(r, &shim_start);
	assert_true(r->failed);
	assert_int_equal(r->failure.step, SHIM_STEP_CWD);
	assert_int_equal(r->failure.error, ENOENT);
	runner_finish(r);
}

static void
a_shim_without_start_leaves(void **state)
{
	struct runner *r = *state;

	r->conf.start_limit_ms = 100;
	runner_spawn(r);
	until(r, r->lost);
	assert_int_equal(r->why, SHIM_LOST_PEER_GONE);
	assert_int_equal(access(r->path, F_OK), -1);
	runner_adopt(r);
	assert_true(r->lost);
	assert_int_equal(r->why, SHIM_LOST_NO_SOCKET);
}

static void
a_second_start_never_runs_a_second_child(void **state)
{
	struct runner *r = *state;
	const char *argv[] = {NULL, NULL, "wait", "x", NULL};
	struct shim_start shim_start = runner_command(r, argv);
	struct err e = {0};
	pid_t pid;

	runner_spawn(r);
	runner_start(r, &shim_start);
	pid = r->pid;
	assert_int_equal(shim_link_start(r->link, &shim_start, &e), -1);
	assert_string_equal(e.code, "shim.state");
	runner_drop(r);
	assert_null(shim_link_spawn(r->base, &r->conf, &r->handlers, r, &e));
	assert_string_equal(e.code, "shim.busy");
	runner_adopt(r);
	until(r, r->started);
	assert_int_equal(r->welcome.state, SHIM_RUNNING);
	assert_memory_equal(r->welcome.nonce, shim_start.nonce, SHIM_NONCE_SIZE);
	assert_int_equal(r->pid, pid);
}

static void
a_dead_socket_is_replaced(void **state)
{
	struct runner *r = *state;
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_SEQPACKET, 0);

	memcpy(address.sun_path, r->path, strlen(r->path) + 1);
	assert_int_equal(bind(fd, (struct sockaddr *)&address, sizeof(address)), 0);
	close(fd);
	runner_adopt(r);
	assert_true(r->lost);
	assert_int_equal(r->why, SHIM_LOST_DEAD);
	runner_drop(r);
	runner_spawn(r);
}

static void
a_directory_that_others_may_enter_is_refused(void **state)
{
	struct runner *r = *state;
	struct err e = {0};

	chmod(r->dir, 0755);
	assert_null(shim_link_spawn(r->base, &r->conf, &r->handlers, r, &e));
	assert_string_equal(e.code, "shim.path");
	assert_null(shim_link_adopt(r->base, &r->conf, &r->handlers, r, &e));
	chmod(r->dir, 0700);
}

static void
a_child_has_three_descriptors_and_the_given_environment(void **state)
{
	struct runner *r = *state;
	int leak = open("/dev/null", O_RDONLY);

	runner_start_child(r, "surroundings");
	until(r, runner_is_complete(r));
	assert_string_equal(r->kept,
		"fd 0;fd 1;fd 2;env A=1;env PATH=/usr/bin:/bin;cwd /;tty 1;leader 1;");
	close(leak);
	runner_finish(r);
}

static void
size_and_signals_reach_the_program(void **state)
{
	struct runner *r = *state;
	struct err e = {0};

	runner_start_child(r, "sizes");
	until(r, r->nkept == 6);
	assert_int_equal(shim_link_resize(r->link, 132, 43, &e), 0);
	until(r, r->nkept == 13);
	assert_string_equal(r->kept, "80x24.132x43.");
	assert_int_equal(shim_link_resize(r->link, 0, 43, &e), -1);
	assert_int_equal(shim_link_signal(r->link, SIGUSR1, &e), 0);
	until(r, runner_is_complete(r));
	assert_int_equal(r->exit.code, SIGUSR1);
	runner_finish(r);
}

static void
each_program_has_the_first_terminal_of_its_own(void **state)
{
	struct runner *r = *state;

	if (!r->isolated)
		skip();
	runner_start_child(r, "terminal");
	until(r, runner_is_complete(r));
	assert_string_equal(r->kept, "/dev/pts/0 /dev/pts/1");
	runner_finish(r);
}

int
main(int argc, char **argv)
{
	int result;
	const struct CMUnitTest tests[] = {
		RUNNER_TEST(a_program_that_cannot_be_executed_is_reported_with_its_errno),
		RUNNER_TEST(a_program_is_found_in_the_path_of_its_own_environment),
		RUNNER_TEST(a_missing_directory_is_reported),
		RUNNER_TEST(a_shim_without_start_leaves),
		RUNNER_TEST(a_second_start_never_runs_a_second_child),
		RUNNER_TEST(a_dead_socket_is_replaced),
		RUNNER_TEST(a_directory_that_others_may_enter_is_refused),
		RUNNER_TEST(a_child_has_three_descriptors_and_the_given_environment),
		RUNNER_TEST(size_and_signals_reach_the_program),
		RUNNER_TEST_IN(runner_set_up_closed,
			a_program_that_cannot_be_executed_is_reported_with_its_errno),
		RUNNER_TEST_IN(runner_set_up_closed, a_missing_directory_is_reported),
		RUNNER_TEST_IN(runner_set_up_closed,
			a_child_has_three_descriptors_and_the_given_environment),
		RUNNER_TEST_IN(runner_set_up_closed, size_and_signals_reach_the_program),
		RUNNER_TEST_IN(runner_set_up_closed,
			each_program_has_the_first_terminal_of_its_own),
	};

	if (shim_child(argc, argv, &result))
		return result;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
