/* lib/conf: settings come from the file and the command line and are checked. */
#include "config.h"

#include "lib/conf.h"
#include "lib/path.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

static int
load(struct conf *conf, const char *file, const char *setting, struct err *e)
{
	char dir[] = "/tmp/dispatch-XXXXXX";
	assert_non_null(mkdtemp(dir));
	char *path = path_join(dir, "dispatch.conf");
	FILE *f = fopen(path, "w");
	fputs(file, f);
	fclose(f);
	const char *settings[] = {setting};
	struct conf_args args = {.dir = dir,
		.settings = settings,
		.count = setting ? 1 : 0};
	int result = conf_load(conf, &args, e);
	unlink(path);
	rmdir(dir);
	free(path);
	return result;
}

static void
later_sources_win(void **state)
{
	struct conf conf;
	struct err e;
	(void)state;
	assert_int_equal(load(&conf,
				 "# a comment\n\n session.limit = 7\nhttp.prefix=/x/\n",
				 "session.limit=9", &e),
		0);
	assert_int_equal(conf.session_limit, 9);
	assert_string_equal(conf.http_prefix, "/x/");
	assert_int_equal(conf.session_ring, 1048576);
	conf_free(&conf);
}

static void
a_bad_setting_is_named_with_its_place(void **state)
{
	static const struct {
		const char *file, *words;
	} cases[] = {
		{"\nsession.limit = 0\n", ":2: session.limit cannot be \"0\""},
		{"session.limit = 1x\n", "cannot be \"1x\""},
		{"session.ring = 100000\n", "session.ring"},
		{"no.such = 1\n", "there is no setting \"no.such\""},
		{"just words\n", "expected key = value"},
		{"http.prefix = x\n", "http.prefix"},
		{"http.prefix = /../\n", "http.prefix"},
		{"log.level = loud\n", "log.level"},
	};
	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct conf conf;
		struct err e = {0};
		assert_int_equal(load(&conf, cases[i].file, NULL, &e), -1);
		assert_string_equal(e.code, "conf.invalid");
		if (!strstr(e.text, cases[i].words))
			fail_msg("expected \"%s\" in \"%s\"", cases[i].words, e.text);
		conf_free(&conf);
	}
}

static void
arguments_are_taken_in_both_spellings(void **state)
{
	char words[][12] = {"x", "--dir", "/a", "--set=k=v", "--set", "k=w", "other",
		"--dir"};
	char *argv[8];
	struct conf_args args = {0};
	struct err e;
	int i;
	(void)state;
	for (i = 0; i < 8; i++)
		argv[i] = words[i];
	i = 1;
	assert_int_equal(conf_argument(&args, 8, argv, &i, &e), 1);
	assert_int_equal(i, 2);
	i = 3;
	assert_int_equal(conf_argument(&args, 8, argv, &i, &e), 1);
	i = 4;
	assert_int_equal(conf_argument(&args, 8, argv, &i, &e), 1);
	i = 6;
	assert_int_equal(conf_argument(&args, 8, argv, &i, &e), 0);
	i = 7;
	assert_int_equal(conf_argument(&args, 8, argv, &i, &e), -1);
	assert_string_equal(args.dir, "/a");
	assert_int_equal(args.count, 2);
	assert_string_equal(args.settings[1], "k=w");
	free(args.settings);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(later_sources_win),
		cmocka_unit_test(a_bad_setting_is_named_with_its_place),
		cmocka_unit_test(arguments_are_taken_in_both_spellings),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
