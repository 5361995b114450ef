/* lib/path_text: file names as text. */
#include "config.h"

#include "lib/path_text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void
a_name_is_its_own_text_but_for_what_text_cannot_hold(void **state)
{
	static const struct {
		const char *name, *text;
	} cases[] = {
		{"", ""},
		{"a b/\xc3\xbc\xf0\x9f\x98\x80'\"", "a b/\xc3\xbc\xf0\x9f\x98\x80'\""},
		{"x\xff", "x\xee\xbf\xbf"}, {"\x80y", "\xee\xbe\x80y"},
		{"\xc3", "\xee\xbf\x83"},
		{"a\nb",
			"a\xee\xbc\x8a"
			"b"},
		{"\x7f", "\xee\xbd\xbf"},
		{"\xee\xbe\x80", "\xee\xbf\xae\xee\xbe\xbe\xee\xbe\x80"},
		{"\xee\xbb\xbf", "\xee\xbb\xbf"}, /* U+EEFF */
	};
	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		char *text = path_text(cases[i].name);
		assert_string_equal(text, cases[i].text);
		char *bytes = path_text_bytes(text, strlen(text));
		assert_string_equal(bytes, cases[i].name);
		free(text);
		free(bytes);
	}
}

static void
any_bytes_survive_the_way_there_and_back(void **state)
{
	uint64_t random = 88172645463325252u;
	(void)state;
	for (int round = 0; round < 20000; round++) {
		char name[24];
		size_t len = 0;
		for (size_t i = 0; i < sizeof name - 1; i++) {
			random ^= random << 13, random ^= random >> 7,
				random ^= random << 17;
			/* Much of what begins and goes on with the characters used. */
			static const char often[] = "\xee\xbc\xbe\xbf\x80\n";
			char c = random & 1 ? often[(random >> 8) % 6]
					    : (char)(random >> 16);
			if (c)
				name[len++] = c;
		}
		name[len] = '\0';
		char *text = path_text(name);
		char *bytes = path_text_bytes(text, strlen(text));
		assert_non_null(bytes);
		assert_string_equal(bytes, name);
		free(text);
		free(bytes);
	}
}

static void
there_is_one_text_for_a_name(void **state)
{
	static const char *const wrong[] = {
		"\xff",                     /* no text */
		"a\nb",                     /* a control as it is */
		"\xee\xbd\xa1",             /* "a" in disguise */
		"\xee\xbf\x83\xee\xbe\xbc", /* an umlaut in pieces */
		"\xee\xbc\x80",             /* NUL */
	};
	(void)state;
	for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
		assert_null(path_text_bytes(wrong[i], strlen(wrong[i])));
	assert_null(path_text_bytes("a\0b", 3));
}

static void
only_relative_paths_without_dots_are_taken(void **state)
{
	static const char *const good[] = {"", ".", "a", "a/b", "...", "a/..b", ".git",
		"-"};
	static const char *const bad[] = {"/", "/a", "a/", "a//b", "..", "../a", "a/..",
		"a/../b", "./a", "a/.", "a/./b", "\xee\xbc\xae\xee\xbc\xae/a",
		"\xee\xbc\xaf"};
	struct err e = {0};
	char long_name[300], *path;
	(void)state;
	for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
		path = path_text_relative(good[i], strlen(good[i]), "path", &e);
		assert_non_null(path);
		assert_string_equal(path, strcmp(good[i], ".") ? good[i] : "");
		free(path);
	}
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		assert_null(path_text_relative(bad[i], strlen(bad[i]), "path", &e));
		assert_string_equal(e.code, "request.invalid");
		assert_string_equal(e.field, "path");
	}
	memset(long_name, 'x', sizeof long_name);
	path = path_text_relative(long_name, 255, "path", &e);
	assert_non_null(path);
	free(path);
	assert_null(path_text_relative(long_name, 256, "path", &e));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_name_is_its_own_text_but_for_what_text_cannot_hold),
		cmocka_unit_test(any_bytes_survive_the_way_there_and_back),
		cmocka_unit_test(there_is_one_text_for_a_name),
		cmocka_unit_test(only_relative_paths_without_dots_are_taken),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
