/* fcgi/git_hunks, git_patch: patches taken apart and put together. That git takes them is
 * in t/git-stage.t. */
#include "config.h"

#include "fcgi/git_patch.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define COUNT(a) (sizeof(a) / sizeof *(a))

static const char change[] = "diff --git a/f b/f\nindex 1..2 100644\n--- a/f\n+++ b/f\n"
			     "@@ -1,3 +1,3 @@ section\n 1\n-2\n+two\n 3\n"
			     "@@ -9 +9,2 @@\n-9\n\\ No newline at end of file\n"
			     "+9\n+10\n\\ No newline at end of file\n";

static void
a_patch_is_taken_apart(void **state)
{
	struct git_hunks h;
	(void)state;
	assert_true(git_hunks_parse(&h, change, strlen(change)));
	assert_int_equal(h.hunk_count, 2);
	assert_int_equal(h.line_count, 7);
	assert_int_equal(h.hunks[1].new_lines, 2);
	assert_memory_equal(h.hunks[0].section, "section", h.hunks[0].section_len);
	assert_true(h.lines[4].no_newline && h.lines[6].no_newline);
	assert_false(h.lines[5].no_newline);
	git_hunks_free(&h);
}

static void
what_is_no_patch_is_refused(void **state)
{
	static const char *const bad[] = {
		"@@",
		"@@ -1 +1 @@\n",
		"@@ -1,2 +1 @@\n 1\n",
		"@@ -1 +1 @@\n 1\n 2\n",
		"@@ -1 +1 @@\n*1\n",
		"@@ -x +1 @@\n 1\n",
		"@@ -1 +1 @\n 1\n",
		"@@ -0,0 +0,0 @@\n\\ No newline at end of file\n",
		"@@ -1,999999999999999 +1 @@\n 1\n",
		"@@@ -1 -1 +1 @@@\n  1\n",
	};
	(void)state;
	for (size_t i = 0; i < COUNT(bad); i++) {
		struct git_hunks h;
		if (git_hunks_parse(&h, bad[i], strlen(bad[i])))
			fail_msg("taken: %s", bad[i]);
		assert_int_equal(h.line_count, 0);
		git_hunks_free(&h);
	}
}

/* Whatever is chosen, and wherever the patch was cut: what is read stays inside. */
static void
a_patch_that_is_cut_or_changed_stays_within_its_bounds(void **state)
{
	static const char odd[] = {'\n', ' ', '+', '-', '@', '\\', '0', '9', ',', '\0'};
	unsigned seed = 3;
	(void)state;
	for (int round = 0; round < 20000; round++) {
		size_t len = (seed = seed * 1103515245u + 12345u) % sizeof change;
		char *text = malloc(len ? len : 1);
		struct git_hunks h;
		struct buf out = BUF_INIT;
		assert_non_null(text);
		memcpy(text, change, len);
		if (len && round % 2)
			text[(seed >> 8) % len] = odd[(seed >> 16) % sizeof odd];
		bool chosen[16] = {false};
		bool good = git_hunks_parse(&h, text, len);
		for (size_t i = 0; good && i < h.line_count && i < COUNT(chosen); i++)
			chosen[i] = seed >> i & 1;
		if (good && h.line_count <= COUNT(chosen)) {
			git_patch_make(&out, &h, chosen, "f", round % 3 == 0);
			git_hunks_put(&out, &h);
		}
		git_hunks_free(&h);
		buf_free(&out);
		free(text);
	}
}

static void
names_are_quoted_as_git_reads_them(void **state)
{
	const bool chosen[] = {false, true, true, false, false, false, false};
	struct git_hunks h;
	struct buf out = BUF_INIT;
	(void)state;
	git_hunks_parse(&h, change, strlen(change));
	git_patch_make(&out, &h, chosen, "a \"b\"\\\n\xff", false);
	assert_string_equal(out.data,
		"diff --git \"a/a \\042b\\042\\134\\012\\377\" "
		"\"b/a \\042b\\042\\134\\012\\377\"\n"
		"--- \"a/a \\042b\\042\\134\\012\\377\"\n"
		"+++ \"b/a \\042b\\042\\134\\012\\377\"\n"
		"@@ -1,3 +1,3 @@\n 1\n-2\n+two\n 3\n");
	buf_free(&out);
	git_hunks_free(&h);
}

static void
a_file_that_becomes_long_is_told_as_large(void **state)
{
	struct buf patch = BUF_INIT;
	struct git_hunks h;
	(void)state;
	buf_str(&patch, "@@ -0,0 +1,30000 @@\n");
	for (int i = 0; i < 30000; i++)
		buf_str(&patch, "+x\n");
	assert_true(git_hunks_parse(&h, patch.data, patch.len));
	assert_true(h.large);
	assert_int_equal(h.hunk_count, 0);
	git_hunks_free(&h);
	buf_free(&patch);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_patch_is_taken_apart),
		cmocka_unit_test(what_is_no_patch_is_refused),
		cmocka_unit_test(a_patch_that_is_cut_or_changed_stays_within_its_bounds),
		cmocka_unit_test(names_are_quoted_as_git_reads_them),
		cmocka_unit_test(a_file_that_becomes_long_is_told_as_large),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
