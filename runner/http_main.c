/*
 * dispatch-http: see dispatch-http(8).
 *
 *	dispatch-http < REQUEST
 *
 * A program of its own because of what libcurl brings along: some thirty libraries, which
 * the runner and each handler would have in their memory for one question in a while; and
 * because what another server says is then read by somebody who has nothing else.
 */
#include "config.h"

#include "lib/crypt.h"
#include "lib/http.h"
#include "lib/json.h"
#include "runner/os_process.h"

#include <json-c/json.h>

#include <stdio.h>

enum { REQUEST_MOST = 64 * 1024 };

static int
read_request(struct json_object **out)
{
	struct buf text = BUF_INIT;
	char *to = buf_room(&text, REQUEST_MOST);
	text.len = fread(to, 1, REQUEST_MOST, stdin);
	int rc = json_parse(out, text.data, text.len, NULL);
	crypt_wipe(text.data, text.len);
	buf_free(&text);
	return rc;
}

static int
answer(const struct http_request *request)
{
	struct buf body = BUF_INIT, out = BUF_INIT;
	struct err e = {0};
	int status = 0;
	if (http_send(request, &status, &body, &e) != 0)
		status = 0;
	if (request->status_only)
		buf_clear(&body);
	http_answer_write(&out, status, e.text, &body);
	bool written =
		fwrite(out.data, 1, out.len, stdout) == out.len && fflush(stdout) == 0;
	buf_free(&body);
	buf_free(&out);
	return written ? 0 : 1;
}

int
main(int argc, char **argv)
{
	struct json_object *json = NULL;
	struct http_request request;
	int code = 2;
	(void)argv;
	os_die_with_parent();
	if (argc == 1 && read_request(&json) == 0 &&
		http_request_read(&request, json) == 0)
		code = answer(&request);
	else
		fputs("usage: dispatch-http < REQUEST\n", stderr);
	json_object_put(json);
	return code;
}
