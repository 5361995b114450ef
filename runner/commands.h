/* Commands of handlers; see commands.c. What a run does with its own is in run.h. */
#ifndef DISPATCH_RUNNER_COMMANDS_H
#define DISPATCH_RUNNER_COMMANDS_H

struct app;
struct command;
struct json_object;
struct session;

/* Makes the row of a new session from a `create` command; session_clear() it. */
void command_session(const struct app *app, const struct command *c,
	struct json_object *body, struct session *s);

#endif
