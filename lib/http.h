/*
 * One request to another server, bounded in time and size; it follows no redirect, knows
 * no proxy, whatever the environment says (httpoxy), and checks the certificate.
 * dispatch-http(8) makes it, which others start for it, and tell and hear what is here.
 */
#ifndef DISPATCH_LIB_HTTP_H
#define DISPATCH_LIB_HTTP_H

#include <stdbool.h>
#include <stddef.h>

#include "lib/buf.h"
#include "lib/err.h"

struct json_object;

struct http_request {
	const char *url;           /* https, or http to loopback (see plain) */
	const char *form;          /* body of a POST, form-encoded; NULL: a GET */
	const char *authorization; /* value of that header; NULL: none */
	int timeout_ms;   /* for all of it, but for finding the address of a name */
	size_t most;      /* bytes of an answer */
	bool plain;       /* http to anywhere is good enough: nothing secret is
	                     asked or sent; not with authorization or form */
	bool status_only; /* what the answer says is not wanted */
};

/* Appends the request as dispatch-http reads it: a JSON object with the names above. What
 * is secret in it is so in *out. */
void http_request_write(struct buf *out, const struct http_request *request);

/* The request in such an object, of which its texts are. 0, or -1 when it has no URL
 * or no time. */
int http_request_read(struct http_request *request, struct json_object *json);

/* Appends what dispatch-http says: a line with the status, and the body; or, for 0, a
 * line with the reason. */
void http_answer_write(struct buf *out, int status, const char *reason,
	const struct buf *body);

/*
 * Reads that: sets *status, and *body to the place in it where the body begins. Errors:
 * 502 "http.failed" with the reason (no answer in time, too long, a certificate, …), or
 * that nothing was said. What the status says is for the caller.
 */
int http_answer_read(const struct buf *said, int *status, size_t *body, struct err *e);

/*
 * Makes the request (lib/http_send.c, the only place that speaks to libcurl). Appends the
 * body of the answer to *out and sets *status. Asks for JSON. Blocks the calling thread.
 * Errors: 502 "http.failed" with the reason.
 */
int http_send(const struct http_request *request, int *status, struct buf *out,
	struct err *e);

/* Appends the text percent-encoded (RFC 3986: everything but unreserved characters). */
void http_encode(struct buf *out, const char *text);

/* 0 when this is a URL that http_send() takes (without plain), without a slash at its
 * end. */
int http_check_base(const char *url);

/* http is for a server on this machine: a test, or a proxy that adds TLS. */
bool http_is_loopback(const char *url);

#endif
