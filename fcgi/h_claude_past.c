/* What Claude has said and offered before in a directory. */
#include "config.h"

#include "fcgi/claude_history.h"
#include "fcgi/handlers.h"
#include "lib/json.h"
#include "lib/json_read.h"
#include "lib/store/session.h"

#include <json-c/json.h>

#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { HISTORY_LIMIT = 30 };

static char *
home(void)
{
	const char *dir = getenv("HOME");
	struct passwd *pw = getpwuid(geteuid());
	return xstrdup(dir && *dir == '/' ? dir : pw ? pw->pw_dir : "/");
}

/* "~" and "~/x" stand for the person's home; without a slash at the end. */
static char *
directory(const char *cwd)
{
	char *base = home();
	char *dir = *cwd == '~' ? xasprintf("%s%s", base, cwd + 1) : xstrdup(cwd);
	free(base);
	for (size_t n = strlen(dir); n > 1 && dir[n - 1] == '/'; n--)
		dir[n - 1] = '\0';
	return dir;
}

static char *
folder_of(const char *cwd)
{
	const char *chosen = getenv("CLAUDE_CONFIG_DIR");
	char *base = home();
	char *config = chosen && *chosen == '/' ? xstrdup(chosen)
						: xasprintf("%s/.claude", base);
	char *folder = claude_history_folder(config, cwd);
	free(base);
	free(config);
	return folder;
}

static int
put_conversation(struct call *c, const struct conversation *past, struct err *e)
{
	struct buf *b = &c->response->body;
	char id[ID_SIZE];
	int rc = session_of_conversation(c->events, c->auth.user, past->id, id, e);
	if (rc < 0)
		return -1;
	json_begin(b, '{');
	json_key(b, "conversation"), json_string(b, past->id);
	json_key(b, "title"), json_string(b, past->title);
	json_key(b, "first_prompt"), json_string(b, past->first_prompt);
	json_key(b, "updated_at"), json_int(b, past->updated_at);
	json_key(b, "bytes"), json_int(b, past->bytes);
	json_key(b, "messages"), json_null(b);
	json_key(b, "session"), json_string(b, rc > 0 ? id : NULL);
	json_end(b, '}');
	return 0;
}

int
h_claude_history(struct call *c, struct err *e)
{
	const struct value *v = c->values;
	int64_t before = v[HISTORY_AFTER].given ? v[HISTORY_AFTER].number : INT64_MAX;
	int most = v[HISTORY_MOST].given ? (int)v[HISTORY_MOST].number : HISTORY_LIMIT;
	char *cwd = directory(v[HISTORY_CWD].text), *folder = folder_of(cwd);
	struct conversation *list;
	struct buf *b = &c->response->body;
	int more, result = 0;
	int count = claude_history_list(folder, cwd, before, most, &list, &more);
	json_begin(b, '{');
	json_key(b, "items"), json_begin(b, '[');
	for (int i = 0; i < count && result == 0; i++)
		result = put_conversation(c, &list[i], e);
	json_end(b, ']');
	json_key(b, "next");
	if (more && count)
		json_int(b, list[count - 1].updated_at);
	else
		json_null(b);
	json_end(b, '}');
	claude_history_free(list, count);
	free(folder);
	free(cwd);
	return result;
}

/* The log has what the program reported when it was last started in the directory. */
int
h_claude_commands(struct call *c, struct err *e)
{
	char *cwd = directory(c->values[COMMANDS_CWD].text), *data = NULL;
	struct buf *b = &c->response->body;
	int rc = session_claude_commands(c->events, c->auth.user, cwd, &data, e);
	struct json_object *json = data ? json_tokener_parse(data) : NULL;
	json_begin(b, '{');
	json_key(b, "items");
	json_raw(b, rc > 0 ? json_compact(json_member_array(json, "commands")) : "[]");
	json_key(b, "next"), json_null(b);
	json_end(b, '}');
	json_object_put(json);
	free(data);
	free(cwd);
	return rc < 0 ? -1 : 0;
}
