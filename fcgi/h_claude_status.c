/*
 * Whether there is a claude program, which one, and whether somebody is signed in. It
 * reads settings that name programs, and its sessions may write those: so it is isolated
 * here, too, and where the system cannot do that nothing is known.
 */
#include "config.h"

#include "fcgi/child.h"
#include "fcgi/child_isolation.h"
#include "fcgi/claude_place.h"
#include "fcgi/handlers.h"
#include "lib/claude_program.h"
#include "lib/json.h"
#include "lib/json_read.h"

#include <json-c/json.h>

#include <stdlib.h>
#include <string.h>

/* The program is large and starts slowly on a busy machine; it is asked twice, and web
 * servers wait 30 s for the answer. */
enum { ASK_MS = 10000 };

/* A program, and the configuration directory that it is to use. */
struct asked {
	char *program;
	const char *config;
	struct isolation isolation;
};

/* Few variables: what a session's program would find its sign-in by. */
static char **
environment(const char *config)
{
	static const char *const names[] = {"HOME", "PATH", "LANG", "USER"};
	char **env = xcalloc(sizeof names / sizeof *names + 3, sizeof *env);
	size_t n = 0;
	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		if (getenv(names[i]))
			env[n++] = xasprintf("%s=%s", names[i], getenv(names[i]));
	env[n++] = xasprintf("CLAUDE_CONFIG_DIR=%s", config);
	env[n] = xstrdup("DISABLE_AUTOUPDATER=1");
	return env;
}

static int
run(const struct asked *asked, char *const *words, struct buf *output)
{
	char *argv[] = {asked->program, words[0], words[0] ? words[1] : NULL, NULL};
	char **env = environment(asked->config);
	int status = child_run(argv, env, &asked->isolation.os, ASK_MS, output, NULL);
	for (char **p = env; *p; p++)
		free(*p);
	free(env);
	return status;
}

/* "2.1.330 (Claude Code)"; anything else is another program. */
static void
put_version(struct buf *b, const struct asked *asked)
{
	static char version[] = "--version";
	char *const words[] = {version, NULL};
	struct buf output = BUF_INIT;
	bool good = run(asked, words, &output) == 0 && output.data &&
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
put_sign_in(struct buf *b, const struct asked *asked)
{
	static char auth[] = "auth", status[] = "status";
	char *const words[] = {auth, status};
	struct buf output = BUF_INIT;
	struct json_object *answer = NULL;
	bool known = run(asked, words, &output) >= 0 && output.data &&
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

static void
put_status(struct buf *b, const struct asked *asked)
{
	json_begin(b, '{');
	json_key(b, "program"), json_string(b, asked->program);
	if (asked->program) {
		put_version(b, asked);
		put_sign_in(b, asked);
	} else {
		json_key(b, "version"), json_null(b);
		json_key(b, "signed_in"), json_null(b);
		json_key(b, "method"), json_null(b);
	}
	json_key(b, "install"), json_string(b, CLAUDE_INSTALL);
	json_key(b, "sign_in"), json_raw(b, "[\"claude\",\"auth\",\"login\"]");
	json_end(b, '}');
}

int
h_claude_status(struct call *c, struct err *e)
{
	struct claude_place place;
	struct asked asked = {0};
	const struct conf *conf = &c->app->conf;
	int rc = claude_place_find(c, c->values[STATUS_WORKSPACE].text, NULL, &place, e);
	if (rc == 0)
		rc = child_isolation(&asked.isolation, conf, conf->claude_isolation, e);
	if (rc == 0) {
		asked.config = place.config;
		asked.program = claude_program_find(conf->claude_program, getenv("PATH"),
			getenv("HOME"), NULL);
		put_status(&c->response->body, &asked);
	}
	free(asked.program);
	isolation_clear(&asked.isolation);
	claude_place_clear(&place);
	return rc;
}
