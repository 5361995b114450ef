/* See response.h. */
#include "config.h"

#include "fcgi/response.h"

#include "lib/json.h"

#include <stdlib.h>
#include <string.h>

static const struct {
	int status;
	const char *reason;
} reasons[] = {
	{200, "OK"},
	{201, "Created"},
	{202, "Accepted"},
	{204, "No Content"},
	{400, "Bad Request"},
	{401, "Unauthorized"},
	{403, "Forbidden"},
	{404, "Not Found"},
	{405, "Method Not Allowed"},
	{409, "Conflict"},
	{413, "Content Too Large"},
	{415, "Unsupported Media Type"},
	{421, "Misdirected Request"},
	{422, "Unprocessable Content"},
	{429, "Too Many Requests"},
	{500, "Internal Server Error"},
	{503, "Service Unavailable"},
	{507, "Insufficient Storage"},
};

const char *
response_reason(int status)
{
	for (size_t i = 0; i < sizeof reasons / sizeof *reasons; i++)
		if (reasons[i].status == status)
			return reasons[i].reason;
	return "Error";
}

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
	json_begin(b, '{');
	json_key(b, "type"), json_string(b, "about:blank");
	json_key(b, "title"), json_string(b, response_reason(e->status));
	json_key(b, "status"), json_int(b, e->status);
	json_key(b, "code"), json_string(b, e->code);
	json_key(b, "detail"), json_string(b, e->text);
	if (*e->field)
		json_key(b, "field"), json_string(b, e->field);
	if (r->extra.len) {
		buf_char(b, ',');
		buf_add(b, r->extra.data, r->extra.len);
	}
	json_end(b, '}');
}

void
response_write(const struct response *r, bool head_only, struct buf *out)
{
	int status = r->status ? r->status : r->body.len ? 200 : 204;
	buf_printf(out, "Status: %d %s\r\n", status, response_reason(status));
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
