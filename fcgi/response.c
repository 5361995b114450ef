/* See response.h. */
#include "config.h"

#include "fcgi/response.h"

#include "lib/envelope.h"

#include <stdlib.h>
#include <string.h>

void
response_free(struct response *r)
{
	buf_free(&r->body);
	buf_free(&r->headers);
	buf_free(&r->extra);
}

void
response_header(struct response *r, const char *name, const char *value)
{
	for (const char *p = value; *p; p++)
		if ((unsigned char)*p < 0x20 || *p == 0x7f)
			abort();
	buf_printf(&r->headers, "%s: %s\r\n", name, value);
}

void
response_error(struct response *r, const struct err *e)
{
	struct buf *b = &r->body;
	buf_clear(b);
	r->status = e->status;
	envelope_problem(b, e, r->extra.len ? &r->extra : NULL);
}

void
response_write(const struct response *r, bool head_only, struct buf *out)
{
	int status = r->status ? r->status : r->body.len ? 200 : 204;
	buf_printf(out, "Status: %d %s\r\n", status, envelope_reason(status));
	if (r->body.len)
		buf_printf(out, "Content-Type: %s\r\n",
			status >= 400 ? "application/problem+json" : "application/json");
	if (status != 204)
		buf_printf(out, "Content-Length: %zu\r\n", r->body.len);
	buf_str(out,
		"Cache-Control: no-store\r\nX-Content-Type-Options: nosniff\r\n"
		"Cross-Origin-Resource-Policy: same-origin\r\n");
	buf_add(out, r->headers.data, r->headers.len);
	buf_str(out, "\r\n");
	if (!head_only)
		buf_add(out, r->body.data, r->body.len);
}
