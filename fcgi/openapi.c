/*
 * See openapi.h. Paths and parameters come from the table; the shapes of answers from the
 * schemas beside it.
 */
#include "config.h"

#include "fcgi/openapi.h"

#include "fcgi/domain.h"
#include "fcgi/response.h"
#include "lib/json.h"
#include "lib/path_text.h"

#include <stdio.h>
#include <string.h>

/* Of every error. */
static const struct schema problem = {"Problem",
	{{"type", TEXT}, {"title", TEXT}, {"status", NUMBER}, {"code", TEXT},
		{"detail", TEXT}, {"?field", TEXT}, {"?expect", NUMBER}, {"?error", TEXT},
		{"?offset", NUMBER}, {"?answered_by", TEXT}, {"?answered_at", NUMBER},
		{"?decision", TEXT}, {"?workspace", TEXT}, {"?words", TEXT},
		{"?paths", LIST(TEXT)}}};

static void
put_text(struct buf *b, const char *key, const char *text)
{
	json_key(b, key);
	json_string(b, text);
}

static void
put_schema(struct buf *b, const struct schema *s)
{
	json_key(b, s->name), json_begin(b, '{');
	put_text(b, "type", "object");
	json_key(b, "properties"), json_begin(b, '{');
	for (const struct member *m = s->members; m->name; m++)
		json_key(b, m->name + (*m->name == '?')), json_raw(b, m->schema);
	json_end(b, '}');
	json_key(b, "required"), json_begin(b, '[');
	for (const struct member *m = s->members; m->name; m++)
		if (*m->name != '?')
			json_string(b, m->name);
	json_end(b, ']');
	json_end(b, '}');
}

/* ---- what a value may be: what each type says besides what JSON calls it ---- */

static void
put_bounds(struct buf *b, const struct param *p, const char *low, const char *high)
{
	json_key(b, low), json_int(b, p->min);
	json_key(b, high), json_int(b, p->max);
}

static void
put_characters(struct buf *b, const struct param *p)
{
	put_bounds(b, p, "minLength", "maxLength");
}

static void
put_secret(struct buf *b, const struct param *p)
{
	put_bounds(b, p, "minLength", "maxLength");
	put_text(b, "format", "password");
	put_text(b, "pattern", "^[!-~]*$");
}

static void
put_prose(struct buf *b, const struct param *p)
{
	put_bounds(b, p, "x-min-bytes", "x-max-bytes");
}

static void
put_uuid(struct buf *b, const struct param *p)
{
	(void)p;
	put_text(b, "format", "uuid");
}

static void
put_range(struct buf *b, const struct param *p)
{
	put_bounds(b, p, "minimum", "maximum");
}

static void
put_truth(struct buf *b, const struct param *p)
{
	if (p->in == IN_BODY)
		put_text(b, "type", "boolean");
	else
		json_key(b, "enum"), json_raw(b, "[\"0\",\"1\",\"false\",\"true\"]");
}

static void
put_enum(struct buf *b, const struct param *p)
{
	json_key(b, "enum"), json_begin(b, '[');
	for (int i = 0; p->values[i]; i++)
		json_string(b, p->values[i]);
	json_end(b, ']');
}

/* An id, and what it is the id of. */
static void
put_id(struct buf *b, const struct param *p)
{
	put_text(b, "pattern", "^[a-z2-7]{26}$");
	put_text(b, "x-names",
		p->type == TYPE_SESSION              ? "session"
			: p->type == TYPE_PERMISSION ? "permission"
			: p->type == TYPE_WORKSPACE  ? "workspace"
						     : p->name);
}

static void
put_directory(struct buf *b, const struct param *p)
{
	put_text(b, "pattern", "^(/|~$|~/)");
	put_bounds(b, p, "minLength", "maxLength");
}

static void
put_file(struct buf *b, const struct param *p)
{
	(void)p;
	put_text(b, "format", "path-text");
	json_key(b, "maxLength"), json_int(b, PATH_TEXT_BYTES);
}

static void
put_strings(struct buf *b, const struct param *p)
{
	json_key(b, "items"), json_raw(b, TEXT);
	put_bounds(b, p, "minItems", "maxItems");
}

static void
put_list(struct buf *b, const struct param *p)
{
	json_key(b, "maxItems"), json_int(b, p->max);
}

static void
put_map(struct buf *b, const struct param *p)
{
	json_key(b, "additionalProperties"), json_raw(b, TEXT);
	json_key(b, "propertyNames");
	json_raw(b, "{\"pattern\":\"^[A-Za-z_][A-Za-z0-9_]*$\",\"maxLength\":128}");
	json_key(b, "maxProperties"), json_int(b, p->max);
}

static void
put_type(struct buf *b, const struct param *p)
{
	static const struct {
		const char *type; /* NULL: it depends */
		void (*put)(struct buf *b, const struct param *p);
	} types[] = {
		[TYPE_TEXT] = {"string", put_characters},
		[TYPE_SECRET] = {"string", put_secret},
		[TYPE_INT] = {"integer", put_range},
		[TYPE_BOOL] = {NULL, put_truth},
		[TYPE_ENUM] = {"string", put_enum},
		[TYPE_ID] = {"string", put_id},
		[TYPE_SESSION] = {"string", put_id},
		[TYPE_PERMISSION] = {"string", put_id},
		[TYPE_WORKSPACE] = {"string", put_id},
		[TYPE_PATH] = {"string", put_directory},
		[TYPE_FILE] = {"string", put_file},
		[TYPE_STRINGS] = {"array", put_strings},
		[TYPE_PROSE] = {"string", put_prose},
		[TYPE_UUID] = {"string", put_uuid},
		[TYPE_OBJECT] = {"object", NULL},
		[TYPE_LIST] = {"array", put_list},
		[TYPE_MAP] = {"object", put_map},
	};
	json_begin(b, '{');
	if (types[p->type].type)
		put_text(b, "type", types[p->type].type);
	if (types[p->type].put)
		types[p->type].put(b, p);
	put_text(b, "description", p->doc);
	json_end(b, '}');
}

/* ---- a route ---- */

static void
put_parameters(struct buf *b, const struct route *r)
{
	json_key(b, "parameters"), json_begin(b, '[');
	for (int i = 0; i < r->param_count; i++) {
		const struct param *p = &r->params[i];
		if (p->in == IN_BODY)
			continue;
		json_begin(b, '{');
		put_text(b, "name", p->name);
		put_text(b, "in", p->in == IN_PATH ? "path" : "query");
		json_key(b, "required"), json_truth(b, p->required);
		json_key(b, "schema"), put_type(b, p);
		json_end(b, '}');
	}
	json_end(b, ']');
}

static void
put_members(struct buf *b, const struct route *r)
{
	put_text(b, "type", "object");
	json_key(b, "properties"), json_begin(b, '{');
	for (int i = 0; i < r->param_count; i++)
		if (r->params[i].in == IN_BODY)
			json_key(b, r->params[i].name), put_type(b, &r->params[i]);
	json_end(b, '}');
	json_key(b, "required"), json_begin(b, '[');
	for (int i = 0; i < r->param_count; i++)
		if (r->params[i].in == IN_BODY && r->params[i].required)
			json_string(b, r->params[i].name);
	json_end(b, ']');
	json_key(b, "additionalProperties"), json_truth(b, false);
}

static void
put_body(struct buf *b, const struct route *r)
{
	static const char *const types[] = {
		[BODY_JSON] = "application/json",
		[BODY_FORM] = "application/x-www-form-urlencoded",
		[BODY_BYTES] = "application/octet-stream",
		[BODY_STREAM] = "application/octet-stream",
	};
	const char *type = types[r->body];
	json_key(b, "requestBody"), json_begin(b, '{');
	json_key(b, "content"), json_begin(b, '{');
	json_key(b, type), json_begin(b, '{');
	json_key(b, "schema"), json_begin(b, '{');
	if (r->body == BODY_JSON || r->body == BODY_FORM)
		put_members(b, r);
	json_end(b, '}');
	json_end(b, '}');
	json_end(b, '}');
	json_key(b, "x-max-bytes"), json_int(b, (int64_t)r->body_max);
	json_end(b, '}');
}

static void
put_content(struct buf *b, const char *type, const char *schema)
{
	json_key(b, "content"), json_begin(b, '{');
	json_key(b, type), json_begin(b, '{');
	json_key(b, "schema"), json_begin(b, '{');
	json_key(b, "$ref");
	buf_printf(b, "\"#/components/schemas/%s\"", schema);
	json_end(b, '}');
	json_end(b, '}');
	json_end(b, '}');
}

static void
put_answers(struct buf *b, const struct route *r)
{
	json_key(b, "responses"), json_begin(b, '{');
	for (const struct answer *a = r->answers; a->status; a++) {
		char status[8];
		snprintf(status, sizeof status, "%d", a->status);
		json_key(b, status), json_begin(b, '{');
		put_text(b, "description", a->doc);
		if (a->schema && strcmp(a->schema, "EventStream") == 0)
			json_key(b, "content"), json_raw(b, "{\"text/event-stream\":{}}");
		else if (a->schema && strcmp(a->schema, "Bytes") == 0)
			json_key(b, "content"),
				json_raw(b, "{\"application/octet-stream\":{}}");
		else if (a->schema)
			put_content(b, "application/json", a->schema);
		json_end(b, '}');
	}
	json_key(b, "default"), json_begin(b, '{');
	put_text(b, "description", "an error");
	put_content(b, "application/problem+json", "Problem");
	json_end(b, '}');
	json_end(b, '}');
}

static const char *
capability_name(enum capability capability)
{
	static const char *const names[] = {
		[CAP_ANYONE] = "anyone",
		[CAP_SIGN_IN] = "sign-in",
		[CAP_READ] = "read",
		[CAP_ACCOUNT] = "account",
		[CAP_USE] = "use",
		[CAP_ADMIN] = "admin",
	};
	return names[capability];
}

static void
put_guards(struct buf *b, const struct route *r)
{
	put_text(b, "x-capability", capability_name(r->capability));
	if (r->fresh)
		json_key(b, "x-fresh"), json_truth(b, true);
	if (r->limit)
		put_text(b, "x-limit", r->limit->name);
	if (r->audit || r->noted)
		put_text(b, "x-audit", r->audit ? r->audit : r->noted);
	if (r->unaudited)
		put_text(b, "x-unaudited", r->unaudited);
}

static void
put_route(struct buf *b, const struct route *r)
{
	char method[8] = "";
	for (size_t i = 0; r->method[i] && i < sizeof method - 1; i++)
		method[i] = (char)(r->method[i] | 0x20);
	json_key(b, method), json_begin(b, '{');
	put_text(b, "summary", r->doc);
	put_guards(b, r);
	if (r->capability == CAP_ANYONE || r->capability == CAP_SIGN_IN)
		json_key(b, "security"), json_raw(b, "[]");
	put_parameters(b, r);
	if (r->body != BODY_NONE)
		put_body(b, r);
	put_answers(b, r);
	json_end(b, '}');
}

/* "api/sessions/<id>" as "/api/sessions/{id}". */
static void
put_path(struct buf *b, const char *path)
{
	char text[128] = "/";
	size_t n = 1;
	for (; *path && n < sizeof text - 1; path++)
		text[n++] = *path == '<' ? '{' : *path == '>' ? '}' : *path;
	json_key(b, text);
}

static bool
is_first(int i)
{
	for (int k = 0; k < i; k++)
		if (strcmp(route_at(k)->path, route_at(i)->path) == 0)
			return false;
	return true;
}

static void
put_paths(struct buf *b)
{
	json_key(b, "paths"), json_begin(b, '{');
	const struct route *route, *same;
	for (int i = 0; (route = route_at(i)); i++) {
		if (!is_first(i))
			continue;
		put_path(b, route->path), json_begin(b, '{');
		for (int k = i; (same = route_at(k)); k++)
			if (strcmp(same->path, route->path) == 0)
				put_route(b, same);
		json_end(b, '}');
	}
	json_end(b, '}');
}

static void
put_components(struct buf *b)
{
	json_key(b, "components"), json_begin(b, '{');
	json_key(b, "securitySchemes");
	json_raw(b,
		"{\"key\":{\"type\":\"http\",\"scheme\":\"bearer\"},"
		"\"cookie\":{\"type\":\"apiKey\",\"in\":\"cookie\","
		"\"name\":\"__Host-dispatch\"}}");
	json_key(b, "schemas"), json_begin(b, '{');
	const struct schema *schema;
	put_schema(b, &problem);
	for (int i = 0; (schema = schema_at(i)); i++)
		put_schema(b, schema);
	json_end(b, '}');
	json_end(b, '}');
}

void
openapi_print(struct buf *b)
{
	json_begin(b, '{');
	put_text(b, "openapi", "3.1.0");
	json_key(b, "info"), json_begin(b, '{');
	put_text(b, "title", "Dispatch");
	put_text(b, "version", PACKAGE_VERSION);
	json_end(b, '}');
	json_key(b, "security"), json_raw(b, "[{\"cookie\":[]},{\"key\":[]}]");
	put_paths(b);
	put_components(b);
	json_end(b, '}');
	buf_char(b, '\n');
}
