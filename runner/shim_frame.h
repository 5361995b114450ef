/*
 * Writing and reading the frames of shim_proto.h. Shared by the shim and the runner, so:
 * no allocation, and a reader that trusts nothing.
 */
#ifndef RUNNER_SHIM_FRAME_H
#define RUNNER_SHIM_FRAME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "runner/shim_proto.h"

/* A frame that is being written into the caller's buffer. */
struct shim_frame {
	unsigned char *bytes;
	size_t size;
	size_t len;
	bool overflow;
};

/* A frame that was received; points into the caller's buffer. */
struct shim_view {
	enum shim_frame_type type;
	unsigned int flags;
	const unsigned char *fields;
	size_t len;
};

/* Where shim_view_next() is. Zero it to begin. */
struct shim_cursor {
	size_t at;
	unsigned int field;
	const unsigned char *value;
	size_t len;
};

void shim_frame_begin(struct shim_frame *, void *buffer, size_t size,
	enum shim_frame_type, unsigned int flags);
void shim_frame_number(struct shim_frame *, enum shim_field, uint64_t);
void shim_frame_bytes(struct shim_frame *, enum shim_field, const void *, size_t);
void shim_frame_text(struct shim_frame *, enum shim_field, const char *);

/* The length of the whole message; 0 when it did not fit the buffer. */
size_t shim_frame_end(struct shim_frame *);

/* 0, or -1 when the message is not a well-formed frame. */
int shim_view_parse(struct shim_view *, const void *message, size_t len);

/* The next field, in order. False at the end. */
bool shim_view_next(const struct shim_view *, struct shim_cursor *);

/* The first field of that kind. Number: `absent` when missing or of another size. Bytes:
 * NULL when missing. Text: NULL when missing, or not one NUL at its end and none
 * before. */
uint64_t shim_view_number(const struct shim_view *, enum shim_field, uint64_t absent);
const unsigned char *shim_view_bytes(const struct shim_view *, enum shim_field,
	size_t *len);
const char *shim_view_text(const struct shim_view *, enum shim_field);

/* The text at the cursor, by the same rule. */
const char *shim_cursor_text(const struct shim_cursor *);

#endif
