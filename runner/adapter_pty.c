/*
 * Terminals: any shell or command on a pty.
 *
 * Without a command it is the login shell of the person, started as one, because the
 * runner may itself have been started by the system with an almost empty environment.
 */
#include "config.h"

#include "lib/buf.h"
#include "lib/conf.h"
#include "lib/json_read.h"
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

/* The shell of the session's workspace, else of the installation or the person. */
static char *
shell_of(const struct run *run)
{
	struct json_object *options = json_tokener_parse(run->row.options_json);
	const char *chosen = json_member_text(options, "shell");
	char *shell = chosen ? xstrdup(chosen) : environment_shell(&run->app->conf);
	json_object_put(options);
	return shell;
}

static int
plan_environment(const struct run *run, struct plan *plan, const char *shell,
	struct err *e)
{
	struct environment env = {0};
	environment_person(&env, shell);
	environment_set(&env, "TERM", "xterm-256color");
	environment_set(&env, "COLORTERM", "truecolor");
	environment_set(&env, "TERM_PROGRAM", "dispatch");
	int rc = environment_run(&env, run, e);
	plan->env = env.list;
	return rc;
}

static int
make_plan(const struct run *run, struct plan *plan, struct err *e)
{
	struct json_object *command = json_tokener_parse(run->row.command_json);
	char *shell = shell_of(run);
	*plan = (struct plan){0};
	if (json_object_array_length(command) > 0)
		plan_command(plan, command);
	else
		plan_shell(plan, shell);
	int rc = plan_environment(run, plan, shell, e);
	json_object_put(command);
	free(shell);
	if (rc == 0 && !plan->file[0])
		rc = err_set(e, 422, "session.command", "The command is empty.");
	if (rc != 0)
		plan_clear(plan);
	return rc;
}

static const char *
isolation(const struct run *run)
{
	return run->app->conf.session_isolation;
}

const struct adapter adapter_pty = {
	.kind = "pty",
	.title = "Shell",
	.mode = SHIM_MODE_PTY,
	.output_channel = "pty:output",
	.has_size = true,
	.plan = make_plan,
	.isolation = isolation,
};
