/* lib/json: what comes in is strict, what goes out is valid. */
#include "config.h"

#include "lib/json.h"

#include <json-c/json.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static void
assert_written(struct buf *b, const char *expected)
{
	assert_string_equal(b->data, expected);
	buf_free(b);
}

static void
commas_stand_between_values_and_nowhere_else(void **state)
{
	struct buf b = BUF_INIT;
	(void)state;
	json_begin(&b, '{');
	json_key(&b, "a"), json_int(&b, -1);
	json_key(&b, "b"), json_begin(&b, '[');
	json_string(&b, "x,"), json_truth(&b, true), json_null(&b), json_raw(&b, "{}");
	json_end(&b, ']');
	json_key(&b, "c"), json_begin(&b, '{'), json_end(&b, '}');
	json_end(&b, '}');
	assert_written(&b, "{\"a\":-1,\"b\":[\"x,\",true,null,{}],\"c\":{}}");
}

static void
numbers_are_exact_to_the_last_one(void **state)
{
	struct buf b = BUF_INIT;
	(void)state;
	json_begin(&b, '[');
	json_int(&b, 0), json_int(&b, INT64_MAX), json_int(&b, INT64_MIN);
	json_end(&b, ']');
	assert_written(&b, "[0,9223372036854775807,-9223372036854775808]");
}

static void
strings_are_escaped_and_made_valid_utf8(void **state)
{
	static const struct {
		const char *in, *out;
	} cases[] = {
		{"plain", "\"plain\""},
		{"\"\\\n\t\x01\x7f", "\"\\\"\\\\\\n\\t\\u0001\\u007f\""},
		{"gr\xc3\xbc\xc3\x9f \xf0\x9f\x98\x80",
			"\"gr\xc3\xbc\xc3\x9f \xf0\x9f\x98\x80\""},
		{"\xc3", "\"\xef\xbf\xbd\""},
		{"\xc0\xaf", "\"\xef\xbf\xbd\xef\xbf\xbd\""},
		{"\xed\xa0\x80x", "\"\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbdx\""},
		{"\xf4\x90\x80\x80",
			"\"\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\""},
	};
	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct buf b = BUF_INIT;
		json_string(&b, cases[i].in);
		assert_written(&b, cases[i].out);
	}
}

static void
every_byte_value_written_is_json_that_can_be_read(void **state)
{
	char all[256];
	struct buf b = BUF_INIT;
	struct json_object *value;
	(void)state;
	for (int i = 0; i < 256; i++)
		all[i] = (char)i;
	json_begin(&b, '[');
	json_string_n(&b, all, sizeof all);
	json_base64(&b, all, sizeof all);
	json_end(&b, ']');
	assert_int_equal(json_parse(&value, b.data, b.len, NULL), 0);
	assert_int_equal(json_object_array_length(value), 2);
	json_object_put(value);
	buf_free(&b);
}

/* Texts are looked at eight bytes at a time. */
static void
a_special_byte_is_found_wherever_it_stands(void **state)
{
	(void)state;
	for (int at = 0; at < 20; at++)
		for (int c = 1; c < 0x80; c++) {
			char text[] = "!#[]~ abcdefghijklmn";
			struct buf b = BUF_INIT;
			struct json_object *value;
			text[at] = (char)c;
			json_begin(&b, '[');
			json_string(&b, text);
			json_end(&b, ']');
			bool plain = c >= 0x20 && c != '"' && c != '\\' && c != 0x7f;
			assert_int_equal(b.len == sizeof text - 1 + 4, plain);
			assert_int_equal(json_parse(&value, b.data, b.len, NULL), 0);
			assert_string_equal(json_object_get_string(
						    json_object_array_get_idx(value, 0)),
				text);
			json_object_put(value);
			buf_free(&b);
		}
}

static void
numbers_of_every_length_are_written_whole(void **state)
{
	char expected[24];
	(void)state;
	for (int64_t n = 1; n < INT64_MAX / 10; n *= 10)
		for (int64_t value = n - 1; value <= n + 1; value++) {
			struct buf b = BUF_INIT;
			json_int(&b, value);
			snprintf(expected, sizeof expected, "%lld", (long long)value);
			assert_written(&b, expected);
		}
}

static void
broken_deep_and_empty_json_is_refused_with_a_reason(void **state)
{
	static const char *const bad[] = {"", "{", "{\"a\":1,}", "nul", "null", "{} x",
		"'a'", "{\"a\":\"\xff\"}", "[1 2]", "NaN", "[NaN]", "{\"a\":-Infinity}",
		"[Infinity]", "[\"a\tb\"]", "{\"a\":1,\"b\":2,\"a\":1}",
		"[{\"a\":{\"b\":1,\"\\u0062\":null}}]", "[1] /* 1 */", "[01]", "[.5]",
		"[\v1]", "[True]"};
	static const char with_nul[] = "[1]\0]";
	char deep[200];
	struct err e;
	struct json_object *value;
	(void)state;
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		e = (struct err){0};
		if (json_parse(&value, bad[i], strlen(bad[i]), &e) != -1)
			fail_msg("accepted: %s", bad[i]);
		assert_int_equal(e.status, 400);
		assert_string_equal(e.code, "request.json");
		assert_null(value);
	}
	assert_int_equal(json_parse(&value, with_nul, sizeof with_nul - 1, &e), -1);
	assert_int_equal(json_parse(&value, "{\"a\":1", 6, &e), -1);
	assert_string_equal(e.text, "The JSON ends too early.");
	memset(deep, '[', 100);
	memset(deep + 100, ']', 100);
	assert_int_equal(json_parse(&value, deep, sizeof deep, &e), -1);
	assert_non_null(strstr(e.text, "32 levels"));
}

static void
numbers_strings_and_objects_are_read_whole(void **state)
{
	static const char *const good[] = {"1", "\"a\"", "true", "[]", " {\"a\":[1,{}]} ",
		"[{\"a\":1},{\"a\":1}]", "{\"a\":{\"a\":\":NaN\\\":I\"}}",
		"[-0.5e+3,1E400]"};
	struct json_object *value;
	(void)state;
	for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
		assert_int_equal(json_parse(&value, good[i], strlen(good[i]), NULL), 0);
		json_object_put(value);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(commas_stand_between_values_and_nowhere_else),
		cmocka_unit_test(numbers_are_exact_to_the_last_one),
		cmocka_unit_test(strings_are_escaped_and_made_valid_utf8),
		cmocka_unit_test(every_byte_value_written_is_json_that_can_be_read),
		cmocka_unit_test(a_special_byte_is_found_wherever_it_stands),
		cmocka_unit_test(numbers_of_every_length_are_written_whole),
		cmocka_unit_test(broken_deep_and_empty_json_is_refused_with_a_reason),
		cmocka_unit_test(numbers_strings_and_objects_are_read_whole),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
