/*
 * Terminals: any shell or command on a pty.
 *
 * Without a command it is the login shell of the person, started as one, because the
 * runner may itself have been started by the system with an almost empty environment.
 */
#include "config.h"

#include "lib/buf.h"
#include "lib/conf.h"
#include "runner/adapter.h"
#include "runner/app.h"
#include "runner/environment.h"
#include "runner/run.h"

#include <json-c/json.h>

#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void
plan_shell(struct plan *plan, const char *shell)
{
	const char *slash = strrchr(shell, '/');
	plan->file = xstrdup(shell);
	plan->argv = xcalloc(2, sizeof *plan->argv);
	plan->argv[0] = xasprintf("-%s", slash ? slash + 1 : shell);
}

static void
plan_command(struct plan *plan, struct json_object *command)
{
	size_t count = json_object_array_length(command);
	plan->argv = xcalloc(count + 1, sizeof *plan->argv);
	for (size_t i = 0; i < count; i++)
		plan->argv[i] = xstrdup(
			json_object_get_string(json_object_array_get_idx(command, i)));
	plan->file = xstrdup(plan->argv[0]);
}

static int
make_plan(const struct run *run, struct plan *plan, struct err *e)
{
	struct json_object *command = json_tokener_parse(run->row.command_json);
	struct environment env = {0};
	char *shell = environment_shell(&run->app->conf);
	*plan = (struct plan){0};
	if (json_object_array_length(command) > 0)
		plan_command(plan, command);
	else
		plan_shell(plan, shell);
	environment_person(&env, shell);
	environment_set(&env, "TERM", "xterm-256color");
	environment_set(&env, "COLORTERM", "truecolor");
	environment_set(&env, "TERM_PROGRAM", "dispatch");
	environment_session(&env, run->row.env_json);
	plan->env = env.list;
	json_object_put(command);
	free(shell);
	if (plan->file[0])
		return 0;
	plan_clear(plan);
	return err_set(e, 422, "session.command", "The command is empty.");
}

const struct adapter adapter_pty = {
	.kind = "pty",
	.title = "Shell",
	.mode = SHIM_MODE_PTY,
	.output_channel = "pty:output",
	.has_size = true,
	.plan = make_plan,
};
