/* See job.h. */
#include "config.h"

#include "fcgi/job.h"

#include "fcgi/owned.h"
#include "lib/buf.h"
#include "lib/crypt.h"
#include "lib/envelope.h"
#include "lib/json.h"

#include <stdlib.h>
#include <string.h>

enum {
	SEEN_MS = 1000, /* for the runner to take it up */
	KEEP = 100,     /* ended jobs of a person */
};

static char *
options_json(const struct job_order *order)
{
	struct buf b = BUF_INIT;
	json_begin(&b, '{');
	json_key(&b, "op"), json_string(&b, order->op);
	json_key(&b, "label"), json_string(&b, order->label);
	if (order->options && *order->options)
		buf_char(&b, ','), buf_str(&b, order->options);
	json_end(&b, '}');
	return buf_take(&b);
}

static char *
create_body(const struct job_order *order, const char *options)
{
	struct buf b = BUF_INIT;
	json_begin(&b, '{');
	json_key(&b, "kind"), json_string(&b, "job");
	json_key(&b, "title"), json_string(&b, order->label);
	json_key(&b, "cwd"), json_string(&b, order->cwd);
	json_key(&b, "workspace"), json_string(&b, order->workspace);
	json_key(&b, "options"), json_raw(&b, options);
	json_end(&b, '}');
	return buf_take(&b);
}

static void
forget(void *arg, const char *id)
{
	owned_command(arg, id, "delete", "{\"force\":false}", NULL);
}

static bool
is_there(const struct session *s, int64_t command)
{
	(void)command;
	return s != NULL;
}

/* What a job looks like that the runner has not seen yet. */
static void
put_expected(struct call *c, const struct job_order *order, const char *id,
	struct buf *envelope)
{
	struct buf detail = BUF_INIT;
	struct session s = {
		.kind = xstrdup("job"),
		.title = xstrdup(order->label),
		.status = SESSION_CREATING,
		.attention = xstrdup("none"),
		.cwd = xstrdup(order->cwd),
		.workspace = xstrdup(order->workspace),
		.command_json = xstrdup("[]"),
		.created_at = c->now,
		.updated_at = c->now,
		.exit_code = -1,
		.preview = xstrdup(""),
		.run = 1,
	};
	memcpy(s.id, id, sizeof s.id);
	json_begin(&detail, '{');
	json_key(&detail, "op"), json_string(&detail, order->op);
	json_key(&detail, "label"), json_string(&detail, order->label);
	json_key(&detail, "progress"), json_null(&detail);
	json_key(&detail, "result"), json_null(&detail);
	json_key(&detail, "problem"), json_null(&detail);
	json_end(&detail, '}');
	s.detail_json = buf_take(&detail);
	envelope_session(envelope, &s);
	session_clear(&s);
}

int
job_start(struct call *c, const struct job_order *order, struct buf *envelope,
	struct err *e)
{
	char id[ID_SIZE];
	struct session s;
	if (owned_room(c, e) != 0 ||
		session_each_old_job(c->events, c->auth.user, KEEP, forget, c, e) != 0)
		return -1;
	crypt_id(id);
	char *options = options_json(order), *body = create_body(order, options);
	int64_t command = owned_command(c, id, "create", body, e);
	free(options);
	free(body);
	if (command < 0)
		return -1;
	const struct wait wait = {.session = id, .ms = SEEN_MS, .ready = is_there};
	if (owned_wait(c, &wait, &s, e) < 0)
		return -1;
	if (s.number)
		envelope_session(envelope, &s);
	else
		put_expected(c, order, id, envelope);
	session_clear(&s);
	return 0;
}
