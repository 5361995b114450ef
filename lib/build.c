/* See build.h. */
#include "config.h"

#include "lib/build.h"

#include "lib/buf.h"
#include "lib/path.h"

#include <json-c/json.h>

#include <stdlib.h>

char *
build_id(void)
{
	char *path = path_data("web/dist/build.json");
	struct json_object *file = json_object_from_file(path), *value = NULL;
	if (file)
		json_object_object_get_ex(file, "build", &value);
	char *build = xstrdup(value ? json_object_get_string(value) : "dev");
	json_object_put(file);
	free(path);
	return build;
}
