/* Directories of workspaces: whatever is written, and whatever changes meanwhile, nothing
 * outside the roots is used or made. */
#include "config.h"

#include "fcgi/workspace_dir.h"
#include "lib/buf.h"
#include "lib/path.h"
#include "lib/roots.h"

#include <dirent.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

struct fixture {
	char dir[32]; /* with "in", which is the root, and "out" */
	char *in, *out;
	struct conf conf;
};

static int
set_up(void **state)
{
	struct fixture *f = calloc(1, sizeof *f);
	snprintf(f->dir, sizeof f->dir, "/tmp/dispatch-XXXXXX");
	if (!mkdtemp(f->dir))
		return -1;
	f->in = path_join(f->dir, "in");
	f->out = path_join(f->dir, "out");
	f->conf.workspace_roots = f->in;
	*state = f;
	return mkdir(f->in, 0700) == 0 && mkdir(f->out, 0700) == 0 ? 0 : -1;
}

static int
tear_down(void **state)
{
	struct fixture *f = *state;
	char *argv[] = {(char *)"rm", (char *)"-rf", f->dir, NULL};
	pid_t pid = fork();
	int rc = 0;
	if (pid == 0) {
		execvp(argv[0], argv);
		_exit(127);
	}
	if (waitpid(pid, &rc, 0) != pid)
		rc = -1;
	free(f->in);
	free(f->out);
	free(f);
	return rc;
}

static void
is_refused(const struct fixture *f, const char *path, const char *code)
{
	struct err e = {0};
	assert_null(workspace_dir_resolve(&f->conf, path, true, &e));
	assert_string_equal(e.code, code);
}

static void
is_empty(const struct fixture *f)
{
	assert_true(workspace_dir_is_empty(f->out));
}

static void
a_root_holds_itself_and_what_is_beneath_and_no_neighbour(void **state)
{
	struct fixture *f = *state;
	static const struct {
		const char *after;
		bool held;
	} cases[] = {{"", true}, {"/x", true}, {"/x/y", true}, {"x", false}};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		char *path = xasprintf("%s%s", f->in, cases[i].after);
		assert_int_equal(roots_hold(&f->conf, path), cases[i].held);
		free(path);
	}
	assert_false(roots_hold(&f->conf, f->dir));
	assert_false(roots_hold(&f->conf, "/"));
	f->conf.workspace_roots = (char *)"/";
	assert_true(roots_hold(&f->conf, "/"));
	assert_true(roots_hold(&f->conf, f->out));
	f->conf.workspace_roots = (char *)"/nowhere/at/all";
	assert_false(roots_hold(&f->conf, "/nowhere/at/all"));
}

static void
what_leads_out_is_refused_and_nothing_is_made(void **state)
{
	struct fixture *f = *state;
	static const char *const outside[] = {"../out", "../out/x", "link", "link/x",
		"link/x/y", "/link//x", "sub/link/x", "../x", "./link/x", "sub/../link/x",
		"sub/../../out/x"};
	char *link = path_join(f->in, "link"), *sub = path_join(f->in, "sub");
	char *second = path_join(sub, "link");
	assert_int_equal(symlink(f->out, link), 0);
	assert_int_equal(mkdir(sub, 0700), 0);
	assert_int_equal(symlink("../../out", second), 0);
	for (size_t i = 0; i < sizeof outside / sizeof *outside; i++) {
		struct err e = {0};
		char *path = path_join(f->in, outside[i]);
		char *real = workspace_dir_resolve(&f->conf, path, true, &e);
		assert_null(real);
		if (strcmp(e.code, "workspace.outside") != 0)
			assert_string_equal(e.code, "workspace.missing"); /* dots */
		is_empty(f);
		free(path);
	}
	free(link);
	free(sub);
	free(second);
}

static void
a_link_to_nothing_makes_nothing(void **state)
{
	struct fixture *f = *state;
	char *link = path_join(f->in, "link"), *to = path_join(f->out, "x");
	assert_int_equal(symlink(to, link), 0);
	is_refused(f, link, "workspace.not_directory");
	is_empty(f);
	free(link);
	free(to);
}

static void
a_name_that_is_not_text_is_refused(void **state)
{
	struct fixture *f = *state;
	char *path = path_join(f->in, "\xff");
	is_refused(f, path, "workspace.name");
	free(path);
}

static void
a_workspace_whose_place_a_link_takes_is_not_used(void **state)
{
	struct fixture *f = *state;
	char *path = path_join(f->in, "a/b"), *above = path_join(f->in, "a"),
	     *there = path_join(f->out, "b");
	struct err e = {0};
	char *real = workspace_dir_resolve(&f->conf, path, true, &e);
	assert_string_equal(real, path);
	assert_int_equal(workspace_dir_check(&f->conf, path, &e), 0);
	assert_int_equal(rmdir(path), 0);
	assert_int_equal(workspace_dir_check(&f->conf, path, &e), -1);
	assert_string_equal(e.code, "workspace.missing");
	assert_int_equal(rmdir(above), 0);
	assert_int_equal(mkdir(there, 0700), 0);
	assert_int_equal(symlink(f->out, above), 0);
	assert_int_equal(workspace_dir_check(&f->conf, path, &e), -1);
	assert_string_equal(e.code, "workspace.outside");
	free(real);
	free(path);
	free(above);
	free(there);
}

/* ---- while somebody exchanges a directory for a link ---- */

enum { SWAPS = 20000 };

struct swapper {
	char *name, *dir, *link;
	atomic_bool done;
};

static void *
swap(void *arg)
{
	struct swapper *s = arg;
	for (int i = 0; i < SWAPS; i++) {
		rename(s->name, s->dir), rename(s->link, s->name);
		rename(s->name, s->link), rename(s->dir, s->name);
	}
	atomic_store(&s->done, true);
	return NULL;
}

static void
nothing_is_made_outside_however_quickly_a_link_takes_the_place(void **state)
{
	struct fixture *f = *state;
	struct swapper s = {path_join(f->in, "it"), path_join(f->in, "d"),
		path_join(f->in, "l"), false};
	char *wanted = path_join(s.name, "x/y");
	pthread_t thread;
	int made = 0;
	assert_int_equal(mkdir(s.name, 0700), 0);
	assert_int_equal(symlink(f->out, s.link), 0);
	pthread_create(&thread, NULL, swap, &s);
	while (!atomic_load(&s.done)) {
		struct err e = {0};
		char *real = workspace_dir_resolve(&f->conf, wanted, true, &e);
		if (real) {
			made++;
			assert_true(roots_hold(&f->conf, real));
		}
		free(real);
	}
	pthread_join(thread, NULL);
	is_empty(f);
	print_message("# made %d times while %d links came and went\n", made, SWAPS);
	free(wanted);
	free(s.name);
	free(s.dir);
	free(s.link);
}

int
main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		TEST(a_root_holds_itself_and_what_is_beneath_and_no_neighbour),
		TEST(what_leads_out_is_refused_and_nothing_is_made),
		TEST(a_link_to_nothing_makes_nothing),
		TEST(a_name_that_is_not_text_is_refused),
		TEST(a_workspace_whose_place_a_link_takes_is_not_used),
		TEST(nothing_is_made_outside_however_quickly_a_link_takes_the_place),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
