/* See claude_place.h. */
#include "config.h"

#include "fcgi/claude_place.h"

#include "fcgi/h_workspaces.h"
#include "lib/path.h"
#include "lib/store/variable.h"
#include "lib/store/workspace.h"

#include <stdlib.h>
#include <string.h>

#define NAME "CLAUDE_CONFIG_DIR"

/* A secret one is none that a handler may open. */
static int
take(void *arg, const struct variable *v, struct err *e)
{
	char **found = arg;
	(void)e;
	if (strcmp(v->name, NAME) != 0 || v->secret)
		return 0;
	*found = xstrndup(v->value, v->len);
	return 1;
}

/* A workspace's own variables come before those of all the person's. */
static int
find_config(struct call *c, const char *workspace, char **config, struct err *e)
{
	const char *inherited = getenv(NAME);
	int rc = 0;
	if (*workspace)
		rc = variable_each(c->state, c->auth.user, workspace, take, config, e);
	if (rc == 0)
		rc = variable_each(c->state, c->auth.user, "", take, config, e);
	if (!*config && inherited)
		*config = xstrdup(inherited);
	if (*config && **config == '/')
		return rc < 0 ? -1 : 0;
	free(*config);
	*config = path_expand("~/.claude");
	return rc < 0 ? -1 : 0;
}

/* Without a slash at the end, as the program names its directories. */
static char *
directory(const char *cwd)
{
	char *dir = path_expand(cwd);
	for (size_t n = strlen(dir); n > 1 && dir[n - 1] == '/'; n--)
		dir[n - 1] = '\0';
	return dir;
}

int
claude_place_find(struct call *c, const char *workspace, const char *cwd,
	struct claude_place *place, struct err *e)
{
	struct workspace w = {0};
	int rc = 0;
	*place = (struct claude_place){.cwd = cwd ? directory(cwd) : NULL};
	if (workspace)
		rc = workspace_use(c, workspace, &w, e);
	else if (cwd && workspace_holding(c->state, c->auth.user, place->cwd, &w, e) < 0)
		rc = -1;
	if (rc == 0 && workspace && !cwd)
		place->cwd = xstrdup(w.path);
	if (rc == 0)
		rc = find_config(c, w.id, &place->config, e);
	workspace_clear(&w);
	return rc;
}

int
claude_place_demand(const struct claude_place *place, struct err *e)
{
	return place->cwd
		? 0
		: err_field(e, "workspace", "Name a workspace, or a directory as cwd.");
}

void
claude_place_clear(struct claude_place *place)
{
	free(place->cwd);
	free(place->config);
	*place = (struct claude_place){0};
}
