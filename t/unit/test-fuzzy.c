/* fcgi/fuzzy: which path somebody means. */
#include "config.h"

#include "fcgi/fuzzy.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static int
score(const char *pattern, const char *path)
{
	struct fuzzy f;
	fuzzy_read(&f, pattern);
	return fuzzy_score(&f, path);
}

static void
what_is_meant_comes_before_what_only_matches(void **state)
{
	static const struct {
		const char *pattern, *better, *worse;
	} cases[] = {
		{"main", "src/main.c", "src/domain/index.c"},
		{"main", "src/main.c", "main/other.c"},
		{"rc", "fcgi/routes_claude.c", "fcgi/search.c"},
		{"fb", "file_body.c", "fabric.c"},
		{"fileBody", "src/fileBody.ts", "src/fixLineBodyText.ts"},
		{"hf", "fcgi/h_files.c", "fcgi/guard_half.c"},
		{"readme", "README.md", "web/node/README.md"},
		{"a/b", "a/b.c", "ax/yb.c"},
		{"test", "test.c", "latest.c"},
	};
	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		int better = score(cases[i].pattern, cases[i].better);
		int worse = score(cases[i].pattern, cases[i].worse);
		if (better <= worse)
			fail_msg("%s: %s %d, %s %d", cases[i].pattern, cases[i].better,
				better, cases[i].worse, worse);
	}
}

static void
a_pattern_matches_in_its_order_and_its_case(void **state)
{
	(void)state;
	assert_int_equal(score("abc", "acb"), 0);
	assert_int_equal(score("abc", "ab"), 0);
	assert_true(score("abc", "xAxBxC") > 0);
	assert_int_equal(score("Abc", "xaxbxc"), 0);
	assert_true(score("a b", "ab") > 0);
	assert_true(score("", "anything") > 0);
	assert_true(score("\xc3\xbc",
			    "\xc3\x9c"
			    "bung") > 0);
}

static void
positions_are_those_of_characters_ascending(void **state)
{
	static const struct {
		const char *pattern, *path;
		int positions[4];
	} cases[] = {
		{"main", "src/main.c", {4, 5, 6, 7}},
		{"rc", "routes_claude", {0, 7}},
		{"\xc3\xbc"
		 "b",
			"\xe4\xb8\xad/\xc3\xbc"
			"b",
			{2, 3}},
	};
	int positions[FUZZY_PATTERN_MAX];
	struct fuzzy f;
	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		fuzzy_read(&f, cases[i].pattern);
		assert_true(fuzzy_positions(&f, cases[i].path, positions));
		for (int k = 0; k < f.count; k++)
			assert_int_equal(positions[k], cases[i].positions[k]);
	}
	fuzzy_read(&f, "xyz");
	assert_false(fuzzy_positions(&f, "abc", positions));
}

static void
any_path_and_pattern_are_safe(void **state)
{
	char path[3 * FUZZY_TEXT_MAX], pattern[3 * FUZZY_PATTERN_MAX];
	int positions[FUZZY_PATTERN_MAX];
	struct fuzzy f;
	uint32_t random = 1;
	(void)state;
	for (int round = 0; round < 200; round++) {
		size_t n = 0, m = 0;
		random = random * 1664525 + 1013904223;
		size_t length = random >> 16 & 2047, typed = random >> 8 & 255;
		for (; n < length; n++) {
			random = random * 1664525 + 1013904223;
			path[n] = "ab/_.A"[(random >> 16) % 6];
		}
		path[n] = '\0';
		for (; m < typed; m++) {
			random = random * 1664525 + 1013904223;
			pattern[m] = "ab/"[(random >> 16) % 3];
		}
		pattern[m] = '\0';
		fuzzy_read(&f, pattern);
		bool found = fuzzy_positions(&f, path, positions);
		assert_true(found == (fuzzy_score(&f, path) > 0) || f.count == 0);
		for (int i = 1; found && i < f.count; i++)
			assert_true(positions[i] > positions[i - 1]);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_meant_comes_before_what_only_matches),
		cmocka_unit_test(a_pattern_matches_in_its_order_and_its_case),
		cmocka_unit_test(positions_are_those_of_characters_ascending),
		cmocka_unit_test(any_path_and_pattern_are_safe),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
