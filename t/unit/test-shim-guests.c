/* Who may speak to a shim, and that nothing that anybody says harms it. */
#include "config.h"

#include "runner/shim_frame.h"
#include "t/unit/shim_runner.h"

#include <stdlib.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

static int
raw_connect(struct runner *r)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
	struct timeval tv = {.tv_sec = 5};

	memcpy(address.sun_path, r->path, strlen(r->path) + 1);
	assert_int_equal(connect(fd, (struct sockaddr *)&address, sizeof(address)), 0);
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &tv, sizeof(tv));
	return fd;
}

static struct shim_view
raw_await(int fd, enum shim_frame_type type, unsigned char bytes[4096])
{
	struct shim_view view;

	do {
		ssize_t n = recv(fd, bytes, 4096, 0);

		assert_true(n > 0);
		assert_int_equal(shim_view_parse(&view, bytes, (size_t)n), 0);
	} while (view.type != type);
	return view;
}

static void
raw_input(int fd, uint64_t k)
{
	_Alignas(8) unsigned char bytes[256];
	struct shim_frame frame;

	shim_frame_begin(&frame, bytes, sizeof(bytes), SHIM_INPUT, 0);
	shim_frame_number(&frame, 777, 1);
	shim_frame_number(&frame, SHIM_F_K, k);
	shim_frame_bytes(&frame, SHIM_F_BYTES, "z", 1);
	assert_true(send(fd, bytes, shim_frame_end(&frame), 0) > 0);
}

static void
raw_number(int fd, enum shim_frame_type type, enum shim_field field, uint64_t number)
{
	_Alignas(8) unsigned char bytes[256];
	struct shim_frame frame;

	shim_frame_begin(&frame, bytes, sizeof(bytes), type, 0);
	shim_frame_number(&frame, field, number);
	assert_true(send(fd, bytes, shim_frame_end(&frame), 0) > 0);
}

static void
raw_hello(int fd)
{
	_Alignas(8) unsigned char bytes[256];
	struct shim_frame frame;

	shim_frame_begin(&frame, bytes, sizeof(bytes), SHIM_HELLO, 0);
	shim_frame_number(&frame, SHIM_F_VERSION_MIN, 1);
	shim_frame_number(&frame, SHIM_F_VERSION_MAX, 9);
	shim_frame_number(&frame, SHIM_F_GENERATION, 50);
	shim_frame_bytes(&frame, SHIM_F_COOKIE, runner_cookie, sizeof(runner_cookie));
	assert_true(send(fd, bytes, shim_frame_end(&frame), 0) > 0);
}

static void
a_lower_generation_is_refused_and_a_higher_one_takes_over(void **state)
{
	struct runner *r = *state;
	struct runner other = *r;
	struct err e = {0};

	runner_start_child(r, "wait", "x");
	until(r, r->committed > 0); /* else the other one has it, and we wait for it */
	other.conf.generation = 4;
	runner_adopt(&other);
	until(&other, other.lost);
	assert_false(other.welcomed);
	assert_int_equal(other.why, SHIM_LOST_FENCED);
	assert_false(r->lost);
	other.conf.generation = 6;
	runner_adopt(&other);
	assert_true(other.welcomed);
	until(r, r->lost);
	assert_int_equal(r->why, SHIM_LOST_FENCED);
	assert_int_equal(shim_link_input(r->link, 1, "x", 1, &e), -1);
	assert_string_equal(e.code, "shim.state");
	runner_drop(&other);
	free(other.kept);
}

static void
a_wrong_cookie_is_refused(void **state)
{
	struct runner *r = *state;

	runner_start_child(r, "wait", "x");
	r->conf.cookie[15] ^= 1;
	runner_adopt(r);
	until(r, r->lost);
	assert_false(r->welcomed);
	assert_int_equal(r->why, SHIM_LOST_REFUSED);
}

static void
orders_out_of_bounds_are_answered_and_do_nothing(void **state)
{
	struct runner *r = *state;
	_Alignas(8) unsigned char bytes[4096];
	struct shim_view view;
	int fd;

	runner_start_child(r, "echo");
	until(r, r->nkept == 1);
	runner_drop(r);
	fd = raw_connect(r);
	raw_hello(fd);
	raw_await(fd, SHIM_WELCOME, bytes);
	raw_number(fd, 222, 333, 1); /* a frame from the future */
	raw_input(fd, 3);
	view = raw_await(fd, SHIM_ERROR, bytes);
	assert_int_equal(shim_view_number(&view, SHIM_F_REASON, 0), SHIM_REASON_GAP);
	assert_int_equal(shim_view_number(&view, SHIM_F_K, 0), 3);
	assert_int_equal(shim_view_number(&view, SHIM_F_EXPECT, 0), 1);
	raw_input(fd, 1);
	view = raw_await(fd, SHIM_INPUT_DONE, bytes);
	assert_int_equal(shim_view_number(&view, SHIM_F_K, 0), 1);
	raw_number(fd, SHIM_ACK, SHIM_F_OFFSET, 1000);
	view = raw_await(fd, SHIM_ERROR, bytes);
	assert_int_equal(shim_view_number(&view, SHIM_F_REASON, 0), SHIM_REASON_RANGE);
	raw_number(fd, SHIM_EXIT_ACK, 0, 0);
	view = raw_await(fd, SHIM_ERROR, bytes);
	assert_int_equal(shim_view_number(&view, SHIM_F_REASON, 0), SHIM_REASON_STATE);
	close(fd);
}

static void
guests_that_say_nothing_or_nonsense_do_no_harm(void **state)
{
	struct runner *r = *state;
	int fds[8];
	struct err e = {0};

	runner_start_child(r, "echo");
	until(r, r->nkept == 1);
	for (int i = 0; i < 8; i++)
		fds[i] = raw_connect(r);
	assert_int_equal(send(fds[0], "nonsense", 8, 0), 8);
	raw_number(fds[1], SHIM_CLOSE, SHIM_F_GRACE, 0);
	assert_int_equal(shim_link_input(r->link, 1, "still here", 10, &e), 0);
	until(r, r->nkept == 11);
	for (int i = 0; i < 8; i++)
		close(fds[i]);
	runner_adopt(r);
	assert_true(r->welcomed);
	assert_int_equal(r->welcome.state, SHIM_RUNNING);
}

int
main(int argc, char **argv)
{
	int result;
	const struct CMUnitTest tests[] = {
		RUNNER_TEST(a_lower_generation_is_refused_and_a_higher_one_takes_over),
		RUNNER_TEST(a_wrong_cookie_is_refused),
		RUNNER_TEST(orders_out_of_bounds_are_answered_and_do_nothing),
		RUNNER_TEST(guests_that_say_nothing_or_nonsense_do_no_harm),
	};

	if (shim_child(argc, argv, &result))
		return result;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
