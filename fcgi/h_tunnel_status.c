/* What the program of a tunnel itself says of how it stands: `code tunnel status`, which
 * writes JSON, also of a tunnel that somebody else of this machine has opened. */
#include "config.h"

#include "fcgi/child.h"
#include "fcgi/h_tunnels.h"
#include "lib/buf.h"
#include "lib/json.h"
#include "lib/json_read.h"
#include "lib/path.h"
#include "lib/store/tunnel.h"

#include <json-c/json.h>

#include <stdlib.h>
#include <string.h>

enum { ASK_MS = 5000, VARIABLES = 6 };

/* As it has it when it runs as a tunnel: what its sign-in is found by. */
static void
fill_environment(char *env[VARIABLES + 1])
{
	static const char *const names[VARIABLES] = {"HOME", "PATH", "LANG", "USER",
		"XDG_RUNTIME_DIR", "DBUS_SESSION_BUS_ADDRESS"};
	size_t n = 0;
	for (size_t i = 0; i < VARIABLES; i++)
		if (getenv(names[i]))
			env[n++] = xasprintf("%s=%s", names[i], getenv(names[i]));
	env[n] = NULL;
}

static char *
program_of(const struct tunnel_about *about, const char *settings_json)
{
	struct json_object *settings = json_tokener_parse(settings_json);
	const char *set = json_member_text(settings, "program");
	const char *name = set && *set ? set : about->program;
	char *program = *name == '~' ? path_expand(name) : xstrdup(name);
	json_object_put(settings);
	return program;
}

/* Its exit status, or -1. */
static int
ask(char *program, struct buf *output, struct err *e)
{
	static char tunnel[] = "tunnel", status[] = "status";
	char *argv[] = {program, tunnel, status, NULL};
	char *env[VARIABLES + 1];
	fill_environment(env);
	int rc = child_run(argv, env, NULL, ASK_MS, output, e);
	for (char **p = env; *p; p++)
		free(*p);
	return rc;
}

/* The name of the state is a text, or the one member of an object. */
static bool
is_connected(struct json_object *tunnel)
{
	struct json_object *state = json_member(tunnel, "tunnel");
	return state && strstr(json_object_to_json_string(state), "\"Connected\"");
}

static void
put_status(struct buf *b, struct json_object *said)
{
	struct json_object *tunnel = json_member_object(said, "tunnel");
	json_begin(b, '{');
	json_key(b, "running"), json_truth(b, tunnel != NULL);
	json_key(b, "connected"), json_truth(b, is_connected(tunnel));
	json_key(b, "name"), json_string(b, json_member_text(tunnel, "name"));
	json_key(b, "problem");
	json_string(b, json_member_text(tunnel, "last_fail_reason"));
	json_end(b, '}');
}

int
h_tunnel_status(struct call *c, struct err *e)
{
	const struct tunnel_about *about = tunnel_named(c, e);
	struct tunnel_order order = {0};
	struct buf output = BUF_INIT;
	struct json_object *said = NULL;
	if (!about)
		return -1;
	if (!about->named)
		return err_set(e, 409, "tunnel.kind",
			"The program of this kind of tunnel tells no status.");
	int rc = tunnel_order_find(c->state, about->name, &order, e);
	char *program = rc == 0 ? program_of(about, order.settings_json) : NULL;
	if (rc == 0)
		rc = ask(program, &output, e);
	if (rc < 0 && strcmp(e->code, "child.missing") == 0)
		err_set(e, 422, "tunnel.program", "There is no program %s.", program);
	if (rc >= 0 &&
		(json_parse(&said, output.data ? output.data : "", output.len, NULL) !=
			0))
		rc = err_set(e, 502, "tunnel.status",
			"Its program does not tell its status.");
	if (rc >= 0)
		put_status(&c->response->body, said);
	json_object_put(said);
	free(program);
	buf_free(&output);
	tunnel_order_clear(&order);
	return rc < 0 ? -1 : 0;
}
