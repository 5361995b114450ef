/*
 * The life of a run: how it begins, what its next step is, how it ends; see run.h. What
 * it has to record is in run_emit.c and run_record.c, what people see of it in
 * run_show.c, the conversation with the shim in run_link.c, what people ask of it in
 * commands.c.
 */
#include "config.h"

#include "runner/run.h"

#include "lib/buf.h"
#include "lib/clock.h"
#include "lib/envelope.h"
#include "lib/json.h"
#include "lib/store/event.h"
#include "runner/adapter.h"
#include "runner/app.h"
#include "runner/groups.h"
#include "runner/recorder.h"
#include "runner/registry.h"
#include "runner/run_lines.h"
#include "runner/run_link.h"
#include "runner/run_parts.h"
#include "runner/say.h"

#include <event2/event.h>

#include <stdlib.h>
#include <string.h>

struct run *
run_create(struct app *app, struct session *row)
{
	const struct adapter *adapter = adapter_find(row->kind);
	if (!adapter) {
		log_error(&app->log, "session %s: unknown kind %s", row->id, row->kind);
		session_clear(row);
		return NULL;
	}
	struct run *run = xcalloc(1, sizeof *run);
	run->app = app;
	run->adapter = adapter;
	run->row = *row;
	*row = (struct session){0};
	TAILQ_INIT(&run->pending);
	TAILQ_INIT(&run->sayings);
	run->said_k = run->row.input_done;
	run->noted = run->noting = run->row.op_noted;
	if (adapter->line)
		run_lines_begin(run);
	if (adapter->attach)
		adapter->attach(run);
	registry_add(app->registry, run);
	if (run->row.number == 0)
		run_changed(run);
	return run;
}

void
run_destroy(struct run *run)
{
	recorder_forget(run->app->recorder, run);
	registry_remove(run->app->registry, run);
	shim_link_free(run->link);
	if (run->retry)
		event_free(run->retry);
	while (!TAILQ_EMPTY(&run->pending))
		run_drop_pending(run);
	say_nothing(run);
	if (run->adapter->detach)
		run->adapter->detach(run);
	line_reader_free(&run->reader);
	session_clear(&run->row);
	free(run);
}

void
run_changed(struct run *run)
{
	run->row.updated_at = clock_now();
	run->row_changed = true;
	recorder_add(run->app->recorder, run);
}

static char *
status_json(const struct run *run, enum session_status status,
	const struct shim_exit *exit)
{
	struct buf b = BUF_INIT;
	char text[8];
	json_begin(&b, '{');
	json_key(&b, "status"), json_string(&b, session_status_name(status));
	json_key(&b, "run"), json_int(&b, run->row.run);
	if (exit && exit->signal)
		json_key(&b, "exit_signal"),
			json_string(&b, envelope_signal(exit->signal, text));
	else if (exit)
		json_key(&b, "exit_code"), json_int(&b, exit->code);
	if (run->row.error_code) {
		json_key(&b, "error"), json_begin(&b, '{');
		json_key(&b, "code"), json_string(&b, run->row.error_code);
		json_key(&b, "detail"), json_string(&b, run->row.error_text);
		json_end(&b, '}');
	}
	json_end(&b, '}');
	return buf_take(&b);
}

void
run_set_status(struct run *run, enum session_status status)
{
	if (run->row.status == status)
		return;
	run->row.status = status;
	run_changed(run);
	/* The ring may hold its first output before we hear that it runs. */
	if (status != SESSION_CREATING && status != SESSION_STARTING)
		run_emit(run, status != SESSION_RUNNING, "session:status", "status",
			status_json(run, status, NULL));
}

static void
set_error(struct run *run, const char *code, const char *text)
{
	free(run->row.error_code);
	free(run->row.error_text);
	run->row.error_code = xstrdup(code);
	run->row.error_text = xstrdup(text);
}

void
run_fail(struct run *run, enum session_status status, const char *code, const char *text)
{
	set_error(run, code, text);
	run->row.ended_at = clock_now();
	run_tell_end(run, NULL);
	run_set_status(run, status);
	run_take_again(run);
}

static void
apply_exit(struct run *run)
{
	run->row.status = SESSION_EXITED;
	run->row.exit_code = run->exit.signal ? -1 : run->exit.code;
	run->row.exit_signal = run->exit.signal;
	run->row.ended_at = run->row.updated_at = clock_now();
	if ((int64_t)run->exit.input_done > run->row.input_done)
		run->row.input_done = (int64_t)run->exit.input_done;
	run->row_changed = true;
	run_take_again(run);
}

void
run_add_exit(struct run *run)
{
	struct pending *p = run_add_pending(run, (int64_t)run->exit.head,
		"session:status", "status", status_json(run, SESSION_EXITED, &run->exit));
	p->apply = apply_exit;
}

/* What speaks in lines has its last word first; see take_lines(). */
void
run_set_exit(struct run *run, const struct shim_exit *exit)
{
	run->exit = *exit;
	run->exit_known = true;
	run->exit_told = false;
	char *text = groups_out_of_memory(run->app->groups, run);
	if (text)
		set_error(run, "session.out_of_memory", text);
	free(text);
	if (!run->adapter->line)
		run_add_exit(run);
	recorder_add(run->app->recorder, run);
}

/* The adapter of what speaks in lines has nothing more to expect. */
void
run_tell_end(struct run *run, const struct shim_exit *exit)
{
	if (!run->adapter->line)
		return;
	run_lines_end(run);
	say_nothing(run);
	run->adapter->ended(run, exit);
}

void
run_take_again(struct run *run)
{
	run->taken = 0;
	run->flight_count = 0;
	run->blocked = true;
	say_again(run);
}

void
run_finish_command(struct run *run, int64_t id)
{
	run->finishing[run->finishing_count++] = id;
	if (run->row.command_done < id)
		run->row.command_done = id;
	/* An input is answered by output, and that is recorded first. */
	recorder_add_later(run->app->recorder, run);
}

/* ---- life ---- */

static bool
nothing_left(const struct run *run)
{
	return run->staged.deleted ||
		(!session_is_live(run->row.status) && !run->link && !run->queued &&
			!run->deleting && run->finishing_count == 0);
}

/* The program of this shim has: the session, or the run before one that is asked for. */
static bool
has_ended(const struct run *run)
{
	return !session_is_live(run->row.status) ||
		(run->row.status == SESSION_CREATING && run->exit_known);
}

void
run_advance(struct run *run)
{
	if (run->queued)
		return; /* the row says more than is committed: another turn comes first
		         */
	if (nothing_left(run)) {
		struct groups *groups = run->app->groups;
		run_destroy(run);
		groups_sweep(groups);
		return;
	}
	if (run->link_lost)
		run_link_reconnect(run);
	else if (!run->link && run->row.status == SESSION_CREATING)
		run_link_spawn(run);
	else if (!run->link && run->deleting && !session_is_live(run->row.status))
		recorder_add(run->app->recorder, run);
	else if (!run->link && run->row.status == SESSION_STOPPING && !run->term_sent)
		run_link_retry(run);
	else if (!run->link || !run->welcomed)
		return; /* the shim's word comes next */
	else if (run->row.status == SESSION_STARTING && !run->start_sent)
		run_link_start(run);
	else if (run->row.status == SESSION_STOPPING && !run->close_sent)
		run_link_close(run);
	else if (has_ended(run) && TAILQ_EMPTY(&run->pending))
		shim_link_exit_ack(run->link, NULL);
}
