/* What a program that is being born hands to the shim. */
#include "config.h"

#include "runner/shim_report.c" /* the runner has none of it */
#include "t/unit/shim_runner.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/resource.h>
#include <unistd.h>

/* From now on we can have so many descriptors more. */
static int
leave_room(int more)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) == -1)
		return -1;
	for (limit.rlim_cur = 0; more > 0; limit.rlim_cur++)
		more -= fcntl((int)limit.rlim_cur, F_GETFD) == -1;
	return setrlimit(RLIMIT_NOFILE, &limit);
}

static void
a_terminal_that_does_not_arrive_whole_leaks_nothing(void **state)
{
	const struct shim_report terminal = {.news = SHIM_NEWS_TERMINAL};
	int ours, theirs, fds[SHIM_REPORT_FDS_MAX], before = open_descriptors();
	const int lent[] = {0, 1};
	struct shim_report report;
	struct rlimit limit;

	(void)state;
	assert_int_equal(shim_report_open(&ours, &theirs), 0);
	assert_int_equal(shim_report_receive(ours, &report, fds), 0);
	for (int room = 0; room < 3; room++) {
		assert_int_equal(shim_report_send(theirs, &terminal, lent, 2), 0);
		assert_int_equal(getrlimit(RLIMIT_NOFILE, &limit), 0);
		assert_int_equal(leave_room(room), 0);
		assert_int_equal(shim_report_receive(ours, &report, fds), 1);
		assert_int_equal(setrlimit(RLIMIT_NOFILE, &limit), 0);
		assert_int_equal(report.news,
			room < 2 ? SHIM_NEWS_FAILED : SHIM_NEWS_TERMINAL);
		assert_int_equal(fds[0] != -1, room == 2);
		assert_int_equal(fds[1] != -1, room == 2);
	}
	close(fds[0]);
	close(fds[1]);
	/* Neither is one that came with what needs none. */
	assert_int_equal(shim_report_send(theirs, &(struct shim_report){0}, lent, 1), 0);
	assert_int_equal(shim_report_receive(ours, &report, fds), 1);
	assert_int_equal(report.error, EMFILE);
	assert_int_equal(fds[0], -1);
	close(theirs);
	assert_int_equal(shim_report_receive(ours, &report, fds), -1);
	close(ours);
	assert_int_equal(open_descriptors(), before);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_terminal_that_does_not_arrive_whole_leaks_nothing),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
