/* See response.h. */
#include "config.h"

#include "fcgi/response.h"

#include "lib/envelope.h"
#include "lib/json.h"

#include <stdlib.h>
#include <string.h>

void
response_free(struct response *r)
{
	buf_free(&r->body);
	buf_free(&r->headers);
	buf_free(&r->extra);
	if (r->stream.end)
		r->stream.end(r->stream.arg);
	r->stream = (struct stream){0};
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
response_list_begin(struct response *r)
{
	json_begin(&r->body, '{');
	json_key(&r->body, "items"), json_begin(&r->body, '[');
}

void
response_list_end(struct response *r)
{
	json_end(&r->body, ']');
	json_key(&r->body, "next"), json_null(&r->body);
	json_end(&r->body, '}');
}

void
response_error(struct response *r, const struct err *e)
{
	struct buf *b = &r->body;
	buf_clear(b);
	if (r->stream.end)
		r->stream.end(r->stream.arg);
	r->stream = (struct stream){0};
	r->status = e->status;
	r->type = "application/problem+json";
	envelope_problem(b, e, r->extra.len ? &r->extra : NULL);
}

void
response_write(const struct response *r, bool head_only, struct buf *out)
{
	bool is_stream = r->stream.next != NULL;
	int status = r->status ? r->status : r->body.len || is_stream ? 200 : 204;
	int64_t length = is_stream ? r->stream.length : (int64_t)r->body.len;
	buf_printf(out, "Status: %d %s\r\n", status, envelope_reason(status));
	if (r->body.len || is_stream)
		buf_printf(out, "Content-Type: %s\r\n",
			r->type ? r->type : "application/json");
	if (status != 204 && status != 304 && length >= 0)
		buf_printf(out, "Content-Length: %lld\r\n", (long long)length);
	for (const struct envelope_header *h = envelope_headers; h->name; h++)
		buf_printf(out, "%s: %s\r\n", h->name, h->value);
	buf_printf(out, "Content-Security-Policy: %s\r\n",
		r->is_file ? ENVELOPE_FILE_POLICY : ENVELOPE_POLICY);
	buf_add(out, r->headers.data, r->headers.len);
	buf_str(out, "\r\n");
	if (!head_only)
		buf_add(out, r->body.data, r->body.len);
}
