/* See isolation_options.h. */
#include "config.h"

#include "fcgi/isolation_options.h"

#include "fcgi/handlers.h"
#include "fcgi/param.h"
#include "lib/hosts.h"
#include "lib/isolation_profiles.h"
#include "lib/json_read.h"
#include "lib/store/workspace.h"

#include <json-c/json.h>

#include <string.h>

enum { OPTION_ISOLATION, OPTION_PROCESSES, OPTION_NETWORK, OPTION_HOSTS, OPTIONS };

static const struct param params[] = {
	[OPTION_ISOLATION] = {"isolation", IN_BODY, TYPE_ENUM, false,
		.values = conf_isolations},
	[OPTION_PROCESSES] = {"own_processes", IN_BODY, TYPE_BOOL, false},
	[OPTION_NETWORK] = {"network", IN_BODY, TYPE_BOOL, false},
	[OPTION_HOSTS] = {"hosts", IN_BODY, TYPE_STRINGS, false, 1, HOSTS_MAX},
};

/* Kinds that can be isolated, and their profile where nobody says another. */
static const struct rule {
	const char *kind;
	size_t setting;
} rules[] = {
	{"claude", offsetof(struct conf, claude_isolation)},
	{"pty", offsetof(struct conf, session_isolation)},
};

enum { RULES = sizeof rules / sizeof *rules };

int
isolation_check_hosts(struct json_object *hosts, struct err *e)
{
	struct host_rule rule;
	for (size_t i = 0; i < json_length(hosts); i++) {
		const char *text =
			json_object_get_string(json_object_array_get_idx(hosts, i));
		if (host_rule_read(&rule, text) != 0)
			return err_field(e, "hosts",
				"\"%.80s\" is not a host: hosts are names, *. and a "
				"name, or addresses, each with :port or without.",
				text);
	}
	return 0;
}

int
terminal_options_check(const struct app *app, struct json_object *options,
	const char *outer, struct err *e)
{
	struct value values[OPTIONS] = {0};
	(void)app;
	return param_take_members(params, OPTIONS, options, values, e) == 0 &&
			isolation_check_hosts(values[OPTION_HOSTS].json, e) == 0
		? 0
		: param_within(e, outer);
}

/* What a session gets that chooses nothing. */
static const char *
usual(const struct app *app, const struct rule *rule, struct json_object *defaults)
{
	const char *chosen =
		json_member_text(json_member_object(defaults, rule->kind), "isolation");
	const char *setting;
	memcpy(&setting, (const char *)&app->conf + rule->setting, sizeof setting);
	return chosen ? chosen : setting;
}

/* To give isolation up where there would be some. */
static int
check_weaker(const struct call *c, const char *former, const char *chosen, struct err *e)
{
	return strcmp(chosen, "none") == 0 && strcmp(former, "none") != 0
		? auth_check_fresh(&c->app->conf, &c->auth, c->now, e)
		: 0;
}

static int
check_network(struct json_object *options, const char *profile, const char *outer,
	struct err *e)
{
	struct json_object *network = json_member(options, "network");
	bool none = strcmp(profile, "none") == 0;
	bool offline = network && !json_object_get_boolean(network);
	bool hosts = json_member(options, "hosts") != NULL;
	if (hosts && none)
		err_field(e, "hosts",
			"Which hosts it reaches cannot be limited without isolation.");
	else if (hosts && offline)
		err_field(e, "hosts", "Without a network it reaches no hosts.");
	else if (offline && none)
		err_field(e, "network",
			"The network cannot be cut off without isolation.");
	else
		return 0;
	return param_within(e, outer);
}

static int
check_processes(struct json_object *options, const char *profile, const char *outer,
	struct err *e)
{
	bool own = json_member_truth(options, "own_processes");
	const struct profile *with = isolation_profile(profile, own);
	if (!with)
		err_field(e, "own_processes",
			"It cannot have processes of its own without isolation.");
	else if (with->own_processes && !own && json_member(options, "own_processes"))
		err_field(e, "own_processes",
			"In the profile %s it always has processes of its own.", profile);
	else
		return 0;
	return param_within(e, outer);
}

static int
check_isolation(struct json_object *options, const char *profile, const char *outer,
	struct err *e)
{
	return check_processes(options, profile, outer, e) == 0
		? check_network(options, profile, outer, e)
		: -1;
}

/* Of what the workspace has, what goes with what was chosen. */
static void
drop_defaults(struct json_object *options, struct json_object *chosen)
{
	const char *isolation = json_member_text(chosen, "isolation");
	bool none = isolation && strcmp(isolation, "none") == 0;
	bool network = json_member(chosen, "network") || json_member(chosen, "hosts");
	const struct {
		const char *name;
		bool drop;
	} defaults[] = {
		{"own_processes", isolation && strcmp(isolation, "open") != 0},
		{"network", none || network},
		{"hosts", none || network},
	};
	for (size_t i = 0; i < sizeof defaults / sizeof *defaults; i++)
		if (defaults[i].drop && !json_member(chosen, defaults[i].name))
			json_object_object_del(options, defaults[i].name);
}

static int
choose(struct call *c, const struct rule *rule, struct json_object *defaults,
	struct json_object *options, struct err *e)
{
	const char *profile = usual(c->app, rule, defaults);
	const char *chosen =
		json_member_text(c->values[CREATE_OPTIONS].json, "isolation");
	if (chosen && check_weaker(c, profile, chosen, e) != 0)
		return -1;
	if (chosen)
		profile = chosen;
	drop_defaults(options, c->values[CREATE_OPTIONS].json);
	json_object_object_add(options, "isolation", json_object_new_string(profile));
	return check_isolation(options, profile, "options", e);
}

int
isolation_choose(struct call *c, const struct workspace *w, struct json_object *options,
	struct err *e)
{
	struct json_object *defaults =
		w->defaults_json ? json_tokener_parse(w->defaults_json) : NULL;
	int rc = 0;
	for (int i = 0; i < RULES && rc == 0; i++)
		if (strcmp(rules[i].kind, c->values[CREATE_KIND].text) == 0)
			rc = choose(c, &rules[i], defaults, options, e);
	json_object_put(defaults);
	return rc;
}

static int
check_default(const struct rule *rule, struct json_object *defaults, const char *profile,
	struct err *e)
{
	struct json_object *options = json_member_object(defaults, rule->kind);
	return check_isolation(options, profile, rule->kind, e) == 0
		? 0
		: param_within(e, "defaults");
}

int
isolation_check_defaults(struct call *c, const char *former_json,
	struct json_object *defaults, struct err *e)
{
	struct json_object *former = json_tokener_parse(former_json);
	int rc = 0;
	for (int i = 0; i < RULES && rc == 0; i++) {
		const char *profile = usual(c->app, &rules[i], defaults);
		rc = check_weaker(c, usual(c->app, &rules[i], former), profile, e);
		if (rc == 0)
			rc = check_default(&rules[i], defaults, profile, e);
	}
	json_object_put(former);
	return rc;
}
