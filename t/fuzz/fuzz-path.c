/* Path text: one text for each name, one name for each text, and no way out of a
 * directory. */
#include "config.h"

#include "lib/path_text.h"
#include "lib/utf8.h"
#include "t/fuzz/fuzz.h"

#include <string.h>

/* Any bytes that a file system may have as a name, there and back. */
static void
there_and_back(const char *bytes)
{
	char *text = path_text(bytes);
	size_t len = strlen(text);
	PROMISE(utf8_count(text, len) >= 0);
	for (size_t i = 0; i < len; i++)
		PROMISE((unsigned char)text[i] >= 0x20 && text[i] != 0x7f);
	char *back = path_text_bytes(text, len);
	PROMISE(back && strcmp(back, bytes) == 0);
	free(back);
	free(text);
}

static void
stays_beneath(const char *path)
{
	PROMISE(path_is_relative(path) && path[0] != '/');
	PROMISE(strlen(path) <= PATH_TEXT_BYTES);
	for (const char *at = path; *path && at; at = strchr(at, '/')) {
		at += *at == '/';
		size_t n = strcspn(at, "/");
		PROMISE(n > 0 && n <= PATH_TEXT_SEGMENT);
		PROMISE(!(n == 1 && at[0] == '.') &&
			!(n == 2 && memcmp(at, "..", 2) == 0));
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = fuzz_text(data, size);
	struct err e = {0};
	there_and_back(text);
	char *bytes = path_text_bytes((const char *)data, size);
	if (bytes) {
		char *again = path_text(bytes);
		PROMISE(strlen(again) == size && memcmp(again, data, size) == 0);
		free(again);
	}
	free(bytes);
	char *path = path_text_relative((const char *)data, size, "path", &e);
	if (path)
		stays_beneath(path);
	else
		PROMISE(e.status == 400 && strcmp(e.field, "path") == 0);
	free(path);
	free(text);
	return 0;
}
