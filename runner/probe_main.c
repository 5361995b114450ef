/*
 * dispatch-probe: see dispatch-probe(8).
 *
 *	dispatch-probe URL
 *
 * A program of its own because of what libcurl brings along: some thirty libraries, which
 * the runner would have in its memory for one question in a minute.
 */
#include "config.h"

#include "lib/http.h"
#include "runner/os_process.h"

#include <stdio.h>

enum { LIMIT_MS = 3000, MOST = 64 * 1024 };

static int
ask(const char *url)
{
	const struct http_request request = {.url = url,
		.plain = true,
		.timeout_ms = LIMIT_MS,
		.most = MOST};
	struct buf body = BUF_INIT;
	struct err e = {0};
	int status = 0;
	if (http_send(&request, &status, &body, &e) == 0)
		printf("%d\n", status);
	else
		printf("0 %s\n", e.text);
	buf_free(&body);
	return fflush(stdout) == 0 ? 0 : 1;
}

int
main(int argc, char **argv)
{
	if (argc != 2) {
		fputs("usage: dispatch-probe URL\n", stderr);
		return 2;
	}
	os_die_with_parent();
	return ask(argv[1]);
}
