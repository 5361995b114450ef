/* cli/attach_filter: what of a session's output a terminal is given. */
#include "config.h"

#include "cli/attach_filter.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#define COUNT(array) (sizeof(array) / sizeof *(array))

/* Given in pieces of `piece` bytes. */
static void
assert_filtered(const char *output, size_t piece, bool quiet, const char *expected)
{
	struct filter f = {0};
	struct buf out = BUF_INIT;
	size_t len = strlen(output);
	for (size_t at = 0; at < len; at += piece)
		filter_output(&f, output + at, len - at < piece ? len - at : piece, quiet,
			&out);
	assert_string_equal(out.data ? out.data : "", expected);
	buf_free(&out);
}

static const struct {
	const char *output, *quiet;
} cases[] = {
	{"plain \xe2\x80\x93 text\r\n", "plain \xe2\x80\x93 text\r\n"},
	{"a\x1b[cb\x1b[>cc\x1b[=0cd", "abcd"},
	{"\x1b[5n\x1b[6n\x1b[?6n.", "."},
	{"\x1b[?2026$p\x1b[>q\x1b[x\x1b[18t\x1b[?u\x1b[3J.", "."},
	{"\x1b[22;0t\x1b[8;24;80t\x1b[2J\x1b[J\x1b[>4;1m\x1b[?25h\x1b[2 q",
		"\x1b[22;0t\x1b[8;24;80t\x1b[2J\x1b[J\x1b[>4;1m\x1b[?25h\x1b[2 q"},
	{"\x1b]11;?\a\x1b]4;1;?\x1b\\\x1b]52;c;aGk=\a\x1b]9;done\a.", "."},
	{"\x1b]2;a title\a\x1b]8;;http://x/?a\x1b\\link\x1b]8;;\x1b\\",
		"\x1b]2;a title\a\x1b]8;;http://x/?a\x1b\\link\x1b]8;;\x1b\\"},
	{"\x1bP$qm\x1b\\\x1bP+q544e\x1b\\\x1b_Ga=q;AAAA\x1b\\.", "."},
	{"\x1bPq#0;2;0;0;0\x1b\\.", "\x1bPq#0;2;0;0;0\x1b\\."},
	{"ring\a \x05who\x1bZ", "ring who"},
	{"\x1b(0\x1b)Z\x1b"
	 "7",
		"\x1b(0\x1b)Z\x1b"
		"7"},
	/* What is broken off is no question, and what follows it is itself. */
	{"\x1b[6\x18n\x1b[\x1b[cx", "\x1b[6\x18n\x1b[x"},
	{"\x1b]2;half\x1b[31mred", "\x1b]2;half\x1b[31mred"},
};

static void
test_quiet(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++)
		for (size_t piece = 1; piece <= 64; piece++)
			assert_filtered(cases[i].output, piece, true, cases[i].quiet);
}

static void
test_all(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++)
		for (size_t piece = 1; piece <= 64; piece++)
			assert_filtered(cases[i].output, piece, false, cases[i].output);
}

/* A string that is longer than what is held is decided by its beginning. */
static void
test_long(void **state)
{
	char text[4 * FILTER_HELD] = "\x1b]52;c;";
	(void)state;
	memset(text + 7, 'A', sizeof text - 10);
	memcpy(text + sizeof text - 3, "\a.", 3);
	assert_filtered(text, 100, true, ".");
	assert_filtered(text, 100, false, text);
	text[2] = '2', text[3] = ';';
	assert_filtered(text, 100, true, text);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_quiet),
		cmocka_unit_test(test_all),
		cmocka_unit_test(test_long),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
