/* See owned.h. */
#include "config.h"

#include "fcgi/owned.h"

#include "fcgi/await.h"
#include "lib/store/command.h"
#include "lib/wake.h"

#include <stdio.h>
#include <string.h>

/* What comes of having looked for the session. */
static int
found(int rc, struct err *e)
{
	if (rc == 0)
		return err_set(e, 404, "session.unknown", "There is no such session.");
	return rc > 0 ? 0 : -1;
}

static void
note_subject(struct call *c)
{
	snprintf(c->subject, sizeof c->subject, "%s", c->values[0].text);
}

int
owned_find(struct call *c, struct session *s, struct err *e)
{
	note_subject(c);
	return found(session_find_owned(c->events, c->subject, c->auth.user, s, e), e);
}

int
owned_live(struct call *c, struct err *e)
{
	return owned_live_kind(c, NULL, e);
}

int
owned_live_kind(struct call *c, const char *kind, struct err *e)
{
	struct session_brief brief;
	return owned_live_brief(c, kind, &brief, e);
}

int
owned_live_brief(struct call *c, const char *kind, struct session_brief *brief,
	struct err *e)
{
	note_subject(c);
	int rc = session_brief_owned(c->events, c->subject, c->auth.user, brief, e);
	if (found(rc, e) != 0)
		return -1;
	if (kind && strcmp(kind, brief->kind) != 0)
		return err_set(e, 409, "session.kind",
			"This is only for sessions of the kind %s.", kind);
	if (session_is_live(brief->status))
		return 0;
	return err_set(e, 409, "session.ended", "This session has ended.");
}

int
owned_room(struct call *c, struct err *e)
{
	int live = session_count_live(c->events, c->auth.user, e);
	if (live < 0)
		return -1;
	if (live >= c->app->conf.session_limit)
		return err_set(e, 409, "session.limit",
			"You have %d running sessions, which is the limit; end one "
			"first.",
			live);
	return 0;
}

int64_t
owned_command(struct call *c, const char *session, const char *kind, const char *json,
	struct err *e)
{
	const char *body = json ? json : "{}";
	struct command command = {
		.session = session,
		.user = c->auth.user,
		.sign_in = c->auth.sign_in,
		.kind = kind,
		.body = body,
		.len = strlen(body),
	};
	int rc = strcmp(kind, "delete") == 0 ? command_add_delete(c->state, &command, e)
					     : command_add(c->state, &command, e);
	if (rc != 0)
		return -1;
	wake_commands(&c->app->wake);
	return command.id;
}

int
owned_op(struct call *c, const char *id, const struct buf *body, struct err *e)
{
	struct command command = {
		.session = c->subject,
		.user = c->auth.user,
		.sign_in = c->auth.sign_in,
		.kind = "op",
		.body = body->data,
		.len = body->len,
	};
	struct op_mark mark = {.token = id, .now = c->now};
	if (session_op_done(c->events, c->subject, &mark.done, e) != 0)
		return -1;
	int rc = command_add_once(c->state, &command, &mark, e);
	if (rc < 0)
		return -1;
	if (rc == 0)
		wake_commands(&c->app->wake);
	return 0;
}

struct look {
	const struct wait *wait;
	struct session *s;
};

static int
look(struct call *c, void *arg, struct err *e)
{
	const struct look *at = arg;
	session_clear(at->s);
	int rc = session_find_owned(c->events, at->wait->session, c->auth.user, at->s, e);
	return rc < 0 ? -1 : at->wait->ready(rc > 0 ? at->s : NULL, at->wait->command);
}

int
owned_wait(struct call *c, const struct wait *wait, struct session *s, struct err *e)
{
	struct look at = {wait, s};
	*s = (struct session){0};
	int rc = await(c, wait->ms, look, &at, e);
	if (rc < 0)
		session_clear(s);
	return rc;
}

bool
owned_applied(const struct session *s, int64_t command)
{
	return !s || s->command_done >= command;
}

int
owned_error_status(const char *code)
{
	static const char *const theirs[] = {"claude.missing", "session.command",
		"session.cwd", "session.isolation_unavailable",
		"session.limits_unavailable", "session.too_large", "workspace.unknown"};
	for (size_t i = 0; i < sizeof theirs / sizeof *theirs; i++)
		if (strcmp(code, theirs[i]) == 0)
			return 422;
	return 500;
}
