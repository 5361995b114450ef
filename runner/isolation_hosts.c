/* See isolation_hosts.h. */
#include "config.h"

#include "runner/isolation_hosts.h"

#include "lib/buf.h"
#include "lib/isolation.h"
#include "lib/json_read.h"
#include "lib/path.h"
#include "runner/adapter.h"
#include "runner/environment.h"

#include <json-c/json.h>

#include <stddef.h>

/* The usual port of such a proxy; in the namespace of a session it is free. */
#define PORT 3128
#define TEXT_OF(number) #number
#define PROXY(port) "http://127.0.0.1:" TEXT_OF(port)

/* curl looks at the small ones alone, for http; others at the large ones. */
static const struct {
	const char *name, *value;
} told[] = {
	{"http_proxy", PROXY(PORT)},
	{"https_proxy", PROXY(PORT)},
	{"all_proxy", PROXY(PORT)},
	{"no_proxy", "localhost,127.0.0.1,::1"},
	{"HTTP_PROXY", PROXY(PORT)},
	{"HTTPS_PROXY", PROXY(PORT)},
	{"ALL_PROXY", PROXY(PORT)},
	{"NO_PROXY", "localhost,127.0.0.1,::1"},
};

static void
tell(struct plan *plan)
{
	struct environment env = {.list = plan->env};
	while (env.list && env.list[env.count])
		env.count++;
	for (size_t i = 0; i < sizeof told / sizeof *told; i++)
		environment_set(&env, told[i].name, told[i].value);
	plan->env = env.list;
}

void
isolation_hosts(struct isolation *isolation, struct json_object *options,
	struct plan *plan)
{
	struct json_object *list = json_member_array(options, "hosts");
	size_t count = json_length(list);
	if (count == 0)
		return;
	isolation->os.flags |= OS_ISOLATE_OFFLINE;
	isolation->gate = path_program("dispatch-gate");
	isolation->gate_port = PORT;
	isolation->hosts = xcalloc(count + 1, sizeof *isolation->hosts);
	for (size_t i = 0; i < count; i++)
		isolation->hosts[i] = xstrdup(
			json_object_get_string(json_object_array_get_idx(list, i)));
	tell(plan);
}
