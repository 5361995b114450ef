/* THE table: the whole REST interface, domain after domain. Paths are relative to the
 * prefix. */
#include "config.h"

#include "fcgi/domain.h"

#include <stddef.h>

static const struct domain *const domains[] = {
	&domain_sign_in,
	&domain_device,
	&domain_account,
	&domain_sessions,
	&domain_claude,
	&domain_editor,
	&domain_git,
	&domain_git_acts,
	&domain_jobs,
	&domain_files,
	&domain_stream,
	&domain_tunnels,
	&domain_workspaces,
};

const struct route *
route_at(int index)
{
	for (int i = 0; i < COUNT(domains); index -= domains[i++]->route_count)
		if (index < domains[i]->route_count)
			return &domains[i]->routes[index];
	return NULL;
}

const struct schema *
schema_at(int index)
{
	for (int i = 0; i < COUNT(domains); index -= domains[i++]->schema_count)
		if (index < domains[i]->schema_count)
			return &domains[i]->schemas[index];
	return NULL;
}
