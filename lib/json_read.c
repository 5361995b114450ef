/* See json_read.h. */
#include "config.h"

#include "lib/json_read.h"

#include "lib/json.h"

#include <json-c/json.h>

struct json_object *
json_member(struct json_object *object, const char *key)
{
	struct json_object *value = NULL;
	if (json_object_is_type(object, json_type_object))
		json_object_object_get_ex(object, key, &value);
	return value;
}

static struct json_object *
typed(struct json_object *value, enum json_type type)
{
	return value && json_object_is_type(value, type) ? value : NULL;
}

struct json_object *
json_member_object(struct json_object *object, const char *key)
{
	return typed(json_member(object, key), json_type_object);
}

struct json_object *
json_member_array(struct json_object *object, const char *key)
{
	return typed(json_member(object, key), json_type_array);
}

const char *
json_member_text(struct json_object *object, const char *key)
{
	struct json_object *text = typed(json_member(object, key), json_type_string);
	return text ? json_object_get_string(text) : NULL;
}

int64_t
json_member_int(struct json_object *object, const char *key, int64_t otherwise)
{
	struct json_object *value = json_member(object, key);
	if (typed(value, json_type_int) || typed(value, json_type_double))
		return json_object_get_int64(value);
	return otherwise;
}

bool
json_member_truth(struct json_object *object, const char *key)
{
	struct json_object *value = typed(json_member(object, key), json_type_boolean);
	return value && json_object_get_boolean(value);
}

size_t
json_length(struct json_object *array)
{
	return typed(array, json_type_array) ? json_object_array_length(array) : 0;
}

const char *
json_compact(struct json_object *value)
{
	return json_object_to_json_string_ext(value,
		JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE);
}

void
json_put_text(struct buf *b, const char *key, const char *text)
{
	if (text)
		json_key(b, key), json_string(b, text);
}

void
json_copy(struct buf *b, const char *name, struct json_object *object, const char *key)
{
	struct json_object *value = json_member(object, key);
	if (value)
		json_key(b, name), json_raw(b, json_compact(value));
}
