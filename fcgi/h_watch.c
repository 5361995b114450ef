/* Which directories a page watches: opened here, watched by the runner. */
#include "config.h"

#include "fcgi/h_files.h"

#include "fcgi/located.h"
#include "lib/path_text.h"
#include "lib/wake.h"

#include <json-c/json.h>

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* A descriptor of the directory; -1 when there is none any more. */
static int
open_directory(const struct located *l, const char *path)
{
	struct stat st;
	int fd = beneath_find(&l->b, path, &st, NULL);
	if (fd >= 0 && !S_ISDIR(st.st_mode)) {
		close(fd);
		fd = -1;
	}
	return fd;
}

static int
check_paths(struct json_object *paths, struct err *e)
{
	for (size_t i = 0; i < json_object_array_length(paths); i++) {
		struct json_object *item = json_object_array_get_idx(paths, i);
		if (!json_object_is_type(item, json_type_string))
			return err_field(e, "paths",
				"paths must be an array of strings.");
		char *path = path_text_relative(json_object_get_string(item),
			(size_t)json_object_get_string_len(item), "paths", e);
		if (!path)
			return -1;
		free(path);
	}
	return 0;
}

static int
send_directory(struct call *c, const struct located *l, struct wake_watch *watch,
	struct json_object *item)
{
	const char *text = json_object_get_string(item);
	char *path = path_text_relative(text, strlen(text), "paths", NULL);
	watch->path = *path ? text : "";
	watch->directory = open_directory(l, path);
	int rc = wake_watch(&c->app->wake, watch);
	if (watch->directory >= 0)
		close(watch->directory);
	free(path);
	return rc;
}

static int
send_all(struct call *c, const struct located *l, struct json_object *paths,
	struct err *e)
{
	char set[ID_SIZE];
	struct wake_watch watch = {
		.stream = c->values[WATCH_STREAM].text,
		.user = c->auth.user,
		.workspace = l->workspace,
		.set = set,
		.count = (int)json_object_array_length(paths),
		.path = "",
		.directory = -1,
	};
	int rc = 0;
	crypt_id(set);
	if (watch.count == 0)
		rc = wake_watch(&c->app->wake, &watch);
	for (; watch.index < watch.count && rc == 0; watch.index++)
		rc = send_directory(c, l, &watch,
			json_object_array_get_idx(paths, (size_t)watch.index));
	if (rc != 0)
		return err_set(e, 503, "runner.busy",
			"The runner is away or busy; try again.");
	return 0;
}

int
h_watch(struct call *c, struct err *e)
{
	struct json_object *paths = c->values[WATCH_PATHS].json;
	struct located l;
	if (check_paths(paths, e) != 0)
		return -1;
	int rc = located_open(c, WATCH_WORKSPACE, -1, &l, e);
	if (rc == 0)
		rc = send_all(c, &l, paths, e);
	located_close(&l);
	return rc;
}
