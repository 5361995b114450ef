/* Hosts as they are named and as they are addressed, and what a proxy is asked. */
#include "config.h"

#include "lib/hosts.h"
#include "runner/gate_request.c" /* the runner has none of it */

#include <arpa/inet.h>
#include <netinet/in.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include <cmocka.h>

static void
what_is_a_host_is_read_in_one_form(void **state)
{
	static const struct {
		const char *text, *name;
		unsigned int port;
		bool address;
	} rows[] = {
		{"example.org", "example.org", 0, false},
		{"GitHub.Com.:8443", "github.com", 8443, false},
		{"a", "a", 0, false},
		{"_x-y.1a:1", "_x-y.1a", 1, false},
		{"xn--bcher-kva.example", "xn--bcher-kva.example", 0, false},
		{"192.0.2.1:65535", "192.0.2.1", 65535, true},
		{"[2001:DB8:0:0::1]", "2001:db8::1", 0, true},
		{"[::1]:443", "::1", 443, true},
		{"[::ffff:127.0.0.1]", "::ffff:127.0.0.1", 0, true},
	};
	struct host host;
	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		assert_int_equal(host_read(&host, rows[i].text, strlen(rows[i].text)), 0);
		assert_string_equal(host.name, rows[i].name);
		assert_int_equal(host.port, rows[i].port);
		assert_int_equal(host.address, rows[i].address);
	}
}

static void
what_others_may_take_for_another_host_is_none(void **state)
{
	static const char *const rows[] = {"", ".", "..", "a..b", ".a", "-a", "a-",
		"a.-b", "a b", "a/b", "a@b", "a\tb", "a%b", "\xc3\xbc.example", "127.1",
		"1", "0x7f.1", "0x7f000001", "2130706433", "0177.0.0.1", "1.2.3.256",
		"1.2.3.4.5", "a.0x", "a.1", "::1", "[::1", "::1]", "[]", "[127.0.0.1]",
		"[fe80::1%1]", "[::1]x", "[::1]:", "a:", "a:0", "a:65536", "a:+1", "a:1 ",
		"a:http", "a:1:2"};
	struct host host = {.port = 77};
	char longest[300];
	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		if (host_read(&host, rows[i], strlen(rows[i])) != -1)
			fail_msg("\"%s\" was taken", rows[i]);
	assert_int_equal(host.port, 77);
	assert_int_equal(host_read(&host, "a\0b", 3), -1);
	memset(longest, 'a', sizeof longest);
	assert_int_equal(host_read(&host, longest, 63), 0);
	assert_int_equal(host_read(&host, longest, 64), -1);
	for (size_t i = 50; i < sizeof longest; i += 50)
		longest[i] = '.';
	assert_int_equal(host_read(&host, longest, 253), 0);
	assert_int_equal(host_read(&host, longest, 254), -1);
}

static void
a_rule_allows_its_hosts_and_ports_alone(void **state)
{
	static const struct {
		const char *rule, *name;
		unsigned int port;
		bool allowed;
	} rows[] = {
		{"example.org", "example.org", 443, true},
		{"example.org", "example.org", 80, true},
		{"EXAMPLE.org", "example.org", 80, true},
		{"example.org", "example.org", 22, false},
		{"example.org", "www.example.org", 443, false},
		{"example.org", "badexample.org", 443, false},
		{"example.org:8443", "example.org", 8443, true},
		{"example.org:8443", "example.org", 443, false},
		{"*.example.org", "www.example.org", 443, true},
		{"*.example.org", "a.b.example.org", 443, true},
		{"*.example.org", "example.org", 443, false},
		{"*.example.org", ".example.org", 443, false},
		{"*.example.org", "badexample.org", 443, false},
		{"*.example.org:22", "git.example.org", 22, true},
		{"192.0.2.1", "192.0.2.1", 80, true},
		{"192.0.2.1", "192.0.2.10", 80, false},
		{"[::1]:8080", "::1", 8080, true},
	};
	static const char *const none[] = {"*", "*.", "*.*.a", "a.*", "*a.b", "*.1.2.3.4",
		"*.[::1]", "http://a", "a/", ""};
	struct host_rule rule;
	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		assert_int_equal(host_rule_read(&rule, rows[i].rule), 0);
		if (host_rule_allows(&rule, rows[i].name, rows[i].port) !=
			rows[i].allowed)
			fail_msg("%s and %s:%u", rows[i].rule, rows[i].name,
				rows[i].port);
	}
	for (size_t i = 0; i < sizeof none / sizeof *none; i++)
		if (host_rule_read(&rule, none[i]) != -1)
			fail_msg("\"%s\" was taken", none[i]);
}

static bool
is_public(const char *text)
{
	struct sockaddr_in in = {.sin_family = AF_INET};
	struct sockaddr_in6 in6 = {.sin6_family = AF_INET6};
	if (inet_pton(AF_INET, text, &in.sin_addr) == 1)
		return host_is_public((struct sockaddr *)&in);
	assert_int_equal(inet_pton(AF_INET6, text, &in6.sin6_addr), 1);
	return host_is_public((struct sockaddr *)&in6);
}

static void
only_addresses_of_the_internet_are_public(void **state)
{
	static const char *const public[] = {"1.1.1.1", "9.255.255.255", "11.0.0.0",
		"100.63.255.255", "100.128.0.0", "126.255.255.255", "128.0.0.1",
		"169.253.255.255", "169.255.0.0", "172.15.255.255", "172.32.0.0",
		"192.0.1.0", "192.167.255.255", "192.169.0.0", "198.17.255.255",
		"198.20.0.0", "223.255.255.255", "2606:4700::1111", "2a00:1450::1",
		"::ffff:1.1.1.1", "64:ff9b::1.1.1.1", "2002:101:101::1"};
	static const char *const closed[] = {"0.0.0.0", "0.1.2.3", "10.0.0.1",
		"100.64.0.1", "100.100.100.200", "127.0.0.1", "127.255.255.255",
		"169.254.169.254", "172.16.0.1", "172.31.255.255", "192.0.0.192",
		"192.168.1.1", "198.19.0.1", "224.0.0.1", "239.1.1.1", "255.255.255.255",
		"::", "::1", "::127.0.0.1", "::ffff:127.0.0.1", "::ffff:10.0.0.1",
		"64:ff9b::7f00:1", "64:ff9b:1::1", "2002:7f00:1::1", "2001::1",
		"2001:db8::1", "100::1", "fc00::1", "fd00:ec2::254", "fe80::1", "fec0::1",
		"ff02::1"};
	(void)state;
	for (size_t i = 0; i < sizeof public / sizeof *public; i++)
		if (!is_public(public[i]))
			fail_msg("%s is public", public[i]);
	for (size_t i = 0; i < sizeof closed / sizeof *closed; i++)
		if (is_public(closed[i]))
			fail_msg("%s is not public", closed[i]);
	assert_false(host_is_public(&(struct sockaddr){.sa_family = AF_UNIX}));
}

static void
a_request_goes_on_without_what_is_meant_for_the_proxy(void **state)
{
	static const struct {
		const char *head, *sent;
	} rows[] = {
		{"GET http://a/b?c HTTP/1.1\r\nHost: other\r\nAccept: *\r\n\r\n",
			"GET /b?c HTTP/1.1\r\nHost: a\r\nAccept: *\r\n"},
		{"GET http://a:8080 HTTP/1.0\r\nproxy-authorization: x\r\n\r\n",
			"GET / HTTP/1.1\r\nHost: a:8080\r\n"},
		{"POST HTTP://[::1]?x HTTP/1.1\r\nConnection: close, X-a\r\nx-A: 1\r\n"
		 "TE: x\r\nUpgrade: h2c\r\nContent-Length: 3\r\n\r\n",
			"POST /?x HTTP/1.1\r\nHost: [::1]\r\nContent-Length: 3\r\n"},
		{"POST http://a/ HTTP/1.1\r\nConnection: Transfer-Encoding\r\n"
		 "Transfer-Encoding: chunked\r\n\r\n",
			"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n"},
	};
	struct gate_request request;
	char sent[500];
	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		snprintf(sent, sizeof sent, "%sConnection: close\r\n\r\n", rows[i].sent);
		assert_int_equal(gate_request_read(&request, rows[i].head,
					 strlen(rows[i].head)),
			0);
		assert_int_equal(request.kind, GATE_FORWARD);
		assert_string_equal(request.head.data, sent);
		gate_request_clear(&request);
	}
}

static void
what_is_asked_of_a_proxy_is_read_strictly(void **state)
{
	static const struct {
		const char *head;
		int status;
	} rows[] = {
		{"CONNECT a:443 HTTP/1.1\r\nHost: b\r\n\r\n", 0},
		{"connect A.:443 HTTP/1.0\r\n\r\n", 0},
		{"GET / HTTP/1.1\r\n\r\n", 0},
		{"CONNECT a HTTP/1.1\r\n\r\n", 400},
		{"CONNECT http://a:1 HTTP/1.1\r\n\r\n", 400},
		{"CONNECT a:1 HTTP/2\r\n\r\n", 400},
		{"CONNECT a:1\r\n\r\n", 400},
		{"CONNECT  a:1 HTTP/1.1\r\n\r\n", 400},
		{"CONNECT a:1 HTTP/1.1 \r\n\r\n", 400},
		{"GET https://a/ HTTP/1.1\r\n\r\n", 501},
		{"GET a HTTP/1.1\r\n\r\n", 501},
		{"GET http://u:p@a/ HTTP/1.1\r\n\r\n", 400},
		{"GET http:///x HTTP/1.1\r\n\r\n", 400},
		{"GET http://a/\x01 HTTP/1.1\r\n\r\n", 400},
		{"GET http://a/ HTTP/1.1\r\n folded: x\r\n\r\n", 400},
		{"GET http://a/ HTTP/1.1\r\nA : x\r\n\r\n", 400},
		{"GET http://a/ HTTP/1.1\r\nA\r\n\r\n", 400},
		{"GET http://a/ HTTP/1.1\r\n: x\r\n\r\n", 400},
		{"GET http://a/ HTTP/1.1\r\nA: x\nB: y\r\n\r\n", 400},
		{"GET http://a/ HTTP/1.1\r\nA: x\rB: y\r\n\r\n", 400},
		{"\r\n\r\n", 400},
	};
	struct gate_request request;
	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		int status =
			gate_request_read(&request, rows[i].head, strlen(rows[i].head));
		if (status != rows[i].status)
			fail_msg("%d for %s", status, rows[i].head);
		if (status == 0)
			gate_request_clear(&request);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_a_host_is_read_in_one_form),
		cmocka_unit_test(what_others_may_take_for_another_host_is_none),
		cmocka_unit_test(a_rule_allows_its_hosts_and_ports_alone),
		cmocka_unit_test(only_addresses_of_the_internet_are_public),
		cmocka_unit_test(a_request_goes_on_without_what_is_meant_for_the_proxy),
		cmocka_unit_test(what_is_asked_of_a_proxy_is_read_strictly),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
