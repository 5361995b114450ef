/* What Claude has said, been given and offered before. */
#include "config.h"

#include "fcgi/claude_history.h"
#include "fcgi/claude_message.h"
#include "fcgi/claude_place.h"
#include "fcgi/handlers.h"
#include "fcgi/owned.h"
#include "lib/json.h"
#include "lib/json_read.h"
#include "lib/store/session.h"

#include <json-c/json.h>

#include <stdlib.h>
#include <string.h>

enum { HISTORY_LIMIT = 30 };

/* ---- conversations ---- */

static int
put_conversation(struct call *c, const struct conversation *past, struct err *e)
{
	struct buf *b = &c->response->body;
	char id[ID_SIZE];
	int rc = session_of_conversation(c->events, c->auth.user, past->id, id, e);
	if (rc < 0)
		return -1;
	json_begin(b, '{');
	json_key(b, "conversation"), json_string(b, past->id);
	json_key(b, "title"), json_string(b, past->title);
	json_key(b, "first_prompt"), json_string(b, past->first_prompt);
	json_key(b, "updated_at"), json_int(b, past->updated_at);
	json_key(b, "bytes"), json_int(b, past->bytes);
	json_key(b, "messages");
	if (past->messages < 0)
		json_null(b);
	else
		json_int(b, past->messages);
	json_key(b, "session"), json_string(b, rc > 0 ? id : NULL);
	json_end(b, '}');
	return 0;
}

static int
put_history(struct call *c, const struct claude_place *place, struct err *e)
{
	const struct value *v = c->values;
	int64_t before = v[HISTORY_AFTER].given ? v[HISTORY_AFTER].number : INT64_MAX;
	int most = v[HISTORY_MOST].given ? (int)v[HISTORY_MOST].number : HISTORY_LIMIT;
	char *folder = claude_history_folder(place->config, place->cwd);
	struct conversation *list;
	struct buf *b = &c->response->body;
	int more, result = 0;
	int count = claude_history_list(folder, place->cwd, before, most, &list, &more);
	json_begin(b, '{');
	json_key(b, "items"), json_begin(b, '[');
	for (int i = 0; i < count && result == 0; i++)
		result = put_conversation(c, &list[i], e);
	json_end(b, ']');
	json_key(b, "next");
	if (more && count)
		json_int(b, list[count - 1].updated_at);
	else
		json_null(b);
	json_end(b, '}');
	claude_history_free(list, count);
	free(folder);
	return result;
}

/* ---- images ---- */

static int
no_message(struct err *e)
{
	return err_set(e, 404, "message.unknown",
		"Claude does not keep this message any more. Attach the images again.");
}

static void
put_images(struct response *r, struct json_object *line)
{
	struct buf *b = &r->body;
	struct json_object *message = json_member_object(line, "message");
	struct json_object *content = json_member_array(message, "content");
	response_list_begin(r);
	for (size_t i = 0; i < json_length(content); i++) {
		struct json_object *block = json_object_array_get_idx(content, i);
		struct json_object *source = json_member_object(block, "source");
		const char *data = json_member_text(source, "data");
		const char *type = json_member_text(source, "media_type");
		if (!data || !type)
			continue;
		json_begin(b, '{');
		json_key(b, "media_type"), json_string(b, type);
		json_key(b, "data"), json_string(b, data);
		json_end(b, '}');
	}
	response_list_end(r);
}

static int
find_message(struct call *c, const struct session *s, struct json_object **line,
	struct err *e)
{
	struct json_object *detail = NULL;
	struct claude_place place = {0};
	const char *conversation = NULL;
	int rc = 0;
	if (s->detail_json &&
		json_parse(&detail, s->detail_json, strlen(s->detail_json), e) == 0)
		conversation = json_member_text(detail, "conversation");
	if (conversation && crypt_is_uuid(conversation))
		rc = claude_place_find(c, s->workspace, s->cwd, &place, e);
	if (rc == 0 && place.config) {
		char *folder = claude_history_folder(place.config, place.cwd);
		rc = claude_message_find(folder, conversation,
			c->values[IMAGES_MESSAGE].text, line);
		free(folder);
	}
	claude_place_clear(&place);
	json_object_put(detail);
	return rc < 0 ? -1 : rc ? 0 : no_message(e);
}

int
h_claude_images(struct call *c, struct err *e)
{
	struct session s;
	struct json_object *line = NULL;
	if (owned_find(c, &s, e) != 0)
		return -1;
	int rc = find_message(c, &s, &line, e);
	if (rc == 0)
		put_images(c->response, line);
	json_object_put(line);
	session_clear(&s);
	return rc;
}

/* ---- a place ---- */

/* Calls put() with the place that the request names, in the values at these indexes. */
static int
with_place(struct call *c, int workspace, int cwd,
	int (*put)(struct call *, const struct claude_place *, struct err *),
	struct err *e)
{
	const struct value *v = c->values;
	struct claude_place place;
	int rc = claude_place_find(c, v[workspace].text, v[cwd].text, &place, e);
	if (rc == 0)
		rc = claude_place_demand(&place, e);
	if (rc == 0)
		rc = put(c, &place, e);
	claude_place_clear(&place);
	return rc;
}

int
h_claude_history(struct call *c, struct err *e)
{
	return with_place(c, HISTORY_WORKSPACE, HISTORY_CWD, put_history, e);
}

/* The log has what the program reported when it was last started in the directory. */
static int
put_commands(struct call *c, const struct claude_place *place, struct err *e)
{
	struct claude_commands known = {0};
	struct buf *b = &c->response->body;
	int64_t since = c->now - c->app->conf.claude_commands_ttl * 1000;
	int rc = session_claude_commands(c->events, c->auth.user, place->cwd, since,
		&known, e);
	json_begin(b, '{');
	json_key(b, "items"), json_raw(b, rc > 0 ? known.json : "[]");
	json_key(b, "version"), json_string(b, known.version);
	json_key(b, "reported_at");
	if (rc > 0)
		json_int(b, known.at);
	else
		json_null(b);
	json_key(b, "next"), json_null(b);
	json_end(b, '}');
	free(known.json);
	free(known.version);
	return rc < 0 ? -1 : 0;
}

int
h_claude_commands(struct call *c, struct err *e)
{
	return with_place(c, COMMANDS_WORKSPACE, COMMANDS_CWD, put_commands, e);
}
