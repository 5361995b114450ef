/* See run_isolation.h. */
#include "config.h"

#include "runner/run_isolation.h"

#include "lib/json_read.h"
#include "lib/store/workspace.h"
#include "runner/adapter.h"
#include "runner/app.h"
#include "runner/isolation_hosts.h"
#include "runner/run.h"

#include <json-c/json.h>

#include <string.h>

static const char *
profile_of(const struct run *run, struct json_object *options)
{
	const char *chosen = json_member_text(options, "isolation");
	if (chosen)
		return chosen;
	return run->adapter->isolation ? run->adapter->isolation(run) : "none";
}

static void
set_network(struct isolation *isolation, struct json_object *options, struct plan *plan)
{
	struct json_object *network = json_member(options, "network");
	unsigned int *flags = &isolation->os.flags;
	if (*flags && network && !json_object_get_boolean(network))
		*flags |= OS_ISOLATE_OFFLINE;
	else if (*flags)
		isolation_hosts(isolation, options, plan);
}

int
run_isolation(const struct run *run, struct plan *plan, struct isolation *isolation,
	struct err *e)
{
	const struct session *row = &run->row;
	struct json_object *options = json_tokener_parse(row->options_json);
	struct workspace w = {0};
	bool found = row->workspace &&
		workspace_find(run->app->state, row->owner, row->workspace, &w, NULL) > 0;
	const struct isolated isolated = {
		.conf = &run->app->conf,
		.profile = profile_of(run, options),
		.own_processes = json_member_truth(options, "own_processes"),
		.env = plan->env,
		.workspace = found ? w.path : NULL,
		.cwd = row->cwd,
		.directories = json_member_array(options, "directories"),
		.claude = strcmp(run->adapter->kind, "claude") == 0,
		.limited = run->adapter->isolation != NULL,
	};
	int rc = isolation_make(isolation, &isolated, e);
	set_network(isolation, options, plan);
	workspace_clear(&w);
	json_object_put(options);
	return rc;
}
