/* See owned.h. */
#include "config.h"

#include "fcgi/owned.h"

#include "fcgi/wake.h"
#include "lib/clock.h"
#include "lib/store/command.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

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
	enum session_status status;
	char has[KIND_SIZE];
	note_subject(c);
	int rc = session_status_owned(c->events, c->subject, c->auth.user, &status, has,
		e);
	if (found(rc, e) != 0)
		return -1;
	if (kind && strcmp(kind, has) != 0)
		return err_set(e, 409, "session.kind",
			"This is only for sessions of the kind %s.", kind);
	if (session_is_live(status))
		return 0;
	return err_set(e, 409, "session.ended", "This session has ended.");
}

int64_t
owned_command(struct call *c, const char *session, const char *kind, const char *json,
	struct err *e)
{
	const char *body = json ? json : "{}";
	struct command command = {
		.session = session,
		.user = c->auth.user,
		.kind = kind,
		.body = body,
		.len = strlen(body),
	};
	int rc = strcmp(kind, "delete") == 0 ? command_add_delete(c->state, &command, e)
					     : command_add(c->state, &command, e);
	if (rc != 0)
		return -1;
	wake_commands(c->app);
	return command.id;
}

static void
rest(int ms)
{
	const struct timespec pause = {.tv_nsec = ms * 1000000L};
	nanosleep(&pause, NULL);
}

/* 1: ready; 0: not yet; -1: error. */
static int
look(struct call *c, const struct wait *wait, struct session *s, struct err *e)
{
	session_clear(s);
	int rc = session_find_owned(c->events, wait->session, c->auth.user, s, e);
	return rc < 0 ? -1 : wait->ready(rc > 0 ? s : NULL, wait->command);
}

int
owned_wait(struct call *c, const struct wait *wait, struct session *s, struct err *e)
{
	int64_t end = clock_monotonic() + wait->ms;
	int64_t most = (c->app->conf.fcgi_threads + 1) / 2;
	bool patient = atomic_fetch_add(&c->app->waiting, 1) < most;
	int rc, pause = 2;
	*s = (struct session){0};
	while ((rc = look(c, wait, s, e)) == 0 && patient && clock_monotonic() < end &&
		!atomic_load(&c->app->stopping)) {
		rest(pause);
		if (pause < 20)
			pause++;
	}
	atomic_fetch_sub(&c->app->waiting, 1);
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
		"session.cwd"};
	for (size_t i = 0; i < sizeof theirs / sizeof *theirs; i++)
		if (strcmp(code, theirs[i]) == 0)
			return 422;
	return 500;
}
