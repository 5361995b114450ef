/*
 * Frames and their fields, see shim_proto.h. A view is checked once, in
 * shim_view_parse(): after that every field lies within the message.
 */
#include "config.h"

#include "runner/shim_frame.h"

#include <string.h>

static size_t
padded(size_t len)
{
	return (len + 7) & ~(size_t)7;
}

void
shim_frame_begin(struct shim_frame *frame, void *buffer, size_t size,
	enum shim_frame_type type, unsigned int flags)
{
	struct shim_frame_header header = {.type = (uint8_t)type,
		.flags = (uint8_t)flags};

	*frame =
		(struct shim_frame){.bytes = buffer, .size = size, .len = sizeof(header)};
	memcpy(frame->bytes, &header, sizeof(header));
}

void
shim_frame_bytes(struct shim_frame *frame, enum shim_field field, const void *value,
	size_t len)
{
	struct shim_field_header header = {.field = (uint16_t)field,
		.len = (uint32_t)len};
	unsigned char *at = frame->bytes + frame->len;

	if (len > frame->size ||
		sizeof(header) + padded(len) > frame->size - frame->len) {
		frame->overflow = true;
		return;
	}
	memcpy(at, &header, sizeof(header));
	at += sizeof(header);
	if (len > 0)
		memcpy(at, value, len);
	memset(at + len, 0, padded(len) - len);
	frame->len += sizeof(header) + padded(len);
}

void
shim_frame_number(struct shim_frame *frame, enum shim_field field, uint64_t number)
{
	shim_frame_bytes(frame, field, &number, sizeof(number));
}

void
shim_frame_text(struct shim_frame *frame, enum shim_field field, const char *text)
{
	shim_frame_bytes(frame, field, text, strlen(text) + 1);
}

size_t
shim_frame_end(struct shim_frame *frame)
{
	uint32_t len = (uint32_t)(frame->len - sizeof(struct shim_frame_header));

	if (frame->overflow)
		return 0;
	memcpy(frame->bytes + offsetof(struct shim_frame_header, len), &len, sizeof(len));
	return frame->len;
}

bool
shim_view_next(const struct shim_view *view, struct shim_cursor *cursor)
{
	struct shim_field_header header;
	size_t left = view->len - cursor->at;

	if (left < sizeof(header))
		return false;
	memcpy(&header, view->fields + cursor->at, sizeof(header));
	left -= sizeof(header);
	if (header.len > left || padded(header.len) > left)
		return false;
	cursor->field = header.field;
	cursor->value = view->fields + cursor->at + sizeof(header);
	cursor->len = header.len;
	cursor->at += sizeof(header) + padded(header.len);
	return true;
}

int
shim_view_parse(struct shim_view *view, const void *message, size_t len)
{
	struct shim_frame_header header;
	struct shim_cursor cursor = {0};

	if (len < sizeof(header))
		return -1;
	memcpy(&header, message, sizeof(header));
	if (header.len != len - sizeof(header))
		return -1;
	*view = (struct shim_view){
		.type = header.type,
		.flags = header.flags,
		.fields = (const unsigned char *)message + sizeof(header),
		.len = header.len,
	};
	while (shim_view_next(view, &cursor))
		continue;
	return cursor.at == view->len ? 0 : -1;
}

static bool
find(const struct shim_view *view, enum shim_field field, struct shim_cursor *cursor)
{
	*cursor = (struct shim_cursor){0};
	while (shim_view_next(view, cursor))
		if (cursor->field == field)
			return true;
	return false;
}

uint64_t
shim_view_number(const struct shim_view *view, enum shim_field field, uint64_t absent)
{
	struct shim_cursor cursor;
	uint64_t number;

	if (!find(view, field, &cursor) || cursor.len != sizeof(number))
		return absent;
	memcpy(&number, cursor.value, sizeof(number));
	return number;
}

const unsigned char *
shim_view_bytes(const struct shim_view *view, enum shim_field field, size_t *len)
{
	struct shim_cursor cursor;

	if (!find(view, field, &cursor))
		return NULL;
	*len = cursor.len;
	return cursor.value;
}

const char *
shim_cursor_text(const struct shim_cursor *cursor)
{
	if (cursor->len == 0 ||
		memchr(cursor->value, '\0', cursor->len) !=
			cursor->value + cursor->len - 1)
		return NULL;
	return (const char *)cursor->value;
}

const char *
shim_view_text(const struct shim_view *view, enum shim_field field)
{
	struct shim_cursor cursor;

	return find(view, field, &cursor) ? shim_cursor_text(&cursor) : NULL;
}
