/* What handlers of git do with their parameters; see h_git.h. */
#include "config.h"

#include "fcgi/h_git.h"
#include "lib/json_read.h"
#include "lib/path_text.h"

#include <json-c/json.h>

#include <stdlib.h>
#include <string.h>

enum { PATHS_MAX = 50000, NAME_BYTES = 250 };

char *
h_git_path(const struct value *v, const char *field, struct err *e)
{
	if (!v->given)
		return xstrdup("");
	return path_text_relative(v->text, v->len, field, e);
}

/* git-check-ref-format(1), the rules that matter for one that comes as an argument; git
 * itself checks them all. */
static bool
is_name(const char *name)
{
	size_t len = strlen(name);
	return len > 0 && len <= NAME_BYTES && *name != '-' && !strstr(name, "..") &&
		!strstr(name, "@{") && name[strcspn(name, " ~^:?*[\\\x7f")] == '\0';
}

char *
h_git_name(const char *text, const char *field, struct err *e)
{
	char *name = path_text_bytes(text, strlen(text));
	bool good = name && is_name(name);
	for (const char *c = name; good && *c; c++)
		good = (unsigned char)*c >= 0x20;
	if (good)
		return name;
	free(name);
	err_field(e, field, "Git allows no such name.");
	return NULL;
}

int
h_git_paths(struct json_object *list, const char *field, struct buf *paths, struct err *e)
{
	size_t count = json_length(list);
	if (count == 0 || count > PATHS_MAX)
		return err_field(e, field, "One to %d paths, please.", PATHS_MAX);
	for (size_t i = 0; i < count; i++) {
		struct json_object *item = json_object_array_get_idx(list, i);
		char *path = NULL;
		if (json_object_is_type(item, json_type_string))
			path = path_text_relative(json_object_get_string(item),
				(size_t)json_object_get_string_len(item), field, e);
		else
			err_field(e, field, "A path is a text.");
		if (!path)
			return -1;
		buf_str(paths, *path ? path : ".");
		buf_char(paths, '\0');
		free(path);
	}
	return (int)count;
}

bool
h_git_truth(const struct value *v)
{
	return v->given && v->number;
}
