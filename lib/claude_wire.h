/*
 * Lines for the standard input of the claude program, as its stream-json format has them.
 * Each ends with a newline.
 */
#ifndef DISPATCH_LIB_CLAUDE_WIRE_H
#define DISPATCH_LIB_CLAUDE_WIRE_H

#include <stddef.h>

#include "lib/buf.h"

struct json_object;

/* An image that goes with a message. */
struct claude_image {
	const char *media_type; /* "image/png" … */
	const char *data;       /* base64 */
};

/* A message of a person. A program that has had this uuid drops the line. */
void claude_wire_message(struct buf *b, const char *uuid, const char *text, size_t len,
	const struct claude_image *images, size_t image_count);

/* A control request: `fields` are members after the subtype, such as `"mode":"plan"`, or
 * NULL. */
void claude_wire_request(struct buf *b, const char *id, const char *subtype,
	const char *fields);

/* What a person decides about a permission. */
struct claude_answer {
	const char *request; /* the program's id of it */
	int allow;
	const char *input_json; /* allow: what the tool is to be given; NULL: as asked */
	const char *updates_json; /* allow: rules to keep, an array; NULL: none */
	const char *message;      /* deny: for the model; NULL: a sentence of ours */
	int interrupt;            /* deny: the turn ends, too */
};
void claude_wire_answer(struct buf *b, const struct claude_answer *answer);

#endif
