/*
 * The events that a run emits, until they are recorded; see run.h. Output and the run's
 * own events have one order: a pending event stands at an offset of the output and is
 * recorded when everything before that offset is.
 */
#include "config.h"

#include "runner/run.h"

#include "lib/buf.h"
#include "lib/json.h"
#include "runner/adapter.h"
#include "runner/app.h"
#include "runner/recorder.h"
#include "runner/run_parts.h"

#include <stdlib.h>

void
run_drop_pending(struct run *run)
{
	struct pending *p = TAILQ_FIRST(&run->pending);
	TAILQ_REMOVE(&run->pending, p, link);
	if (p->forget)
		p->forget(p->arg);
	free(p->data);
	free(p);
}

struct pending *
run_add_pending(struct run *run, int64_t at, const char *channel, const char *type,
	char *data)
{
	struct pending *p = xcalloc(1, sizeof *p);
	struct pending *last = TAILQ_LAST(&run->pending, pending_queue);
	if (last && last->at > at)
		at = last->at;
	*p = (struct pending){.at = at, .channel = channel, .type = type, .data = data};
	TAILQ_INSERT_TAIL(&run->pending, p, link);
	recorder_add(run->app->recorder, run);
	return p;
}

void
run_emit(struct run *run, bool after_output, const char *channel, const char *type,
	char *data)
{
	int64_t at = 0;
	if (after_output && run->link)
		at = (int64_t)shim_link_head(run->link);
	run_add_pending(run, at, channel, type, data);
}

/* It stands where the adapter has read to: before what waits for later output. */
void
run_emit_line(struct run *run, const struct emission *m)
{
	struct pending *p = xcalloc(1, sizeof *p), *later = NULL;
	if (m->command > run->noting)
		run->noting = m->command;
	*p = (struct pending){.at = run->read,
		.channel = m->channel,
		.type = m->type,
		.data = m->data,
		.command = m->command,
		.store = m->store,
		.forget = m->forget,
		.arg = m->arg};
	TAILQ_FOREACH(later, &run->pending, link)
	if (later->at > p->at)
		break;
	if (later)
		TAILQ_INSERT_BEFORE(later, p, link);
	else
		TAILQ_INSERT_TAIL(&run->pending, p, link);
	recorder_add(run->app->recorder, run);
}

bool
run_is_pending(const struct run *run, int64_t command)
{
	const struct pending *p;
	TAILQ_FOREACH(p, &run->pending, link)
	if (p->command == command)
		return true;
	return false;
}

void
run_emit_size(struct run *run, const char *by)
{
	struct buf b = BUF_INIT;
	if (!run->adapter->has_size)
		return;
	json_begin(&b, '{');
	json_key(&b, "cols"), json_int(&b, run->row.cols);
	json_key(&b, "rows"), json_int(&b, run->row.rows);
	json_key(&b, "by"), json_string(&b, by);
	json_end(&b, '}');
	run_emit(run, true, "pty:resize", "resize", buf_take(&b));
}
