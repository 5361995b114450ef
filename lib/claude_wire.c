/* See claude_wire.h. */
#include "config.h"

#include "lib/claude_wire.h"

#include "lib/json.h"

#include <stdbool.h>

static void
put_image(struct buf *b, const struct claude_image *image)
{
	json_begin(b, '{');
	json_key(b, "type"), json_string(b, "image");
	json_key(b, "source"), json_begin(b, '{');
	json_key(b, "type"), json_string(b, "base64");
	json_key(b, "media_type"), json_string(b, image->media_type);
	json_key(b, "data"), json_string(b, image->data);
	json_end(b, '}');
	json_end(b, '}');
}

static void
put_content(struct buf *b, const char *text, size_t len,
	const struct claude_image *images, size_t count)
{
	json_key(b, "content");
	if (count == 0) {
		json_string_n(b, text, len);
		return;
	}
	json_begin(b, '[');
	for (size_t i = 0; i < count; i++)
		put_image(b, &images[i]);
	json_begin(b, '{');
	json_key(b, "type"), json_string(b, "text");
	json_key(b, "text"), json_string_n(b, text, len);
	json_end(b, '}');
	json_end(b, ']');
}

void
claude_wire_message(struct buf *b, const char *uuid, const char *text, size_t len,
	const struct claude_image *images, size_t image_count)
{
	json_begin(b, '{');
	json_key(b, "type"), json_string(b, "user");
	json_key(b, "message"), json_begin(b, '{');
	json_key(b, "role"), json_string(b, "user");
	put_content(b, text, len, images, image_count);
	json_end(b, '}');
	json_key(b, "parent_tool_use_id"), json_null(b);
	json_key(b, "session_id"), json_string(b, "");
	json_key(b, "uuid"), json_string(b, uuid);
	json_end(b, '}');
	buf_char(b, '\n');
}

void
claude_wire_request(struct buf *b, const char *id, const char *subtype,
	const char *fields)
{
	json_begin(b, '{');
	json_key(b, "type"), json_string(b, "control_request");
	json_key(b, "request_id"), json_string(b, id);
	json_key(b, "request"), json_begin(b, '{');
	json_key(b, "subtype"), json_string(b, subtype);
	if (fields)
		buf_printf(b, ",%s", fields);
	json_end(b, '}');
	json_end(b, '}');
	buf_char(b, '\n');
}

static void
put_allow(struct buf *b, const struct claude_answer *a)
{
	json_key(b, "behavior"), json_string(b, "allow");
	if (a->input_json)
		json_key(b, "updatedInput"), json_raw(b, a->input_json);
	if (a->updates_json)
		json_key(b, "updatedPermissions"), json_raw(b, a->updates_json);
	json_key(b, "decisionClassification");
	json_string(b, a->updates_json ? "user_permanent" : "user_temporary");
}

static void
put_deny(struct buf *b, const struct claude_answer *a)
{
	json_key(b, "behavior"), json_string(b, "deny");
	json_key(b, "message");
	json_string(b, a->message && *a->message ? a->message : "The person said no.");
	if (a->interrupt)
		json_key(b, "interrupt"), json_truth(b, true);
}

void
claude_wire_answer(struct buf *b, const struct claude_answer *a)
{
	json_begin(b, '{');
	json_key(b, "type"), json_string(b, "control_response");
	json_key(b, "response"), json_begin(b, '{');
	json_key(b, "subtype"), json_string(b, "success");
	json_key(b, "request_id"), json_string(b, a->request);
	json_key(b, "response"), json_begin(b, '{');
	if (a->allow)
		put_allow(b, a);
	else
		put_deny(b, a);
	json_end(b, '}');
	json_end(b, '}');
	json_end(b, '}');
	buf_char(b, '\n');
}
