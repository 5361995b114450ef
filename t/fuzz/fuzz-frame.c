/* A frame of the shim's socket: every field lies inside of it, and texts end. */
#include "config.h"

#include "runner/shim_frame.h"
#include "t/fuzz/fuzz.h"

#include <stdbool.h>
#include <string.h>

static bool
is_inside(const void *at, size_t len, const uint8_t *data, size_t size)
{
	uintptr_t from = (uintptr_t)at, start = (uintptr_t)data;
	return from >= start && from - start <= size && len <= size - (from - start);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct shim_view view;
	struct shim_cursor cursor = {0};
	size_t len, fields = 0;
	if (shim_view_parse(&view, data, size) != 0)
		return 0;
	while (shim_view_next(&view, &cursor)) {
		const char *text = shim_cursor_text(&cursor);
		PROMISE(is_inside(cursor.value, cursor.len, data, size));
		PROMISE(!text || strlen(text) + 1 == cursor.len);
		PROMISE(++fields <= size);
	}
	for (int field = 0; field < 64; field++) {
		const unsigned char *bytes =
			shim_view_bytes(&view, (enum shim_field)field, &len);
		const char *text = shim_view_text(&view, (enum shim_field)field);
		PROMISE(!bytes || is_inside(bytes, len, data, size));
		PROMISE(!text || is_inside(text, strlen(text) + 1, data, size));
		shim_view_number(&view, (enum shim_field)field, 0);
	}
	return 0;
}
