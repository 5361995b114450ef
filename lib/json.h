/*
 * JSON in and out (RFC 8259).
 *
 * In: json-c, strict, valid UTF-8 only, at most 32 levels deep. Out: written straight
 * into a `struct buf`; the functions place commas by themselves, so that
 *
 *	json_begin(b, '{');
 *	json_key(b, "id"), json_string(b, id);
 *	json_end(b, '}');
 *
 * is a whole object. A value function may follow json_key() or stand in an array.
 */
#ifndef DISPATCH_LIB_JSON_H
#define DISPATCH_LIB_JSON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/buf.h"
#include "lib/err.h"

struct json_object; /* json-c's */

/*
 * Parses exactly one value, in which no object has a name twice. Returns it (the caller
 * calls json_object_put()) through *out; the value `null` is an error here, since nobody
 * who calls this means it. Errors: 400 "request.json" with the position.
 */
int json_parse(struct json_object **out, const char *text, size_t len, struct err *e);

void json_begin(struct buf *b, char bracket);  /* '{' or '[' */
void json_end(struct buf *b, char bracket);    /* '}' or ']' */
void json_key(struct buf *b, const char *key); /* our own words; not escaped */

/* NULL becomes null. Bytes that are not UTF-8 become U+FFFD; controls are escaped. */
void json_string(struct buf *b, const char *text);
void json_string_n(struct buf *b, const char *text, size_t len);

void json_int(struct buf *b, int64_t value);
void json_truth(struct buf *b, bool value);
void json_null(struct buf *b);

/* A member: the number, or null when it is `none`. */
void json_maybe(struct buf *b, const char *key, int64_t value, int64_t none);

/* Text that is JSON already, such as a *_json column; NULL becomes null. */
void json_raw(struct buf *b, const char *json);

/* The bytes as a base64 string. */
void json_base64(struct buf *b, const void *bytes, size_t len);

#endif
