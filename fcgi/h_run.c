/* What is done to a session that runs: input, size, signals; and ending and resuming it.
 */
#include "config.h"

#include "fcgi/handlers.h"
#include "fcgi/owned.h"
#include "lib/envelope.h"
#include "lib/json.h"
#include "lib/store/command.h"
#include "lib/wake.h"

#include <stdlib.h>

enum { RESUME_MS = 3000 };

static int
tell_gap(struct call *c, int64_t expect)
{
	json_key(&c->response->extra, "expect");
	json_int(&c->response->extra, expect);
	return -1;
}

int
h_input(struct call *c, struct err *e)
{
	const struct value *v = c->values;
	int64_t ttl = v[INPUT_TTL].given ? v[INPUT_TTL].number : c->app->conf.command_ttl;
	struct session_brief session;
	if (owned_live_brief(c, "pty", &session, e) != 0)
		return -1;
	struct command command = {
		.session = v[SESSION_ID].text,
		.user = c->auth.user,
		.sign_in = c->auth.sign_in,
		.kind = "input",
		.deadline = c->now + ttl,
		.body = c->bytes,
		.len = c->length,
	};
	struct input_mark mark = {.writer = v[INPUT_WRITER].text,
		.n = v[INPUT_NUMBER].number,
		.done = session.input_done,
		.now = c->now};
	int rc = command_add_input(c->state, &command, &mark, e);
	if (rc < 0)
		return e->status == 409 ? tell_gap(c, mark.expect) : -1;
	if (rc == 0)
		wake_commands(&c->app->wake);
	else
		buf_str(&c->response->body, "{\"duplicate\":true}");
	return 0;
}

/* {"cols":…,"rows":…,"writer":…} of those that are given; the caller frees. */
static char *
size_body(const struct call *c)
{
	static const char *const names[] = {[SIZE_COLS] = "cols", [SIZE_ROWS] = "rows"};
	struct buf b = BUF_INIT;
	json_begin(&b, '{');
	for (int i = SIZE_COLS; i <= SIZE_ROWS; i++)
		if (c->values[i].given)
			json_key(&b, names[i]), json_int(&b, c->values[i].number);
	if (c->values[SIZE_WRITER].given)
		json_key(&b, "writer"), json_string(&b, c->values[SIZE_WRITER].text);
	json_end(&b, '}');
	return buf_take(&b);
}

/* Tells a live session's program something. */
static int
tell_live(struct call *c, const char *kind, const char *body, struct err *e)
{
	if (owned_live(c, e) != 0)
		return -1;
	return owned_command(c, c->values[SESSION_ID].text, kind, body, e) < 0 ? -1 : 0;
}

int
h_resize(struct call *c, struct err *e)
{
	char *body = size_body(c);
	int result = tell_live(c, "resize", body, e);
	free(body);
	return result;
}

int
h_signal(struct call *c, struct err *e)
{
	char *body = xasprintf("{\"name\":\"%s\"}", c->values[SIGNAL_NAME].text);
	int result = tell_live(c, "signal", body, e);
	free(body);
	return result;
}

int
h_stop(struct call *c, struct err *e)
{
	struct session s;
	if (owned_live(c, e) != 0 || owned_find(c, &s, e) != 0)
		return -1;
	int64_t command = owned_command(c, s.id, "stop", NULL, e);
	c->response->status = 202;
	if (command > 0)
		envelope_session(&c->response->body, &s);
	session_clear(&s);
	return command > 0 ? 0 : -1;
}

static bool
is_resumed(const struct session *s, int64_t command)
{
	return !s ||
		(s->command_done >= command && s->status != SESSION_CREATING &&
			s->status != SESSION_STARTING);
}

/* The outcome of a resume, as far as it is known. */
static int
answer_resumed(struct call *c, const struct session *s, bool settled, struct err *e)
{
	if (!s->number)
		return err_set(e, 404, "session.unknown", "There is no such session.");
	if (settled && s->status == SESSION_FAILED && s->error_code)
		return err_set(e, owned_error_status(s->error_code), s->error_code, "%s",
			s->error_text ? s->error_text
				      : "The session could not be resumed.");
	c->response->status = settled ? 200 : 202;
	envelope_session(&c->response->body, s);
	return 0;
}

int
h_resume(struct call *c, struct err *e)
{
	struct wait wait = {.session = c->values[SESSION_ID].text,
		.ms = RESUME_MS,
		.ready = is_resumed};
	struct session s;
	if (owned_find(c, &s, e) != 0)
		return -1;
	bool live = session_is_live(s.status);
	session_clear(&s);
	if (live)
		return err_set(e, 409, "session.running",
			"This session is running already.");
	char *body = size_body(c);
	wait.command = owned_command(c, wait.session, "resume", body, e);
	free(body);
	if (wait.command < 0)
		return -1;
	int rc = owned_wait(c, &wait, &s, e);
	int result = rc < 0 ? -1 : answer_resumed(c, &s, rc > 0, e);
	session_clear(&s);
	return result;
}
