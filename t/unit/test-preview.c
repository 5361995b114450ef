/* runner/preview: the last line of output as plain text. */
#include "config.h"

#include "runner/preview.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void
escape_sequences_and_blank_lines_do_not_show(void **state)
{
	static const struct {
		const char *bytes, *line;
	} cases[] = {
		{"", ""},
		{"one\r\ntwo\r\n", "two"},
		{"one\r\n   \r\n\r\n", "one"},
		{"\x1b[1;32mgreen\x1b[0m text", "green text"},
		{"\x1b]0;title\x07$ ", "$"},
		{"\x1b]8;;http://x\x1b\\link\x1b]8;;\x1b\\", "link"},
		{"50 %\r100 %", "100 %"},
		{"\x1bP1$r0m\x1b\\after", "after"},
		{"cut \x1b[3", "cut"},
	};
	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		char line[PREVIEW_SIZE];
		preview_line(cases[i].bytes, strlen(cases[i].bytes), line);
		assert_string_equal(line, cases[i].line);
	}
}

static void
a_long_line_is_cut_between_characters(void **state)
{
	char bytes[400], line[PREVIEW_SIZE];
	(void)state;
	bytes[0] = 'x';
	for (size_t i = 1; i + 1 < sizeof bytes; i += 2)
		memcpy(bytes + i, "\xc3\xbc", 2);
	preview_line(bytes, sizeof bytes - 1, line);
	assert_int_equal(strlen(line) % 2, 1);
	assert_true(strlen(line) < PREVIEW_SIZE);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(escape_sequences_and_blank_lines_do_not_show),
		cmocka_unit_test(a_long_line_is_cut_between_characters),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
