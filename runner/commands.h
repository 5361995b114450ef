/* Commands of handlers; see commands.c. What a run does with its own is in run.h. */
#ifndef DISPATCH_RUNNER_COMMANDS_H
#define DISPATCH_RUNNER_COMMANDS_H

struct app;
struct command;
struct json_object;

/* Makes the run of a new session from a `create` command; its log begins with its size.
 */
void command_create(struct app *app, const struct command *c, struct json_object *body);

#endif
