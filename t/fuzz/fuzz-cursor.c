/* What the address of a stream asks for. */
#include "config.h"

#include "runner/stream_query.h"
#include "t/fuzz/fuzz.h"

#include <string.h>

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = fuzz_text(data, size);
	static struct stream_query q;
	struct err e = {0};
	if (stream_query_parse(&q, text, &e) != 0) {
		PROMISE(e.status == 400);
		free(text);
		return 0;
	}
	PROMISE(q.count >= 0 && q.count <= STREAM_SESSIONS_MAX && q.window >= -1);
	for (int i = 0; i < q.count; i++) {
		PROMISE(crypt_is_id(q.sessions[i].id, strlen(q.sessions[i].id)));
		PROMISE(q.sessions[i].after >= 0);
		for (int k = 0; k < i; k++)
			PROMISE(strcmp(q.sessions[k].id, q.sessions[i].id) != 0);
	}
	free(text);
	return 0;
}
