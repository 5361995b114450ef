/* The address of a request: what is accepted has one meaning and nothing hidden in it. */
#include "config.h"

#include "fcgi/request.h"
#include "lib/buf.h"
#include "lib/utf8.h"
#include "t/fuzz/fuzz.h"

#include <string.h>

static void
is_clean(const char *path)
{
	size_t len = strlen(path);
	PROMISE(utf8_count(path, len) >= 0);
	for (size_t i = 0; i < len;) {
		uint32_t c;
		size_t n = utf8_decode(path + i, len - i, &c);
		PROMISE(n > 0 && c >= 0x20 && c != 0x7f);
		i += n;
	}
	for (const char *at = path; at; at = strchr(at, '/')) {
		at += *at == '/';
		size_t n = strcspn(at, "/");
		PROMISE(!(n == 1 && at[0] == '.') &&
			!(n == 2 && memcmp(at, "..", 2) == 0));
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const prefixes[] = {"/", "/dispatch/"};
	char *text = fuzz_text(data, size), *uri = xasprintf("REQUEST_URI=%s", text);
	char method[] = "REQUEST_METHOD=GET";
	char *const env[] = {method, uri, NULL};
	for (size_t i = 0; i < 2; i++) {
		struct request r;
		struct err e = {0};
		if (request_parse(&r, env, prefixes[i], &e) == 0 && r.path)
			is_clean(r.path);
		request_free(&r);
	}
	char *out = xcalloc(1, size + 1);
	for (int plus = 0; plus < 2; plus++) {
		int n = request_decode(out, text, strlen(text), plus);
		PROMISE(n < 0 || ((size_t)n == strlen(out) && (size_t)n <= size));
	}
	free(out);
	free(uri);
	free(text);
	return 0;
}
