/*
 * One request to another server: the only place that speaks to libcurl. Bounded in time
 * and size; follows no redirect; knows no proxy, whatever the environment says (httpoxy);
 * checks the certificate. Blocks the calling thread.
 */
#ifndef DISPATCH_LIB_HTTP_H
#define DISPATCH_LIB_HTTP_H

#include <stdbool.h>
#include <stddef.h>

#include "lib/buf.h"
#include "lib/err.h"

struct http_request {
	const char *url;           /* https, or http to loopback (see plain) */
	const char *form;          /* body of a POST, form-encoded; NULL: a GET */
	const char *authorization; /* value of that header; NULL: none */
	long timeout_ms;           /* for all of it */
	size_t most;               /* bytes of an answer */
	bool plain;                /* http to anywhere is good enough: nothing secret is
	                              asked or sent; not with authorization or form */
};

/*
 * Appends the body of the answer to *out and sets *status. Asks for JSON. Errors: 502
 * "http.failed" with the reason (no answer in time, too long, a certificate, …); what the
 * status says is for the caller.
 */
int http_send(const struct http_request *request, int *status, struct buf *out,
	struct err *e);

/* Appends the text percent-encoded (RFC 3986: everything but unreserved characters). */
void http_encode(struct buf *out, const char *text);

/* 0 when this is a URL that http_send() takes (without plain), without a slash at its
 * end. */
int http_check_base(const char *url);

#endif
