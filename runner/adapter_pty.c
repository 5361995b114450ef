/*
 * Terminals: any shell or command on a pty.
 *
 * Without a command it is the login shell of the person, started as one, because the
 * runner may itself have been started by the system with an almost empty environment. The
 * environment is built from an allow-list: nothing of Dispatch's own or of the service
 * manager's reaches a session.
 */
#include "config.h"

#include "lib/buf.h"
#include "lib/conf.h"
#include "runner/adapter.h"
#include "runner/app.h"
#include "runner/run.h"

#include <json-c/json.h>

#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

extern char **environ;

static const char *const allowed[] = {"HOME", "USER", "LOGNAME", "SHELL", "PATH", "LANG",
	"LANGUAGE", "TZ", "TMPDIR", "XDG_RUNTIME_DIR", "DBUS_SESSION_BUS_ADDRESS",
	"SSH_AUTH_SOCK", "EDITOR", "VISUAL", "PAGER"};

struct environment {
	char **list;
	size_t count;
};

/* Later values win. */
static void
set(struct environment *env, const char *name, const char *value)
{
	size_t n = strlen(name);
	char *text = xasprintf("%s=%s", name, value);
	for (size_t i = 0; i < env->count; i++)
		if (strncmp(env->list[i], text, n + 1) == 0) {
			free(env->list[i]);
			env->list[i] = text;
			return;
		}
	env->list = xrealloc(env->list, (env->count + 2) * sizeof *env->list);
	env->list[env->count++] = text;
	env->list[env->count] = NULL;
}

static bool
is_allowed(const char *name)
{
	if (strncmp(name, "LC_", 3) == 0)
		return true;
	for (size_t i = 0; i < sizeof allowed / sizeof *allowed; i++)
		if (strcmp(name, allowed[i]) == 0)
			return true;
	return false;
}

static void
inherit(struct environment *env)
{
	for (char **p = environ; *p; p++) {
		char *equals = strchr(*p, '=');
		char *name = equals ? xstrndup(*p, (size_t)(equals - *p)) : NULL;
		if (name && is_allowed(name))
			set(env, name, equals + 1);
		free(name);
	}
}

static void
set_person(struct environment *env, const char *shell)
{
	struct passwd *pw = getpwuid(geteuid());
	if (pw && !getenv("HOME"))
		set(env, "HOME", pw->pw_dir);
	if (pw)
		set(env, "USER", pw->pw_name), set(env, "LOGNAME", pw->pw_name);
	if (!getenv("PATH"))
		set(env, "PATH",
			"/usr/local/bin:/usr/bin:/bin:/usr/local/sbin:/usr/sbin:/sbin");
	if (!getenv("LANG") && !getenv("LC_ALL"))
		set(env, "LANG", "C.UTF-8");
	set(env, "SHELL", shell);
}

static void
set_session(struct environment *env, const char *env_json)
{
	struct json_object *own = json_tokener_parse(env_json);
	set(env, "TERM", "xterm-256color");
	set(env, "COLORTERM", "truecolor");
	set(env, "TERM_PROGRAM", "dispatch");
	json_object_object_foreach(own, name, value)
		set(env, name, json_object_get_string(value));
	json_object_put(own);
}

static char *
person_shell(const struct run *run)
{
	const char *chosen = run->app->conf.session_shell;
	struct passwd *pw = getpwuid(geteuid());
	if (*chosen)
		return xstrdup(chosen);
	if (pw && pw->pw_shell && access(pw->pw_shell, X_OK) == 0)
		return xstrdup(pw->pw_shell);
	return xstrdup("/bin/sh");
}

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
	char *shell = person_shell(run);
	*plan = (struct plan){0};
	if (json_object_array_length(command) > 0)
		plan_command(plan, command);
	else
		plan_shell(plan, shell);
	inherit(&env);
	set_person(&env, shell);
	set_session(&env, run->row.env_json);
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
	.mode = SHIM_MODE_PTY,
	.output_channel = "pty:output",
	.has_size = true,
	.plan = make_plan,
};
