/* See claude_options.h. */
#include "config.h"

#include "fcgi/claude_options.h"

#include "fcgi/isolation_options.h"
#include "fcgi/param.h"
#include "lib/hosts.h"

#include <json-c/json.h>

#include <stdio.h>
#include <string.h>

const char *const claude_modes[] = {"default", "acceptEdits", "plan", "dontAsk", "auto",
	"bypassPermissions", NULL};
const char *const claude_efforts[] = {"low", "medium", "high", "xhigh", "max", NULL};

enum {
	OPTION_MODEL,
	OPTION_MODE,
	OPTION_EFFORT,
	OPTION_ALLOWED,
	OPTION_DISALLOWED,
	OPTION_DIRECTORIES,
	OPTION_PROMPT,
	OPTION_MCP,
	OPTION_TURNS,
	OPTION_RESUME,
	OPTION_FORK,
	OPTION_ISOLATION,
	OPTION_PROCESSES,
	OPTION_NETWORK,
	OPTION_HOSTS,
	OPTIONS
};

enum { PROMPT_MAX = 32 * 1024, MCP_MAX = 32 * 1024, WORDS_MAX = 24 * 1024 };

static const struct param options_params[] = {
	[OPTION_MODEL] = {"model", IN_BODY, TYPE_TEXT, false, 1, 128},
	[OPTION_MODE] = {"mode", IN_BODY, TYPE_ENUM, false, .values = claude_modes},
	[OPTION_EFFORT] = {"effort", IN_BODY, TYPE_ENUM, false, .values = claude_efforts},
	[OPTION_ALLOWED] = {"allowed_tools", IN_BODY, TYPE_STRINGS, false, 0, 128},
	[OPTION_DISALLOWED] = {"disallowed_tools", IN_BODY, TYPE_STRINGS, false, 0, 128},
	[OPTION_DIRECTORIES] = {"directories", IN_BODY, TYPE_STRINGS, false, 0, 32},
	[OPTION_PROMPT] = {"system_prompt", IN_BODY, TYPE_PROSE, false, 1, PROMPT_MAX},
	[OPTION_MCP] = {"mcp", IN_BODY, TYPE_OBJECT, false},
	[OPTION_TURNS] = {"max_turns", IN_BODY, TYPE_INT, false, 1, 100000},
	[OPTION_RESUME] = {"resume", IN_BODY, TYPE_UUID, false},
	[OPTION_FORK] = {"fork", IN_BODY, TYPE_BOOL, false},
	[OPTION_ISOLATION] = {"isolation", IN_BODY, TYPE_ENUM, false,
		.values = conf_isolations},
	[OPTION_PROCESSES] = {"own_processes", IN_BODY, TYPE_BOOL, false},
	[OPTION_NETWORK] = {"network", IN_BODY, TYPE_BOOL, false},
	[OPTION_HOSTS] = {"hosts", IN_BODY, TYPE_STRINGS, false, 1, HOSTS_MAX},
};

int
claude_mode_check(const struct app *app, const char *mode, struct err *e)
{
	if (strcmp(mode, "bypassPermissions") != 0 || app->conf.claude_allow_bypass)
		return 0;
	return err_set(e, 403, "claude.bypass_off",
		"Running Claude without permissions is switched off on this server.");
}

/* All of it goes into one command line. */
static int
check_size(struct json_object *json, const char *name, size_t most, struct err *e)
{
	if (!json || strlen(json_object_to_json_string(json)) <= most)
		return 0;
	return err_field(e, name, "%s is too long.", name);
}

static int
check(const struct app *app, struct json_object *options, struct value *v, struct err *e)
{
	if (param_take_members(options_params, OPTIONS, options, v, e) != 0 ||
		check_size(v[OPTION_MCP].json, "mcp", MCP_MAX, e) != 0 ||
		isolation_check_hosts(v[OPTION_HOSTS].json, e) != 0)
		return -1;
	for (int i = OPTION_ALLOWED; i <= OPTION_DIRECTORIES; i++)
		if (check_size(v[i].json, options_params[i].name, WORDS_MAX / 3, e) != 0)
			return -1;
	if (v[OPTION_FORK].given && v[OPTION_FORK].number && !v[OPTION_RESUME].given)
		return err_field(e, "fork", "fork needs the conversation to resume.");
	return v[OPTION_MODE].given ? claude_mode_check(app, v[OPTION_MODE].text, e) : 0;
}

int
claude_options_check(const struct app *app, struct json_object *options,
	const char *outer, struct err *e)
{
	struct value values[OPTIONS] = {0};
	return check(app, options, values, e) == 0 ? 0 : param_within(e, outer);
}
