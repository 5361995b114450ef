/* See param_value.h. */
#include "config.h"

#include "fcgi/param_value.h"

#include "fcgi/param.h"
#include "lib/crypt.h"
#include "lib/path_text.h"
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

bool
param_is_text(const struct param *p, const char *text)
{
	return check_characters(p, text, strlen(text), NULL) == 0;
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
check_file(const struct param *p, const char *text, size_t len, struct err *e)
{
	char *path = path_text_relative(text, len, p->name, e);
	free(path);
	return path ? 0 : -1;
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

/* A text that is no id at all is just the id of nothing. */
static int
check_known(const struct param *p, const char *text, size_t len, struct err *e)
{
	static const struct {
		const char *code, *words;
	} unknown[] = {
		[TYPE_SESSION] = {"session.unknown", "There is no such session."},
		[TYPE_PERMISSION] = {"permission.unknown", "There is no such request."},
		[TYPE_WORKSPACE] = {"workspace.unknown", "There is no such workspace."},
	};
	return crypt_is_id(text, len)
		? 0
		: err_set(e, 404, unknown[p->type].code, "%s", unknown[p->type].words);
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
	case TYPE_FILE:
		return check_file(p, v->text, len, e);
	case TYPE_SESSION:
	case TYPE_PERMISSION:
	case TYPE_WORKSPACE:
		return check_known(p, v->text, len, e);
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

int
param_value_text(const struct param *p, struct value *v, const char *text, struct err *e)
{
	if (v->given)
		return err_field(e, p->name, "%s came twice.", p->name);
	*v = (struct value){.given = true, .text = text};
	if (p->type == TYPE_INT)
		return read_int(p, v, e);
	if (p->type == TYPE_BOOL)
		return read_bool(p, v, e);
	v->len = strlen(text);
	return check_text(p, v, v->len, e);
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

bool
param_is_variable(const char *name)
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
		if (!param_is_variable(name))
			return err_field(e, p->name,
				"%s has a name that no environment variable can have.",
				p->name);
		if (!is_item(member))
			return err_field(e, p->name, "%s must be an object of strings.",
				p->name);
	}
	return 0;
}

int
param_value_json(const struct param *p, struct value *v, struct json_object *json,
	struct err *e)
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
