/* What a server of OAuth answers: a token, a person, a membership, or anything else. */
#include "config.h"

#include "fcgi/github_answer.h"
#include "lib/auth.h"
#include "lib/utf8.h"
#include "t/fuzz/fuzz.h"

#include <json-c/json.h>

#include <string.h>

static void
is_shown(const char *login)
{
	size_t len = strlen(login);
	long count = 0;
	for (size_t i = 0; i < len; count++) {
		uint32_t c;
		size_t n = utf8_decode(login + i, len - i, &c);
		PROMISE(n > 0 && !utf8_is_control(c));
		i += n;
	}
	PROMISE(count >= 1 && count <= AUTH_NAME_MAX);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct json_object *answer = NULL;
	struct err e = {0};
	int64_t id;
	const char *login;
	if (github_answer((const char *)data, size, &answer, &e) != 0) {
		PROMISE(!answer && *e.code && *e.text);
		return 0;
	}
	const char *token = github_answer_token(answer);
	if (token) {
		PROMISE(*token && strlen(token) < 1024);
		PROMISE(strspn(token, "\r\n \t") == 0 && !strpbrk(token, "\r\n \t"));
	}
	if (github_answer_user(answer, &id, &login)) {
		PROMISE(id > 0);
		is_shown(login);
	}
	(void)github_answer_active(answer);
	json_object_put(answer);
	return 0;
}
