/* What another server is asked, and what is not: lib/http.c. */
#include "config.h"

#include "lib/http.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

/* Not among what counts as this machine. Nobody listens there. */
static const char elsewhere[] = "http://127.0.0.2:1";
static const char refused[] = "There was no good answer: Unsupported protocol.";

static void
send_to(const struct http_request *request, struct err *e)
{
	struct buf body = BUF_INIT;
	int status = 0;
	assert_int_equal(http_send(request, &status, &body, e), -1);
	assert_string_equal(e->code, "http.failed");
	buf_free(&body);
}

static void
plain_http_goes_elsewhere_where_that_will_do_and_without_secrets(void **state)
{
	struct http_request request = {.url = elsewhere, .timeout_ms = 1000, .most = 10};
	struct err e = {0};
	(void)state;
	send_to(&request, &e);
	assert_string_equal(e.text, refused);
	request.plain = true;
	send_to(&request, &e);
	assert_string_not_equal(e.text, refused);
	request.authorization = "Bearer x";
	send_to(&request, &e);
	assert_string_equal(e.text, refused);
	request.authorization = NULL;
	request.form = "code=x";
	send_to(&request, &e);
	assert_string_equal(e.text, refused);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
			plain_http_goes_elsewhere_where_that_will_do_and_without_secrets),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
