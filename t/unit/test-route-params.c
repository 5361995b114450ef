/* Every parameter and every body of every route, wrong in every way that its row in the
 * table forbids. */
#include "config.h"

#include "t/unit/asking.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void
a_required_parameter_is_missed(void **state)
{
	const struct route *r;
	for (int i = 0; (r = route_at(i)); i++)
		for (int k = 0; k < r->param_count; k++) {
			const struct param *p = &r->params[k];
			if (!p->required || p->in == IN_PATH)
				continue;
			struct reply reply = ask_route(*state, r, k, NULL);
			assert_string_equal(reply.field, p->name);
			ask_expect(r, reply, 400, "request.invalid", p->name);
		}
}

/* Sends texts that the parameter's type does not allow. */
static void
try_bad(struct fixture *f, const struct route *r, int k, const char *const *texts)
{
	for (; *texts; texts++) {
		struct reply reply = ask_route(f, r, k, *texts);
		if (strcmp(reply.field, r->params[k].name) != 0)
			fail_msg("%s %s, %s=%s: %s", r->method, r->path,
				r->params[k].name, *texts, reply.text);
		ask_expect(r, reply, 400, "request.invalid", *texts);
	}
}

static void
try_bounds(struct fixture *f, const struct route *r, int k)
{
	const struct param *p = &r->params[k];
	char *low = xasprintf("%lld", (long long)p->min - 1);
	char *high = xasprintf("%lld", (long long)p->max + 1);
	try_bad(f, r, k, (const char *const[]){low, high, "99999999999999999999", NULL});
	free(low);
	free(high);
}

/* A text of max + 1 characters. */
static void
try_long(struct fixture *f, const struct route *r, int k)
{
	const struct param *p = &r->params[k];
	char *x = xcalloc((size_t)p->max + 4, 1);
	memset(x, p->type == TYPE_PATH ? '/' : 'x', (size_t)p->max + 1);
	char *text = p->in == IN_BODY ? xasprintf("\"%s\"", x) : xstrdup(x);
	try_bad(f, r, k, (const char *const[]){text, NULL});
	free(text);
	free(x);
}

static void
try_bad_body_member(struct fixture *f, const struct route *r, int k)
{
	static const char *const not_text[] = {"1", "true", "[]", "{}", "\"a\\u0000b\"",
		NULL};
	static const char *const not_int[] = {"\"1\"", "1.5", "true", "[]", "1e400",
		NULL};
	static const char *const not_array[] = {"\"x\"", "{}", "[1]", "[null]", "[]",
		"[\"\"]", "[\"a\\u0000\"]", NULL};
	static const char *const not_map[] = {"[]", "\"x\"", "{\"A\":1}", "{\"1\":\"x\"}",
		"{\"A=B\":\"x\"}", NULL};
	static const char *const not_object[] = {"[]", "\"x\"", "1", "true", NULL};
	static const char *const not_truth[] = {"{}", "\"x\"", "1", "[]", NULL};
	static const char *const not_list[] = {"{}", "\"x\"", "1", "true", NULL};
	const struct param *p = &r->params[k];
	if (p->type == TYPE_INT)
		try_bad(f, r, k, not_int), try_bounds(f, r, k);
	else if (p->type == TYPE_STRINGS)
		try_bad(f, r, k, not_array);
	else if (p->type == TYPE_MAP)
		try_bad(f, r, k, not_map);
	else if (p->type == TYPE_OBJECT)
		try_bad(f, r, k, not_object);
	else if (p->type == TYPE_BOOL)
		try_bad(f, r, k, not_truth);
	else if (p->type == TYPE_LIST)
		try_bad(f, r, k, not_list);
	else
		try_bad(f, r, k, not_text);
	if (p->type == TYPE_TEXT || p->type == TYPE_SECRET || p->type == TYPE_PATH)
		try_long(f, r, k);
}

static void
try_bad_query(struct fixture *f, const struct route *r, int k)
{
	static const char *const not_int[] = {"", "x", "1x", "0x1", "+", "-", "%20",
		NULL};
	static const char *const not_id[] = {"", "a", "AAAAAAAAAAAAAAAAAAAAAAAAAA", NULL};
	static const char *const not_uuid[] = {"", "a",
		"01234567-89AB-4DEF-8123-456789ABCDEF",
		"0123456789ab4def8123456789abcdef", NULL};
	static const char *const not_bool[] = {"2", "yes", "", NULL};
	static const char *const broken[] = {"%", "%4", "%zz", "%00", "%0a", "%ff", NULL};
	const struct param *p = &r->params[k];
	try_bad(f, r, k, broken);
	if (p->type == TYPE_INT)
		try_bad(f, r, k, not_int), try_bounds(f, r, k);
	if (p->type == TYPE_ID)
		try_bad(f, r, k, not_id);
	if (p->type == TYPE_UUID)
		try_bad(f, r, k, not_uuid);
	if (p->type == TYPE_BOOL)
		try_bad(f, r, k, not_bool);
	if (p->type == TYPE_TEXT)
		try_long(f, r, k);
}

static void
try_bad_form(struct fixture *f, const struct route *r, int k)
{
	char *twice = xasprintf("x&%s=x", r->params[k].name);
	const char *const bad[] = {"%4", "%zz", "%00", "%0a", "%ff", twice, NULL};
	try_bad(f, r, k, bad);
	free(twice);
}

static void
every_parameter_is_held_to_its_row(void **state)
{
	atomic_store(&((struct fixture *)*state)->app.set_up, true);
	const struct route *r;
	for (int i = 0; (r = route_at(i)); i++)
		for (int k = 0; k < r->param_count; k++) {
			if (r->params[k].in == IN_BODY && r->body == BODY_FORM)
				try_bad_form(*state, r, k);
			else if (r->params[k].in == IN_BODY)
				try_bad_body_member(*state, r, k);
			if (r->params[k].in == IN_QUERY)
				try_bad_query(*state, r, k);
		}
}

static void
bodies_are_held_to_their_kind(void **state)
{
	struct fixture *f = *state;
	static const char *const broken[] = {"{", "[]", "null", "1", "\"x\"",
		"{\"a\":1}}", "{'a':1}", "{\"a\":1,}", "{} {}", "\xff",
		"{\"a\":\"\xff\"}", "nul", NULL};
	char *deep = xcalloc(4000, 1), *big = xcalloc(2 * 1024 * 1024, 1);
	memset(deep, '[', 3999);
	memset(big, ' ', 2 * 1024 * 1024 - 1);
	const struct route *r;
	for (int i = 0; (r = route_at(i)); i++) {
		if (r->body == BODY_NONE) {
			ask_expect(r, ask_with_body(f, r, "application/json", "{}", 0),
				400, NULL, "body");
			continue;
		}
		ask_expect(r, ask_with_body(f, r, "text/plain", "x", 0), 415,
			"request.media_type", "type");
		const char *type = ask_type(r);
		ask_expect(r, ask_with_body(f, r, type, big, r->body_max + 1), 413,
			"request.too_large", "one byte too much");
		if (r->body != BODY_JSON)
			continue;
		for (int k = 0; broken[k]; k++)
			ask_expect(r, ask_with_body(f, r, type, broken[k], 0), 400, NULL,
				broken[k]);
		ask_expect(r, ask_with_body(f, r, type, deep, 0), 400, "request.json",
			"deep");
		ask_expect(r, ask_with_body(f, r, type, "{\"no such\":1}", 0), 400,
			"request.invalid", "unknown member");
	}
	free(deep);
	free(big);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		ASKING_TEST(a_required_parameter_is_missed),
		ASKING_TEST(every_parameter_is_held_to_its_row),
		ASKING_TEST(bodies_are_held_to_their_kind),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
