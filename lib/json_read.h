/*
 * Reading JSON that others wrote, where any member may be missing or of another type than
 * expected. Every function takes NULL and whatever else as "not there".
 */
#ifndef DISPATCH_LIB_JSON_READ_H
#define DISPATCH_LIB_JSON_READ_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/buf.h"

struct json_object;

/* The member of an object; NULL: there is none, or it is null, or this is no object. */
struct json_object *json_member(struct json_object *object, const char *key);

/* The same when it is an object, or an array. */
struct json_object *json_member_object(struct json_object *object, const char *key);
struct json_object *json_member_array(struct json_object *object, const char *key);

/* The same when it is a text; lent by the object, cut at a NUL. */
const char *json_member_text(struct json_object *object, const char *key);

/* The same when it is a number; else `otherwise`. */
int64_t json_member_int(struct json_object *object, const char *key, int64_t otherwise);

/* True when it is `true`. */
bool json_member_truth(struct json_object *object, const char *key);

/* How many elements an array has; 0 for anything else. */
size_t json_length(struct json_object *array);

/* The value as compact JSON; lent by it. "null" for NULL. */
const char *json_compact(struct json_object *value);

/* Appends key and text, when the text is known. */
void json_put_text(struct buf *b, const char *key, const char *text);

/* Appends the member under `name`, as it is, when it is there. */
void json_copy(struct buf *b, const char *name, struct json_object *object,
	const char *key);

#endif
