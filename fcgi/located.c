/* See located.h. */
#include "config.h"

#include "fcgi/located.h"

#include "fcgi/h_workspaces.h"
#include "lib/path_text.h"

#include <stdlib.h>
#include <string.h>

char *
located_path(const struct call *c, int path)
{
	const struct value *v = &c->values[path];
	if (!v->given)
		return NULL;
	char *bytes = path_text_relative(v->text, strlen(v->text), "path", NULL);
	if (!bytes)
		abort(); /* TYPE_FILE was checked */
	return bytes;
}

int
located_open_id(struct call *c, const char *workspace, struct located *l, struct err *e)
{
	struct workspace w = {0};
	*l = LOCATED_INIT;
	l->workspace = workspace;
	int rc = workspace_use(c, workspace, &w, e);
	if (rc == 0)
		rc = beneath_open(&l->b, w.path, c->app->conf.dir, e);
	workspace_clear(&w);
	return rc;
}

int
located_open(struct call *c, int workspace, int path, struct located *l, struct err *e)
{
	if (located_open_id(c, c->values[workspace].text, l, e) != 0)
		return -1;
	if (path >= 0)
		l->path = located_path(c, path);
	if (!l->path)
		l->path = xstrdup("");
	return 0;
}

void
located_close(struct located *l)
{
	beneath_close(&l->b);
	free(l->path);
	*l = LOCATED_INIT;
}
