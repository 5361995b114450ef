/* fcgi/child: a program that a handler asks, isolated or as it is. */
#include "config.h"

#include "fcgi/child.h"
#include "lib/path.h"

#include <fcntl.h>
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

enum { LIMIT_MS = 30000 };

/* A directory with "hidden/file" in it, open, and the steps that hide the inner one. */
struct place {
	char dir[24];
	char *hidden, *file;
	int fd;
	char steps[2][64];
	struct os_isolate isolate;
};

static void
make_place(struct place *place)
{
	*place = (struct place){.dir = "/tmp/dispatch-XXXXXX"};
	assert_non_null(mkdtemp(place->dir));
	place->hidden = path_join(place->dir, "hidden");
	place->file = path_join(place->hidden, "file");
	assert_int_equal(mkdir(place->hidden, 0700), 0);
	close(open(place->file, O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
	place->fd = open(place->dir, O_PATH | O_DIRECTORY | O_CLOEXEC);
	snprintf(place->steps[0], sizeof place->steps[0], "a%s", place->dir);
	snprintf(place->steps[1], sizeof place->steps[1], "h%s", place->hidden);
	place->isolate = (struct os_isolate){.flags = OS_ISOLATE_FILES,
		.steps = {place->steps[0], place->steps[1]},
		.count = 2};
	os_isolate_prepare(&place->isolate);
}

static void
remove_place(struct place *place)
{
	close(place->fd);
	unlink(place->file);
	rmdir(place->hidden);
	rmdir(place->dir);
	free(place->file);
	free(place->hidden);
}

/* A place, and what the last program that was asked there said. */
struct fixture {
	struct place place;
	struct buf out;
	struct err e;
};

static int
set_up(void **state)
{
	struct fixture *f = calloc(1, sizeof *f);
	make_place(&f->place);
	*state = f;
	return 0;
}

static int
tear_down(void **state)
{
	struct fixture *f = *state;
	remove_place(&f->place);
	buf_free(&f->out);
	free(f);
	return 0;
}

/* For who needs a system that isolates. */
static struct fixture *
isolating(void **state)
{
	if (os_isolate_try(OS_ISOLATE_FILES) != 0)
		skip();
	return *state;
}

static bool
take(void *arg, const char *bytes, size_t len)
{
	buf_add(arg, bytes, len);
	return true;
}

/* Its exit status, or -1. */
static int
ask(struct fixture *f, bool isolated, const char *script)
{
	char *argv[] = {(char *)"sh", (char *)"-c", (char *)script, NULL};
	char *env[] = {(char *)"PATH=/usr/bin:/bin", NULL};
	const struct child child = {.argv = argv,
		.env = env,
		.isolate = isolated ? &f->place.isolate : NULL,
		.dir = f->place.fd,
		.path = f->place.dir,
		.ms = LIMIT_MS,
		.take = take,
		.arg = &f->out};
	buf_clear(&f->out);
	buf_add(&f->out, "", 0);
	return child_talk(&child, &f->e);
}

static void
what_is_hidden_is_so_from_the_directory_it_starts_in(void **state)
{
	struct fixture *f = isolating(state);
	assert_int_equal(ask(f, false, "ls hidden"), 0);
	assert_string_equal(f->out.data, "file\n");
	assert_int_equal(ask(f, true, "ls hidden; pwd"), 0);
	assert_int_equal(strncmp(f->out.data, f->place.dir, strlen(f->place.dir)), 0);
	assert_int_equal(ask(f, true, "cd hidden && cd .. && ls hidden"), 0);
	assert_string_equal(f->out.data, "");
}

static void
another_directory_at_the_path_is_refused(void **state)
{
	struct fixture *f = isolating(state);
	struct place other;
	make_place(&other);
	close(f->place.fd);
	f->place.fd = dup(other.fd);
	assert_int_equal(ask(f, true, "echo ran"), -1);
	assert_string_equal(f->e.code, "child.directory");
	assert_string_equal(f->out.data, "");
	remove_place(&other);
}

static void
it_has_its_streams_alone_and_no_power(void **state)
{
	struct fixture *f = isolating(state);
	int left_open = open("/dev/null", O_RDONLY);
	int status = ask(f, true,
		"ls /proc/self/fd; grep CapEff /proc/self/status; kill -TERM $$");
	assert_int_equal(status, -1);
	assert_string_equal(f->e.code, "child.failed");
	assert_string_equal(f->out.data, "0\n1\n2\n3\nCapEff:\t0000000000000000\n");
	assert_int_equal(ask(f, true, "cat; exit 7"), 7);
	close(left_open);
}

static void
a_step_that_the_kernel_refuses_is_told(void **state)
{
	struct fixture *f = isolating(state);
	f->place.isolate.steps[1] = "?";
	assert_int_equal(ask(f, true, "echo ran"), -1);
	assert_int_equal(f->e.status, 422);
	assert_string_equal(f->e.code, "session.isolation_unavailable");
	assert_string_equal(f->out.data, "");
}

static void
a_program_is_not_looked_for_where_it_runs(void **state)
{
	struct fixture *f = *state;
	char *argv[] = {(char *)"dispatch-no-such", NULL};
	char *env[] = {NULL};
	char *before = xstrdup(getenv("PATH"));
	char *program = path_join(f->place.dir, argv[0]);
	assert_int_equal(symlink("/bin/true", program), 0);
	setenv("PATH", ".::/bin", 1);
	const struct child child = {.argv = argv,
		.env = env,
		.dir = f->place.fd,
		.path = f->place.dir,
		.ms = LIMIT_MS};
	assert_int_equal(child_talk(&child, &f->e), -1);
	assert_string_equal(f->e.code, "child.missing");
	setenv("PATH", f->place.dir, 1);
	assert_int_equal(child_talk(&child, &f->e), 0);
	setenv("PATH", before, 1);
	unlink(program);
	free(program);
	free(before);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(what_is_hidden_is_so_from_the_directory_it_starts_in),
		TEST(another_directory_at_the_path_is_refused),
		TEST(it_has_its_streams_alone_and_no_power),
		TEST(a_step_that_the_kernel_refuses_is_told),
		TEST(a_program_is_not_looked_for_where_it_runs),
	};
	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
