/* See app.h. */
#include "config.h"

#include "fcgi/app.h"

#include "lib/buf.h"
#include "lib/json.h"
#include "lib/path.h"
#include "lib/wake.h"

#include <json-c/json.h>

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

/* The "build" member of web/dist/build.json, or "dev". */
static char *
read_build(void)
{
	char *path = path_data("web/dist/build.json"), text[1024];
	struct json_object *json = NULL, *build;
	char *result = NULL;
	FILE *f = fopen(path, "re");
	size_t n = f ? fread(text, 1, sizeof text, f) : 0;
	if (f)
		fclose(f);
	if (n && json_parse(&json, text, n, NULL) == 0 &&
		json_object_object_get_ex(json, "build", &build) &&
		json_object_is_type(build, json_type_string))
		result = xstrdup(json_object_get_string(build));
	json_object_put(json);
	free(path);
	return result ? result : xstrdup("dev");
}

static char *
read_host(void)
{
	char name[HOST_NAME_MAX + 1] = "";
	gethostname(name, sizeof name - 1);
	return xstrdup(name);
}

void
app_open(struct app *app, struct conf *conf)
{
	*app = (struct app){
		.conf = *conf,
		.log = {"dispatch-fcgi", (enum log_level)conf->log_level},
		.build = read_build(),
		.host = read_host(),
		.full_mark = path_join(conf->dir, "run/storage-full"),
	};
	wake_open(&app->wake, app->conf.dir);
	*conf = (struct conf){0};
}

int64_t
app_processes(const struct app *app)
{
	return app->pool == POOL_FILES ? app->conf.files_processes
				       : app->conf.fcgi_processes;
}

int64_t
app_threads(const struct app *app)
{
	return app->pool == POOL_FILES ? app->conf.files_threads : app->conf.fcgi_threads;
}

void
app_close(struct app *app)
{
	wake_close(&app->wake);
	free(app->build);
	free(app->host);
	free(app->full_mark);
	conf_free(&app->conf);
}
