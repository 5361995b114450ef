/*
 * A request as we understand it, read from CGI variables (RFC 3875) by our own rules: the
 * path comes from REQUEST_URI, because web servers split PATH_INFO each in its own way;
 * who sent it is never read from an HTTP_X_… variable.
 */
#ifndef DISPATCH_FCGI_REQUEST_H
#define DISPATCH_FCGI_REQUEST_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/auth.h"
#include "lib/err.h"

struct request {
	const char *method; /* as it came; "" when missing */
	char *path; /* decoded, without the prefix: "api/sessions"; NULL: not ours */
	const char *query; /* still encoded; "" when there is none */
	const char *type;  /* Content-Type; "" when there is none */
	int64_t length;    /* Content-Length; 0 when there is none */
	bool sized;        /* there is one */
	int port;          /* on which the web server was reached; 0: not told */
	const char *if_match, *if_none_match, *range, *if_range; /* NULL: not there */
	struct auth_request auth;
	char *cookies; /* all Cookie headers, joined */
};

/*
 * Reads the variables ("NAME=value", NULL at the end), which must outlive *r. Errors (400
 * "request.invalid") for a path with a bad or forbidden escape, a dot segment, a control
 * character or bad UTF-8, and for a bad Content-Length. request_free() is legal
 * afterwards.
 */
int request_parse(struct request *r, char *const *env, const char *prefix, struct err *e);

void request_free(struct request *r);

/*
 * Decodes one percent-encoded text of `len` bytes into `out` (at least len + 1 bytes),
 * with
 * '+' as a blank when `plus` is set. Returns its length, or -1 for a broken escape, a
 * NUL, an ASCII control character or bytes that are not UTF-8.
 */
int request_decode(char *out, const char *text, size_t len, bool plus);

#endif
