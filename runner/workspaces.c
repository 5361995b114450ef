/*
 * See workspaces.h. Workspaces are forgotten by handlers, in another database than the
 * one of sessions, and the word of it may get lost; so all are compared, when somebody
 * says that one is gone, and when the runner starts.
 */
#include "config.h"

#include "runner/workspaces.h"

#include "lib/buf.h"
#include "lib/store/session.h"
#include "lib/store/workspace.h"
#include "runner/app.h"
#include "runner/registry.h"
#include "runner/run.h"

#include <stdlib.h>
#include <string.h>

struct names {
	char **list;
	size_t count;
};

static void
add_name(void *arg, const char *workspace)
{
	struct names *names = arg;
	names->list = xrealloc(names->list, (names->count + 1) * sizeof *names->list);
	names->list[names->count++] = xstrdup(workspace);
}

static void
leave(void *arg, struct run *run)
{
	const char *workspace = arg;
	if (!run->row.workspace || strcmp(run->row.workspace, workspace) != 0)
		return;
	free(run->row.workspace);
	run->row.workspace = NULL;
	run_changed(run);
}

static int
check(struct app *app, char *workspace, struct err *e)
{
	int there = workspace_exists(app->state, workspace, e);
	if (there != 0)
		return there < 0 ? -1 : 0;
	if (session_leave_workspace(app->events, workspace, e) != 0)
		return -1;
	registry_each(app->registry, leave, workspace);
	return 0;
}

int
workspaces_leave(struct app *app, struct err *e)
{
	struct names names = {0};
	int rc = session_each_workspace(app->events, add_name, &names, e);
	for (size_t i = 0; i < names.count; i++) {
		if (rc == 0)
			rc = check(app, names.list[i], e);
		free(names.list[i]);
	}
	free(names.list);
	return rc;
}
