/*
 * What is said to a Claude session. The lines for the program are made here, where bodies
 * from outside are read anyway; the runner decides whether and when they are said. See
 * sql/state/0004-ops.sql for the form of such a command.
 */
#include "config.h"

#include "fcgi/claude_options.h"
#include "fcgi/handlers.h"
#include "fcgi/image.h"
#include "fcgi/owned.h"
#include "lib/claude_wire.h"
#include "lib/json.h"
#include "lib/json_read.h"

#include <json-c/json.h>

#include <stdlib.h>
#include <string.h>

enum { TITLE_BYTES = 80 };

/* ---- a message ---- */

struct attached {
	struct image images[IMAGES_MAX];
	struct claude_image wire[IMAGES_MAX];
	size_t count;
};

static int
take_images(struct attached *attached, struct json_object *list, struct err *e)
{
	for (size_t i = 0; i < json_length(list); i++) {
		struct image *image = &attached->images[i];
		if (image_check(json_object_array_get_idx(list, i), image, e) != 0)
			return -1;
		attached->wire[i] = (struct claude_image){image->media_type, image->data};
		attached->count++;
	}
	return 0;
}

/* Bytes of the title in a line that is too long: to the end of a word, if there is one in
 * the second half, else of a character. */
static size_t
shortened(const char *line)
{
	size_t len = TITLE_BYTES, word;
	while (((unsigned char)line[len] & 0xc0) == 0x80)
		len--;
	for (word = len; word > TITLE_BYTES / 2 && line[word] != ' ';)
		word--;
	return line[word] == ' ' ? word : len;
}

static void
put_title(struct buf *b, const char *text)
{
	text += strspn(text, " \t\r\n");
	size_t len = strcspn(text, "\r\n");
	bool cut = len > TITLE_BYTES;
	char *title = xasprintf("%.*s%s", (int)(cut ? shortened(text) : len), text,
		cut ? "…" : "");
	json_key(b, "title"), json_string(b, title);
	free(title);
}

static void
put_head(struct buf *b, const char *uuid, const struct value *text)
{
	json_begin(b, '{');
	json_key(b, "op"), json_string(b, "message");
	json_key(b, "uuid"), json_string(b, uuid);
	put_title(b, text->text);
	json_end(b, '}');
	buf_char(b, '\n');
}

/* The event that says that it waits. */
static void
put_queued(struct buf *b, const struct call *c, const char *uuid,
	const struct attached *attached)
{
	const struct value *text = &c->values[MESSAGE_TEXT];
	json_begin(b, '{');
	json_key(b, "uuid"), json_string(b, uuid);
	json_key(b, "text"), json_string_n(b, text->text, text->len);
	json_key(b, "images"), json_begin(b, '[');
	for (size_t i = 0; i < attached->count; i++) {
		const struct image *image = &attached->images[i];
		json_begin(b, '{');
		json_key(b, "media_type"), json_string(b, image->media_type);
		json_key(b, "bytes"), json_int(b, (int64_t)image->bytes);
		json_key(b, "sha256"), json_string(b, image->sha256);
		json_end(b, '}');
	}
	json_end(b, ']');
	json_key(b, "by"), json_string(b, c->auth.user);
	json_end(b, '}');
	buf_char(b, '\n');
}

int
h_claude_message(struct call *c, struct err *e)
{
	const struct value *v = c->values;
	struct attached attached = {0};
	struct buf body = BUF_INIT;
	char uuid[UUID_SIZE];
	if (owned_live_kind(c, "claude", e) != 0 ||
		take_images(&attached, v[MESSAGE_IMAGES].json, e) != 0)
		return -1;
	crypt_uuid(uuid);
	if (v[MESSAGE_UUID].given)
		memcpy(uuid, v[MESSAGE_UUID].text, sizeof uuid);
	put_head(&body, uuid, &v[MESSAGE_TEXT]);
	put_queued(&body, c, uuid, &attached);
	claude_wire_message(&body, uuid, v[MESSAGE_TEXT].text, v[MESSAGE_TEXT].len,
		attached.wire, attached.count);
	int rc = owned_op(c, uuid, &body, e);
	buf_free(&body);
	if (rc != 0)
		return -1;
	c->response->status = 202;
	json_begin(&c->response->body, '{');
	json_key(&c->response->body, "uuid"), json_string(&c->response->body, uuid);
	json_end(&c->response->body, '}');
	return 0;
}

/* ---- control requests ---- */

/* Asks the program for something: `name` is the op, `subtype` what the program calls it,
 * and `fields` are members for both. */
static int
ask(struct call *c, const char *name, const char *subtype, const char *fields,
	struct err *e)
{
	struct buf body = BUF_INIT;
	char uuid[UUID_SIZE];
	if (owned_live_kind(c, "claude", e) != 0)
		return -1;
	crypt_uuid(uuid);
	buf_printf(&body, "{\"op\":\"%s\"%s%s}\n\n", name, fields ? "," : "",
		fields ? fields : "");
	char *id = xasprintf("%s:%s", name, uuid);
	claude_wire_request(&body, id, subtype, fields);
	free(id);
	int rc = owned_op(c, uuid, &body, e);
	buf_free(&body);
	return rc;
}

int
h_claude_interrupt(struct call *c, struct err *e)
{
	const struct value *all = &c->values[INTERRUPT_QUEUED];
	return ask(c, "interrupt", "interrupt",
		all->given && all->number ? "\"cancel_queued\":true" : NULL, e);
}

int
h_claude_mode(struct call *c, struct err *e)
{
	const char *mode = c->values[MODE_MODE].text;
	if (claude_mode_check(c->app, mode, e) != 0)
		return -1;
	char *fields = xasprintf("\"mode\":\"%s\"", mode);
	int result = ask(c, "mode", "set_permission_mode", fields, e);
	free(fields);
	return result;
}

int
h_claude_model(struct call *c, struct err *e)
{
	const struct value *model = &c->values[MODEL_MODEL];
	struct buf b = BUF_INIT;
	json_key(&b, "model"), json_string(&b, model->given ? model->text : NULL);
	int result = ask(c, "model", "set_model", b.data, e);
	buf_free(&b);
	return result;
}

int
h_claude_thinking(struct call *c, struct err *e)
{
	const struct value *tokens = &c->values[THINKING_TOKENS];
	struct buf b = BUF_INIT;
	json_key(&b, "max_thinking_tokens");
	if (tokens->given)
		json_int(&b, tokens->number);
	else
		json_null(&b);
	int result = ask(c, "thinking", "set_max_thinking_tokens", b.data, e);
	buf_free(&b);
	return result;
}

int
h_claude_cancel(struct call *c, struct err *e)
{
	char *fields = xasprintf("\"message_uuid\":\"%s\"", c->values[CANCEL_UUID].text);
	int result = ask(c, "cancel", "cancel_async_message", fields, e);
	free(fields);
	return result;
}
