/* See environment.h. */
#include "config.h"

#include "runner/environment.h"

#include "lib/buf.h"
#include "lib/crypt.h"
#include "lib/secret.h"
#include "lib/store/variable.h"
#include "runner/app.h"
#include "runner/run.h"

#include <json-c/json.h>

#include <pwd.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

extern char **environ;

static const char *const allowed[] = {"HOME", "USER", "LOGNAME", "SHELL", "PATH", "LANG",
	"LANGUAGE", "TZ", "TMPDIR", "XDG_RUNTIME_DIR", "DBUS_SESSION_BUS_ADDRESS",
	"SSH_AUTH_SOCK", "EDITOR", "VISUAL", "PAGER"};

void
environment_set(struct environment *env, const char *name, const char *value)
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
			environment_set(env, name, equals + 1);
		free(name);
	}
}

static void
name_person(struct environment *env, const char *shell)
{
	struct passwd *pw = getpwuid(geteuid());
	if (pw && !getenv("HOME"))
		environment_set(env, "HOME", pw->pw_dir);
	if (pw)
		environment_set(env, "USER", pw->pw_name),
			environment_set(env, "LOGNAME", pw->pw_name);
	if (!getenv("PATH"))
		environment_set(env, "PATH",
			"/usr/local/bin:/usr/bin:/bin:/usr/local/sbin:/usr/sbin:/sbin");
	if (!getenv("LANG") && !getenv("LC_ALL"))
		environment_set(env, "LANG", "C.UTF-8");
	environment_set(env, "SHELL", shell);
}

void
environment_person(struct environment *env, const char *shell)
{
	inherit(env);
	name_person(env, shell);
}

struct filling {
	struct environment *env;
	const struct app *app;
	const char *owner, *workspace;
};

static int
take_variable(void *arg, const struct variable *v, struct err *e)
{
	struct filling *f = arg;
	struct buf text = BUF_INIT;
	int rc = 0;
	if (v->secret) {
		char *about = variable_about(f->owner, f->workspace, v->name);
		rc = secret_open(f->app->conf.dir, about, v->value, v->len, &text, e);
		free(about);
		if (rc != 0 && e && strcmp(e->code, "secret.broken") == 0)
			err_set(e, 500, "secret.broken",
				"The variable %s cannot be read: it was sealed with "
				"another key. Set it anew.",
				v->name);
	} else {
		buf_add(&text, v->value, v->len);
	}
	if (rc == 0)
		environment_set(f->env, v->name, text.data ? text.data : "");
	if (text.data)
		crypt_wipe(text.data, text.len);
	buf_free(&text);
	return rc;
}

static void
take_session(struct environment *env, const char *env_json)
{
	struct json_object *own = json_tokener_parse(env_json);
	json_object_object_foreach(own, name, value)
		environment_set(env, name, json_object_get_string(value));
	json_object_put(own);
}

int
environment_run(struct environment *env, const struct run *run, struct err *e)
{
	const struct session *s = &run->row;
	const char *const levels[] = {"", s->workspace};
	for (size_t i = 0; i < 2 && levels[i]; i++) {
		struct filling f = {env, run->app, s->owner, levels[i]};
		if (variable_each(run->app->state, s->owner, levels[i], take_variable, &f,
			    e) != 0)
			return -1;
	}
	take_session(env, s->env_json);
	return 0;
}

const char *
environment_get(const struct environment *env, const char *name)
{
	size_t n = strlen(name);
	for (size_t i = 0; i < env->count; i++)
		if (strncmp(env->list[i], name, n) == 0 && env->list[i][n] == '=')
			return env->list[i] + n + 1;
	return NULL;
}

char *
environment_shell(const struct conf *conf)
{
	const char *chosen = conf->session_shell;
	struct passwd *pw = getpwuid(geteuid());
	if (*chosen)
		return xstrdup(chosen);
	if (pw && pw->pw_shell && access(pw->pw_shell, X_OK) == 0)
		return xstrdup(pw->pw_shell);
	return xstrdup("/bin/sh");
}
