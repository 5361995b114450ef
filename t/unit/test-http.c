/* What another server is asked, and what is not: lib/http.c. */
#include "config.h"

#include "lib/http.h"

#include <arpa/inet.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

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

/* A server on loopback that takes connections and says nothing. */
static int
listen_silently(char *url, size_t size)
{
	struct sockaddr_in at = {.sin_family = AF_INET,
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t len = sizeof at;
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	assert_int_equal(bind(fd, (struct sockaddr *)&at, sizeof at), 0);
	assert_int_equal(listen(fd, 1), 0);
	assert_int_equal(getsockname(fd, (struct sockaddr *)&at, &len), 0);
	snprintf(url, size, "http://127.0.0.1:%d", ntohs(at.sin_port));
	return fd;
}

static void
a_request_is_given_up_when_that_is_told(void **state)
{
	char url[40];
	int fd = listen_silently(url, sizeof url), ends[2];
	struct err e = {0};
	(void)state;
	assert_int_equal(pipe(ends), 0);
	close(ends[1]);
	/* The alarm comes before this. */
	send_to(&(struct http_request){.url = url,
			.timeout_ms = 600000,
			.most = 10,
			.give_up = ends[0]},
		&e);
	close(ends[0]);
	close(fd);
}

int
main(void)
{
	alarm(60);
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
			plain_http_goes_elsewhere_where_that_will_do_and_without_secrets),
		cmocka_unit_test(a_request_is_given_up_when_that_is_told),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
