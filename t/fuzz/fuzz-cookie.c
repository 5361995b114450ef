/* The Cookie header: of ours there is one that looks like a token, or none. */
#include "config.h"

#include "lib/auth_request.h"
#include "lib/conf.h"
#include "t/fuzz/fuzz.h"

#include <string.h>

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = fuzz_text(data, size), hosts[] = "", prefix[] = "/";
	const struct conf conf = {.http_hosts = hosts, .http_prefix = prefix};
	for (int https = 0; https < 2; https++) {
		const struct auth_request request = {.method = "GET",
			.host = "localhost",
			.cookie = text,
			.https = https};
		char token[AUTH_TOKEN_SIZE] = "";
		struct err e = {0};
		int found = auth_request_token(&conf, &request, token, &e);
		PROMISE(found != 1 || strlen(token) == AUTH_TOKEN_SIZE - 1);
		PROMISE(found <= 0 || auth_request_has_cookie(&conf, &request));
		PROMISE(found >= 0 || e.status == 400);
	}
	free(text);
	return 0;
}
