/* Whether there is a claude program, which one, and whether somebody is signed in. */
#include "config.h"

#include "fcgi/child.h"
#include "fcgi/handlers.h"
#include "lib/claude_program.h"
#include "lib/json.h"
#include "lib/json_read.h"

#include <json-c/json.h>

#include <stdlib.h>
#include <string.h>

enum { ASK_MS = 3000 };

/* Few variables: what a session's program would find its sign-in by. */
static char **
environment(void)
{
	static const char *const names[] = {"HOME", "PATH", "LANG", "USER"};
	char **env = xcalloc(sizeof names / sizeof *names + 2, sizeof *env);
	size_t n = 0;
	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		if (getenv(names[i]))
			env[n++] = xasprintf("%s=%s", names[i], getenv(names[i]));
	env[n] = xstrdup("DISABLE_AUTOUPDATER=1");
	return env;
}

static int
run(char *program, char *const *words, struct buf *output)
{
	char *argv[] = {program, words[0], words[0] ? words[1] : NULL, NULL};
	char **env = environment();
	int status = child_run(argv, env, ASK_MS, output, NULL);
	for (char **p = env; *p; p++)
		free(*p);
	free(env);
	return status;
}

/* "2.1.330 (Claude Code)"; anything else is another program. */
static void
put_version(struct buf *b, char *program)
{
	static char version[] = "--version";
	char *const words[] = {version, NULL};
	struct buf output = BUF_INIT;
	bool good = run(program, words, &output) == 0 && output.data &&
		strstr(output.data, " (Claude Code)");
	json_key(b, "version");
	if (good)
		json_string_n(b, output.data, strcspn(output.data, " \n"));
	else
		json_null(b);
	buf_free(&output);
}

/* It says only that there is something to sign in with, not that it is accepted. */
static void
put_sign_in(struct buf *b, char *program)
{
	static char auth[] = "auth", status[] = "status";
	char *const words[] = {auth, status};
	struct buf output = BUF_INIT;
	struct json_object *answer = NULL;
	bool known = run(program, words, &output) >= 0 && output.data &&
		json_parse(&answer, output.data, output.len, NULL) == 0 &&
		json_member(answer, "loggedIn");
	json_key(b, "signed_in");
	if (known)
		json_truth(b, json_member_truth(answer, "loggedIn"));
	else
		json_null(b);
	json_key(b, "method"), json_string(b, json_member_text(answer, "authMethod"));
	json_object_put(answer);
	buf_free(&output);
}

int
h_claude_status(struct call *c, struct err *e)
{
	struct buf *b = &c->response->body;
	char *program = claude_program_find(c->app->conf.claude_program, getenv("PATH"),
		getenv("HOME"), NULL);
	(void)e;
	json_begin(b, '{');
	json_key(b, "program"), json_string(b, program);
	if (program) {
		put_version(b, program);
		put_sign_in(b, program);
	} else {
		json_key(b, "version"), json_null(b);
		json_key(b, "signed_in"), json_null(b);
		json_key(b, "method"), json_null(b);
	}
	json_key(b, "install"), json_string(b, CLAUDE_INSTALL);
	json_key(b, "sign_in"), json_raw(b, "[\"claude\",\"auth\",\"login\"]");
	json_end(b, '}');
	free(program);
	return 0;
}
