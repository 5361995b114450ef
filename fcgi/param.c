/* See param.h. Each place hands its texts to one checker per type; JSON brings its own
 * types and nothing is converted there: "80" is not 80. */
#include "config.h"

#include "fcgi/param.h"

#include "fcgi/request.h"
#include "lib/crypt.h"
#include "lib/json.h"
#include "lib/utf8.h"

#include <json-c/json.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_ITEM = 64 * 1024 }; /* bytes of one text in an array or a map */

static int
check_characters(const struct param *p, const char *text, size_t len, struct err *e)
{
	int64_t count = 0;
	for (size_t i = 0; i < len; count++) {
		uint32_t c;
		size_t n = utf8_decode(text + i, len - i, &c);
		if (n == 0)
			return err_field(e, p->name, "%s is not valid UTF-8.", p->name);
		if (utf8_is_control(c) ||
			(p->type == TYPE_SECRET && (c == ' ' || c > 0x7f)))
			return err_field(e, p->name,
				"%s has a character that is not allowed.", p->name);
		i += n;
	}
	if (count < p->min || count > p->max)
		return err_field(e, p->name, "%s must have %lld to %lld characters.",
			p->name, (long long)p->min, (long long)p->max);
	return 0;
}

static int
check_prose(const struct param *p, const char *text, size_t len, struct err *e)
{
	for (size_t i = 0; i < len;) {
		uint32_t c;
		size_t n = utf8_decode(text + i, len - i, &c);
		if (n == 0)
			return err_field(e, p->name, "%s is not valid UTF-8.", p->name);
		i += n;
	}
	if ((int64_t)len < p->min)
		return err_field(e, p->name, "%s is too short.", p->name);
	if ((int64_t)len > p->max) {
		err_set(e, 413, "request.too_large", "%s may have at most %lld bytes.",
			p->name, (long long)p->max);
		snprintf(e->field, sizeof e->field, "%s", p->name);
		return -1;
	}
	return 0;
}

static int
check_path(const struct param *p, const char *text, size_t len, struct err *e)
{
	bool good =
		text[0] == '/' || (text[0] == '~' && (text[1] == '\0' || text[1] == '/'));
	if (!good)
		return err_field(e, p->name, "%s must start with / or ~/.", p->name);
	if (len > (size_t)p->max)
		return err_field(e, p->name, "%s is not the name of a directory.",
			p->name);
	return 0;
}

static int
check_enum(const struct param *p, struct value *v, struct err *e)
{
	for (int i = 0; p->values[i]; i++)
		if (strcmp(p->values[i], v->text) == 0) {
			v->number = i;
			return 0;
		}
	return err_field(e, p->name, "%s cannot be \"%.40s\".", p->name, v->text);
}

static int
check_text(const struct param *p, struct value *v, size_t len, struct err *e)
{
	switch (p->type) {
	case TYPE_TEXT:
	case TYPE_SECRET:
		return check_characters(p, v->text, len, e);
	case TYPE_ENUM:
		return check_enum(p, v, e);
	case TYPE_PROSE:
		return check_prose(p, v->text, len, e);
	case TYPE_UUID:
		return crypt_is_uuid(v->text)
			? 0
			: err_field(e, p->name, "%s must be a UUID in lower case.",
				  p->name);
	case TYPE_PATH:
		return check_path(p, v->text, len, e);
	case TYPE_SESSION:
		return crypt_is_id(v->text, len)
			? 0
			: err_set(e, 404, "session.unknown", "There is no such session.");
	case TYPE_PERMISSION:
		return crypt_is_id(v->text, len) ? 0
						 : err_set(e, 404, "permission.unknown",
							   "There is no such request.");
	case TYPE_ID:
		return crypt_is_id(v->text, len)
			? 0
			: err_field(e, p->name, "%s must be %d characters a-z and 2-7.",
				  p->name, ID_LENGTH);
	default:
		return err_field(e, p->name, "%s has the wrong type.", p->name);
	}
}

static int
check_int(const struct param *p, int64_t number, struct err *e)
{
	if (number >= p->min && number <= p->max)
		return 0;
	return err_field(e, p->name, "%s must be from %lld to %lld.", p->name,
		(long long)p->min, (long long)p->max);
}

static int
read_int(const struct param *p, struct value *v, struct err *e)
{
	char *end;
	size_t skip = *v->text == '-';
	errno = 0;
	v->number = strtoll(v->text, &end, 10);
	if (errno || *end || v->text[skip] < '0' || v->text[skip] > '9')
		return err_field(e, p->name, "%s must be a whole number.", p->name);
	return check_int(p, v->number, e);
}

static int
read_bool(const struct param *p, struct value *v, struct err *e)
{
	v->number = strcmp(v->text, "1") == 0 || strcmp(v->text, "true") == 0;
	if (v->number || strcmp(v->text, "0") == 0 || strcmp(v->text, "false") == 0)
		return 0;
	return err_field(e, p->name, "%s must be 1 or 0.", p->name);
}

/* A parameter that came as text: from the path or the query. */
static int
take_text(const struct param *p, struct value *v, const char *text, struct err *e)
{
	if (v->given)
		return err_field(e, p->name, "%s came twice.", p->name);
	*v = (struct value){.given = true, .text = text};
	if (p->type == TYPE_INT)
		return read_int(p, v, e);
	if (p->type == TYPE_BOOL)
		return read_bool(p, v, e);
	return check_text(p, v, strlen(text), e);
}

static const struct param *
find_among(const struct param *params, int count, enum place in, const char *name,
	int *index)
{
	for (*index = 0; *index < count; ++*index)
		if (params[*index].in == in && strcmp(params[*index].name, name) == 0)
			return &params[*index];
	return NULL;
}

static const struct param *
find(const struct route *route, enum place in, const char *name, int *index)
{
	return find_among(route->params, route->param_count, in, name, index);
}

/* The router has found that path and pattern have the same segments. */
static int
take_path(struct params *params, struct call *c, struct err *e)
{
	const char *pattern = c->route->path;
	char *at = params->path = xstrdup(c->request->path);
	while (*pattern) {
		size_t n = strcspn(pattern, "/"), m = strcspn(at, "/");
		bool last = at[m] == '\0';
		at[m] = '\0';
		if (*pattern == '<') {
			char name[40] = "";
			int i;
			memcpy(name, pattern + 1, n - 2);
			const struct param *p = find(c->route, IN_PATH, name, &i);
			if (take_text(p, &c->values[i], at, e) != 0)
				return -1;
		}
		pattern += n + (pattern[n] == '/');
		at += m + !last;
	}
	return 0;
}

static int
take_pair(struct call *c, char *name, struct err *e)
{
	char *value = strchr(name, '=');
	int i;
	if (value)
		*value++ = '\0';
	if (request_decode(name, name, strlen(name), true) < 0)
		return err_field(e, "query",
			"The query of this request is not acceptable.");
	const struct param *p = find(c->route, IN_QUERY, name, &i);
	if (!p)
		return err_field(e, name, "There is no query parameter \"%.40s\" here.",
			name);
	if (value && request_decode(value, value, strlen(value), true) < 0)
		return err_field(e, name, "%s is not a well-formed text.", name);
	return take_text(p, &c->values[i], value ? value : "", e);
}

static int
take_query(struct params *params, struct call *c, struct err *e)
{
	char *at = params->query = xstrdup(c->request->query), *pair;
	while ((pair = strsep(&at, "&")))
		if (*pair && take_pair(c, pair, e) != 0)
			return -1;
	return 0;
}

/* True when it is a string without NUL, of at most MAX_ITEM bytes. */
static bool
is_item(struct json_object *json)
{
	if (!json_object_is_type(json, json_type_string))
		return false;
	size_t len = (size_t)json_object_get_string_len(json);
	return len <= MAX_ITEM && strlen(json_object_get_string(json)) == len;
}

static int
check_strings(const struct param *p, struct json_object *json, struct err *e)
{
	if (!json_object_is_type(json, json_type_array))
		return err_field(e, p->name, "%s must be an array of strings.", p->name);
	int64_t count = (int64_t)json_object_array_length(json);
	if (count < p->min || count > p->max)
		return err_field(e, p->name, "%s must have %lld to %lld items.", p->name,
			(long long)p->min, (long long)p->max);
	for (size_t i = 0; i < (size_t)count; i++)
		if (!is_item(json_object_array_get_idx(json, i)))
			return err_field(e, p->name, "%s must be an array of strings.",
				p->name);
	if (count && json_object_get_string_len(json_object_array_get_idx(json, 0)) == 0)
		return err_field(e, p->name, "%s must not start with an empty text.",
			p->name);
	return 0;
}

static int
check_list(const struct param *p, struct json_object *json, struct err *e)
{
	if (!json_object_is_type(json, json_type_array))
		return err_field(e, p->name, "%s must be an array.", p->name);
	if ((int64_t)json_object_array_length(json) > p->max)
		return err_field(e, p->name, "%s must have at most %lld items.", p->name,
			(long long)p->max);
	return 0;
}

static bool
is_variable_name(const char *name)
{
	size_t n = strspn(name,
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
		"0123456789_");
	return n >= 1 && n <= 128 && name[n] == '\0' &&
		!(name[0] >= '0' && name[0] <= '9');
}

static int
check_map(const struct param *p, struct json_object *json, struct err *e)
{
	if (!json_object_is_type(json, json_type_object))
		return err_field(e, p->name, "%s must be an object of strings.", p->name);
	if (json_object_object_length(json) > p->max)
		return err_field(e, p->name, "%s must have at most %lld members.",
			p->name, (long long)p->max);
	json_object_object_foreach(json, name, member)
	{
		if (!is_variable_name(name))
			return err_field(e, p->name,
				"%s has a name that no environment variable can have.",
				p->name);
		if (!is_item(member))
			return err_field(e, p->name, "%s must be an object of strings.",
				p->name);
	}
	return 0;
}

static int
take_json(const struct param *p, struct value *v, struct json_object *json, struct err *e)
{
	*v = (struct value){.given = true, .json = json};
	switch (p->type) {
	case TYPE_INT:
		if (!json_object_is_type(json, json_type_int))
			return err_field(e, p->name, "%s must be a whole number.",
				p->name);
		v->number = json_object_get_int64(json);
		return check_int(p, v->number, e);
	case TYPE_BOOL:
		v->number = json_object_get_boolean(json);
		return json_object_is_type(json, json_type_boolean)
			? 0
			: err_field(e, p->name, "%s must be true or false.", p->name);
	case TYPE_STRINGS:
		return check_strings(p, json, e);
	case TYPE_OBJECT:
		return json_object_is_type(json, json_type_object)
			? 0
			: err_field(e, p->name, "%s must be an object.", p->name);
	case TYPE_LIST:
		return check_list(p, json, e);
	case TYPE_MAP:
		return check_map(p, json, e);
	default:
		if (!json_object_is_type(json, json_type_string))
			return err_field(e, p->name, "%s must be a string.", p->name);
		v->text = json_object_get_string(json);
		v->len = strlen(v->text);
		if (v->len != (size_t)json_object_get_string_len(json))
			return err_field(e, p->name, "%s has a NUL character.", p->name);
		return check_text(p, v, v->len, e);
	}
}

int
param_take_members(const struct param *params, int count, struct json_object *object,
	struct value *values, struct err *e)
{
	int i;
	json_object_object_foreach(object, name, member)
	{
		const struct param *p = find_among(params, count, IN_BODY, name, &i);
		if (!p)
			return err_field(e, name, "There is no member \"%.40s\" here.",
				name);
		if (member && take_json(p, &values[i], member, e) != 0)
			return -1;
	}
	return 0;
}

static int
take_body(struct params *params, struct call *c, const char *body, size_t len,
	struct err *e)
{
	if (json_parse(&params->body, body, len, e) != 0)
		return -1;
	if (!json_object_is_type(params->body, json_type_object))
		return err_set(e, 400, "request.json", "The body must be a JSON object.");
	return param_take_members(c->route->params, c->route->param_count, params->body,
		c->values, e);
}

static int
check_required(const struct call *c, struct err *e)
{
	for (int i = 0; i < c->route->param_count; i++) {
		const struct param *p = &c->route->params[i];
		if (p->required && !c->values[i].given)
			return err_field(e, p->name, "%s is missing.", p->name);
	}
	return 0;
}

int
param_take(struct params *p, struct call *c, const char *body, size_t len, struct err *e)
{
	if (take_path(p, c, e) != 0 || take_query(p, c, e) != 0)
		return -1;
	if (len && c->route->body == BODY_JSON && take_body(p, c, body, len, e) != 0)
		return -1;
	return check_required(c, e);
}

void
param_free(struct params *p)
{
	free(p->query);
	free(p->path);
	json_object_put(p->body);
	*p = PARAMS_INIT;
}
