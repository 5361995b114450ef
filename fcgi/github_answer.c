/* See github_answer.h. */
#include "config.h"

#include "fcgi/github_answer.h"

#include "lib/auth.h"
#include "lib/json.h"
#include "lib/json_read.h"

#include <json-c/json.h>

#include <string.h>

enum { TOKEN_MOST = 1024 }; /* bytes */

int
github_answer(const char *bytes, size_t len, struct json_object **out, struct err *e)
{
	if (json_parse(out, bytes, len, e) != 0)
		return -1;
	if (json_object_is_type(*out, json_type_object))
		return 0;
	json_object_put(*out);
	*out = NULL;
	return err_set(e, 502, "http.failed", "The answer is no object.");
}

const char *
github_answer_token(struct json_object *answer)
{
	const char *token = json_member_text(answer, "access_token");
	size_t n = token ? strlen(token) : 0;
	for (size_t i = 0; i < n; i++)
		if (token[i] <= ' ' || token[i] > '~')
			return NULL;
	return n > 0 && n < TOKEN_MOST ? token : NULL;
}

bool
github_answer_user(struct json_object *answer, int64_t *id, const char **login)
{
	*id = json_member_int(answer, "id", 0);
	*login = json_member_text(answer, "login");
	return *id > 0 && *login &&
		auth_check_text("login", *login, AUTH_NAME_MAX, NULL) == 0;
}

bool
github_answer_active(struct json_object *answer)
{
	const char *state = json_member_text(answer, "state");
	return state && strcmp(state, "active") == 0;
}
