/* What a program in a session asks of its proxy: what goes on has one head, for one host.
 */
#include "config.h"

#include "runner/gate_request.c" /* the runner has none of it */
#include "t/fuzz/fuzz.h"

static void
is_one_head(const struct buf *head)
{
	PROMISE(head->len == strlen(head->data));
	PROMISE(head->len > 4 &&
		strstr(head->data, "\r\n\r\n") == head->data + head->len - 4);
	for (const char *at = head->data; *at; at++) {
		PROMISE((unsigned char)*at >= ' ' || strchr("\t\r\n", *at));
		PROMISE(*at != '\n' || at[-1] == '\r');
		PROMISE(*at != '\r' || at[1] == '\n');
	}
	const char *host = strcasestr(head->data, "\r\nHost:");
	PROMISE(host && !strcasestr(host + 2, "\r\nHost:"));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct gate_request request;
	struct host_rule rule;
	char *head = xcalloc(1, size + 5), *text = fuzz_text(data, size);
	memcpy(head, data, size);
	memcpy(head + size, "\r\n\r\n", 4);
	char *end = memmem(head, size + 4, "\r\n\r\n", 4);
	if (gate_request_read(&request, head, (size_t)(end - head) + 4) == 0) {
		if (request.kind != GATE_ABOUT)
			PROMISE(request.host.port > 0 && *request.host.name);
		if (request.kind == GATE_FORWARD)
			is_one_head(&request.head);
		gate_request_clear(&request);
	}
	if (host_rule_read(&rule, text) == 0)
		PROMISE(!rule.below || !rule.host.address);
	free(text);
	free(head);
	return 0;
}
