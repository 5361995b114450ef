/* Text of files: what a diff says of it, and how it is written. */
#include "config.h"

#include "lib/buf.h"
#include "lib/line_diff.h"
#include "lib/text_format.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void
assert_diff(const char *before, const char *after, const char *expected)
{
	struct line_diff d;
	struct buf out = BUF_INIT;
	line_diff_make(&d, before, strlen(before), after, strlen(after));
	assert_true(line_diff_unified(&d, 4096, &out));
	assert_string_equal(out.data ? out.data : "", expected);
	line_diff_free(&d);
	buf_free(&out);
}

static void
test_unified(void **state)
{
	(void)state;
	assert_diff("", "", "");
	assert_diff("a\n", "a\n", "");
	assert_diff("", "a\n", "@@ -0,0 +1 @@\n+a\n");
	assert_diff("a\n", "", "@@ -1 +0,0 @@\n-a\n");
	assert_diff("a", "a\n", "@@ -1 +1 @@\n-a\n\\ No newline at end of file\n+a\n");
	assert_diff("a\nb\nc\n", "a\nc\n", "@@ -1,3 +1,2 @@\n a\n-b\n c\n");
	assert_diff("1\n2\n3\n4\n5\n6\n7\n8\n9\n", "1\n2\n3\n4\nx\n6\n7\n8\n9\n",
		"@@ -2,7 +2,7 @@\n 2\n 3\n 4\n-5\n+x\n 6\n 7\n 8\n");
	/* Changes with six lines between them are one hunk, with seven two. */
	assert_diff("a\n1\n2\n3\n4\n5\n6\nb\n", "1\n2\n3\n4\n5\n6\n",
		"@@ -1,8 +1,6 @@\n-a\n 1\n 2\n 3\n 4\n 5\n 6\n-b\n");
	assert_diff("a\n1\n2\n3\n4\n5\n6\n7\nb\n", "1\n2\n3\n4\n5\n6\n7\n",
		"@@ -1,4 +1,3 @@\n-a\n 1\n 2\n 3\n"
		"@@ -6,4 +5,3 @@\n 5\n 6\n 7\n-b\n");
}

static void
test_bounds(void **state)
{
	(void)state;
	struct line_diff d;
	struct buf a = BUF_INIT, b = BUF_INIT, out = BUF_INIT;
	for (int i = 0; i < 200000; i++) {
		buf_printf(&a, "%d\n", i);
		buf_printf(&b, "%d\n", i * 7 + 1);
	}
	line_diff_make(&d, a.data, a.len, b.data, b.len);
	assert_true(d.added <= 200000 && d.removed <= 200000);
	assert_int_equal(d.added, d.removed);
	assert_false(line_diff_unified(&d, 1000, &out));
	assert_true(out.len <= 1000 && out.data[out.len - 1] == '\n');
	line_diff_free(&d);
	buf_free(&a);
	buf_free(&b);
	buf_free(&out);
}

/* Applies what is not changed: both texts must say the same there, in order. */
static void
assert_valid(const struct line_diff *d)
{
	const struct diff_side *x = &d->before, *y = &d->after;
	size_t i = 0, j = 0;
	while (i < x->count || j < y->count) {
		if (i < x->count && x->changed[i]) {
			i++;
			continue;
		}
		if (j < y->count && y->changed[j]) {
			j++;
			continue;
		}
		assert_true(i < x->count && j < y->count);
		size_t n = x->start[i + 1] - x->start[i];
		assert_int_equal(n, y->start[j + 1] - y->start[j]);
		assert_memory_equal(x->text + x->start[i], y->text + y->start[j], n);
		i++, j++;
	}
}

/* The length of a longest common subsequence, by the plain method. */
static int
common(const char *a, const char *b)
{
	int best[65][65] = {{0}};
	for (int i = 1; a[2 * i - 2]; i++)
		for (int j = 1; b[2 * j - 2]; j++)
			best[i][j] = a[2 * i - 2] == b[2 * j - 2] ? best[i - 1][j - 1] + 1
				: best[i - 1][j] > best[i][j - 1] ? best[i - 1][j]
								  : best[i][j - 1];
	return best[strlen(a) / 2][strlen(b) / 2];
}

static void
fill(char *text, unsigned *seed)
{
	int lines = (int)((*seed = *seed * 1103515245 + 12345) >> 16) % 40;
	for (int i = 0; i < lines; i++) {
		*seed = *seed * 1103515245 + 12345;
		text[2 * i] = (char)('a' + (*seed >> 16) % 4);
		text[2 * i + 1] = '\n';
	}
	text[2 * lines] = '\0';
}

static void
test_shortest(void **state)
{
	unsigned seed = 1;
	(void)state;
	for (int i = 0; i < 3000; i++) {
		char a[128], b[128];
		struct line_diff d;
		fill(a, &seed);
		fill(b, &seed);
		line_diff_make(&d, a, strlen(a), b, strlen(b));
		assert_valid(&d);
		assert_int_equal(d.removed, (int)strlen(a) / 2 - common(a, b));
		assert_int_equal(d.added, (int)strlen(b) / 2 - common(a, b));
		line_diff_free(&d);
	}
}

#define BYTES(text) text, sizeof text - 1

static const struct {
	const char *bytes;
	size_t len;
	bool text;
	struct text_format format;
} kinds[] = {
	{BYTES(""), true, {TEXT_UTF8, false, LINE_END_LF}},
	{BYTES("a\r\n"), true, {TEXT_UTF8, false, LINE_END_CRLF}},
	{BYTES("a\rb"), true, {TEXT_UTF8, false, LINE_END_CR}},
	{BYTES("a\rb\n"), true, {TEXT_UTF8, false, LINE_END_MIXED}},
	{BYTES("\xef\xbb\xbf\n"), true, {TEXT_UTF8, true, LINE_END_LF}},
	{BYTES("\xff\xfe"
	       "a\0\r\0\n\0"),
		true, {TEXT_UTF16LE, true, LINE_END_CRLF}},
	{BYTES("\xfe\xff\0a\0\n"), true, {TEXT_UTF16BE, true, LINE_END_LF}},
	{BYTES("\xfe\xff\xd8\0\0\n"), false, {0}}, /* half a surrogate pair */
	{BYTES("\xfe\xff\0a\0"), false, {0}},      /* half a unit */
	{BYTES("gr\xfc\xdf\n"), true, {TEXT_LATIN1, false, LINE_END_LF}},
	{BYTES("a\0b"), false, {0}},
	{BYTES("\xff\x01\x02\x03"), false, {0}},
};

static void
test_detect(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
		struct text_format f;
		bool text = text_format_detect(kinds[i].bytes, kinds[i].len, &f);
		assert_int_equal(text, kinds[i].text);
		if (!text)
			continue;
		assert_int_equal(f.encoding, kinds[i].format.encoding);
		assert_int_equal(f.bom, kinds[i].format.bom);
		assert_int_equal(f.line_end, kinds[i].format.line_end);
	}
}

/* What is a text comes out as it was when nothing was changed. */
static void
test_round_trip(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
		struct buf text = BUF_INIT, back = BUF_INIT;
		if (!kinds[i].text)
			continue;
		text_format_decode(&text, kinds[i].bytes, kinds[i].len, &kinds[i].format);
		assert_int_equal(text_format_encode(&back, text.data ? text.data : "",
					 text.len, &kinds[i].format, kinds[i].bytes,
					 kinds[i].len, NULL),
			0);
		assert_int_equal(back.len, kinds[i].len);
		if (back.len)
			assert_memory_equal(back.data, kinds[i].bytes, back.len);
		buf_free(&text);
		buf_free(&back);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_unified),
		cmocka_unit_test(test_bounds),
		cmocka_unit_test(test_shortest),
		cmocka_unit_test(test_detect),
		cmocka_unit_test(test_round_trip),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
