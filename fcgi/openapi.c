/*
 * See openapi.h. Paths and parameters come from the table; only the shapes of answers,
 * which the table knows by name, are written down here.
 */
#include "config.h"

#include "fcgi/openapi.h"

#include "fcgi/response.h"
#include "fcgi/route.h"
#include "lib/json.h"

#include <stdio.h>
#include <string.h>

#define TEXT "{\"type\":\"string\"}"
#define NUMBER "{\"type\":\"integer\"}"
#define TRUTH "{\"type\":\"boolean\"}"
#define MAYBE_TEXT "{\"type\":[\"string\",\"null\"]}"
#define MAYBE_NUMBER "{\"type\":[\"integer\",\"null\"]}"
#define REF(name) "{\"$ref\":\"#/components/schemas/" name "\"}"
#define LIST(of) "{\"type\":\"array\",\"items\":" of "}"
#define ANY "{\"type\":\"object\"}"

/* A member; '?' before the name: it may be missing. */
struct member {
	const char *name, *schema;
};

static const struct schema {
	const char *name;
	struct member members[28];
} schemas[] = {
	{"Problem",
		{{"type", TEXT}, {"title", TEXT}, {"status", NUMBER}, {"code", TEXT},
			{"detail", TEXT}, {"?field", TEXT}, {"?expect", NUMBER},
			{"?answered_by", TEXT}, {"?answered_at", NUMBER},
			{"?decision", TEXT}}},
	{"Health",
		{{"status", "{\"enum\":[\"ok\",\"degraded\"]}"}, {"version", TEXT},
			{"build", TEXT}, {"setup_required", TRUTH},
			{"runner", REF("Runner")},
			{"storage", "{\"enum\":[\"ok\",\"full\"]}"}}},
	{"Runner", {{"alive", TRUTH}, {"generation", NUMBER}}},
	{"Provider", {{"name", TEXT}, {"label", TEXT}}},
	{"AuthConfig",
		{{"providers", LIST(REF("Provider"))}, {"setup_required", TRUTH},
			{"version", TEXT}, {"build", TEXT}}},
	{"Person",
		{{"id", TEXT}, {"name", TEXT},
			{"role", "{\"enum\":[\"admin\",\"member\",\"viewer\"]}"}}},
	{"User", {{"user", REF("Person")}}},
	{"NewUser", {{"user", REF("Person")}, {"key", TEXT}}},
	{"Me",
		{{"user", REF("Person")}, {"via", "{\"enum\":[\"cookie\",\"key\"]}"},
			{"expires_at", MAYBE_NUMBER}, {"host", TEXT}}},
	{"SessionError", {{"code", TEXT}, {"detail", MAYBE_TEXT}}},
	{"Session",
		{{"id", TEXT}, {"kind", TEXT}, {"title", TEXT},
			{"status",
				"{\"enum\":[\"creating\",\"starting\",\"running\","
				"\"stopping\",\"exited\",\"failed\",\"lost\","
				"\"unreachable\"]}"},
			{"attention",
				"{\"enum\":[\"none\",\"working\",\"waiting\","
				"\"done\",\"error\"]}"},
			{"cwd", TEXT}, {"command", LIST(TEXT)}, {"cols", NUMBER},
			{"rows", NUMBER}, {"created_at", NUMBER}, {"updated_at", NUMBER},
			{"started_at", MAYBE_NUMBER}, {"ended_at", MAYBE_NUMBER},
			{"exit_code", MAYBE_NUMBER}, {"exit_signal", MAYBE_TEXT},
			{"error",
				"{\"oneOf\":[" REF(
					"SessionError") ","
							"{\"type\":\"null\"}]}"},
			{"first_seq", NUMBER}, {"last_seq", NUMBER}, {"output", NUMBER},
			{"run", NUMBER}, {"preview", TEXT}, {"?claude", REF("Claude")}}},
	{"Claude",
		{{"conversation", MAYBE_TEXT}, {"model", MAYBE_TEXT},
			{"mode", MAYBE_TEXT}, {"version", MAYBE_TEXT},
			{"pending", NUMBER}}},
	{"Message", {{"uuid", TEXT}}},
	{"ClaudeStatus",
		{{"program", MAYBE_TEXT}, {"version", MAYBE_TEXT},
			{"signed_in", "{\"type\":[\"boolean\",\"null\"]}"},
			{"method", MAYBE_TEXT}, {"install", TEXT},
			{"sign_in", LIST(TEXT)}}},
	{"Conversation",
		{{"conversation", TEXT}, {"title", MAYBE_TEXT},
			{"first_prompt", MAYBE_TEXT}, {"updated_at", NUMBER},
			{"bytes", NUMBER}, {"messages", MAYBE_NUMBER},
			{"session", MAYBE_TEXT}}},
	{"Conversations", {{"items", LIST(REF("Conversation"))}, {"next", MAYBE_NUMBER}}},
	{"SlashCommand",
		{{"name", TEXT}, {"?description", TEXT}, {"?argument_hint", TEXT},
			{"?aliases", LIST(TEXT)}}},
	{"SlashCommands", {{"items", LIST(REF("SlashCommand"))}, {"next", MAYBE_TEXT}}},
	{"Permission",
		{{"id", TEXT}, {"session", TEXT}, {"tool", TEXT}, {"?title", TEXT},
			{"input", ANY}, {"input_sha256", TEXT},
			{"suggestions", LIST(ANY)}, {"suppress_always", TRUTH},
			{"?reason", TEXT}, {"?blocked_path", TEXT},
			{"?parent_tool", TEXT}, {"tool_use_id", TEXT},
			{"state",
				"{\"enum\":[\"pending\",\"answered\","
				"\"withdrawn\"]}"},
			{"requested_at", NUMBER}, {"?answered_at", NUMBER},
			{"?answered_by", TEXT},
			{"?decision", "{\"enum\":[\"allow\",\"deny\"]}"},
			{"?message", TEXT}}},
	{"Permissions", {{"items", LIST(REF("Permission"))}, {"next", MAYBE_TEXT}}},
	{"Sessions", {{"items", LIST(REF("Session"))}, {"next", MAYBE_TEXT}}},
	{"Event",
		{{"session", TEXT}, {"seq", NUMBER}, {"ts", NUMBER}, {"channel", TEXT},
			{"type", TEXT}, {"?bytes", TEXT}, {"?data", ANY}}},
	{"Gap", {{"from", NUMBER}, {"to", NUMBER}}},
	{"Events",
		{{"items", LIST(REF("Event"))}, {"next", MAYBE_NUMBER},
			{"?gap", REF("Gap")}}},
	{"Snapshot",
		{{"session", TEXT}, {"seq", NUMBER}, {"ts", NUMBER}, {"cols", NUMBER},
			{"rows", NUMBER}, {"run", NUMBER}, {"owner", MAYBE_TEXT},
			{"output", NUMBER}, {"scrollback", TRUTH}, {"bytes", TEXT}}},
	{"Duplicate", {{"duplicate", TRUTH}}},
};

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

static void
put_bounds(struct buf *b, const struct param *p, const char *low, const char *high)
{
	json_key(b, low), json_int(b, p->min);
	json_key(b, high), json_int(b, p->max);
}

static void
put_enum(struct buf *b, const struct param *p)
{
	put_text(b, "type", "string");
	json_key(b, "enum"), json_begin(b, '[');
	for (int i = 0; p->values[i]; i++)
		json_string(b, p->values[i]);
	json_end(b, ']');
}

static void
put_type(struct buf *b, const struct param *p)
{
	json_begin(b, '{');
	switch (p->type) {
	case TYPE_TEXT:
	case TYPE_SECRET:
		put_text(b, "type", "string");
		put_bounds(b, p, "minLength", "maxLength");
		if (p->type == TYPE_SECRET)
			put_text(b, "format", "password"),
				put_text(b, "pattern", "^[!-~]*$");
		break;
	case TYPE_PROSE:
		put_text(b, "type", "string");
		json_key(b, "x-min-bytes"), json_int(b, p->min);
		json_key(b, "x-max-bytes"), json_int(b, p->max);
		break;
	case TYPE_UUID:
		put_text(b, "type", "string");
		put_text(b, "format", "uuid");
		break;
	case TYPE_OBJECT:
		put_text(b, "type", "object");
		break;
	case TYPE_LIST:
		put_text(b, "type", "array");
		json_key(b, "maxItems"), json_int(b, p->max);
		break;
	case TYPE_INT:
		put_text(b, "type", "integer");
		put_bounds(b, p, "minimum", "maximum");
		break;
	case TYPE_BOOL:
		if (p->in == IN_BODY)
			put_text(b, "type", "boolean");
		else
			json_key(b, "enum"),
				json_raw(b, "[\"0\",\"1\",\"false\",\"true\"]");
		break;
	case TYPE_ENUM:
		put_enum(b, p);
		break;
	case TYPE_ID:
	case TYPE_SESSION:
	case TYPE_PERMISSION:
		put_text(b, "type", "string");
		put_text(b, "pattern", "^[a-z2-7]{26}$");
		break;
	case TYPE_PATH:
		put_text(b, "type", "string");
		put_text(b, "pattern", "^(/|~$|~/)");
		put_bounds(b, p, "minLength", "maxLength");
		break;
	case TYPE_STRINGS:
		put_text(b, "type", "array");
		json_key(b, "items"), json_raw(b, TEXT);
		put_bounds(b, p, "minItems", "maxItems");
		break;
	case TYPE_MAP:
		put_text(b, "type", "object");
		json_key(b, "additionalProperties"), json_raw(b, TEXT);
		json_key(b, "propertyNames");
		json_raw(b,
			"{\"pattern\":\"^[A-Za-z_][A-Za-z0-9_]*$\",\"maxLength\":128}");
		json_key(b, "maxProperties"), json_int(b, p->max);
		break;
	}
	put_text(b, "description", p->doc);
	json_end(b, '}');
}

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
	const char *type =
		r->body == BODY_JSON ? "application/json" : "application/octet-stream";
	json_key(b, "requestBody"), json_begin(b, '{');
	json_key(b, "content"), json_begin(b, '{');
	json_key(b, type), json_begin(b, '{');
	json_key(b, "schema"), json_begin(b, '{');
	if (r->body == BODY_JSON)
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
		[CAP_USE] = "use",
		[CAP_ADMIN] = "admin",
	};
	return names[capability];
}

static void
put_route(struct buf *b, const struct route *r)
{
	char method[8] = "";
	for (size_t i = 0; r->method[i] && i < sizeof method - 1; i++)
		method[i] = (char)(r->method[i] | 0x20);
	json_key(b, method), json_begin(b, '{');
	put_text(b, "summary", r->doc);
	put_text(b, "x-capability", capability_name(r->capability));
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
		if (strcmp(routes[k].path, routes[i].path) == 0)
			return false;
	return true;
}

static void
put_paths(struct buf *b)
{
	json_key(b, "paths"), json_begin(b, '{');
	for (int i = 0; i < route_count; i++) {
		if (!is_first(i))
			continue;
		put_path(b, routes[i].path), json_begin(b, '{');
		for (int k = i; k < route_count; k++)
			if (strcmp(routes[k].path, routes[i].path) == 0)
				put_route(b, &routes[k]);
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
	for (size_t i = 0; i < sizeof schemas / sizeof *schemas; i++)
		put_schema(b, &schemas[i]);
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
