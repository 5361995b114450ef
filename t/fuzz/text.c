/* See fuzz.h. */
#include "config.h"

#include "lib/buf.h"
#include "t/fuzz/fuzz.h"

#include <string.h>

char *
fuzz_text(const uint8_t *data, size_t size)
{
	char *text = xcalloc(1, size + 1);
	if (size > 0)
		memcpy(text, data, size);
	return text;
}
