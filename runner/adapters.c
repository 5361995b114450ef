/* The registry of adapters; see adapter.h. */
#include "config.h"

#include "runner/adapter.h"

#include <stdlib.h>
#include <string.h>

static const struct adapter *const adapters[] = {
	&adapter_claude,
	&adapter_editor,
	&adapter_job,
	&adapter_pty,
	&adapter_tunnel,
};

const struct adapter *
adapter_find(const char *kind)
{
	for (size_t i = 0; i < sizeof adapters / sizeof *adapters; i++)
		if (strcmp(adapters[i]->kind, kind) == 0)
			return adapters[i];
	return NULL;
}

static void
free_list(char **list)
{
	for (char **p = list; p && *p; p++)
		free(*p);
	free(list);
}

void
plan_clear(struct plan *plan)
{
	free(plan->file);
	free_list(plan->argv);
	free_list(plan->env);
	*plan = (struct plan){0};
}
