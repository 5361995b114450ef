/*
 * What a run has to record, and how it goes on when that is committed; see run.h. The
 * conversation with the shim is in run_link.c, what people ask of it in commands.c.
 *
 * Output and the run's own events have one order: a pending event stands at an offset of
 * the output and is recorded when everything before that offset is.
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
#include "runner/bus.h"
#include "runner/inbox.h"
#include "runner/preview.h"
#include "runner/recorder.h"
#include "runner/registry.h"
#include "runner/run_lines.h"
#include "runner/run_link.h"
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

static void
drop_pending(struct run *run)
{
	struct pending *p = TAILQ_FIRST(&run->pending);
	TAILQ_REMOVE(&run->pending, p, link);
	if (p->forget)
		p->forget(p->arg);
	free(p->data);
	free(p);
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
		drop_pending(run);
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

static struct pending *
add_pending(struct run *run, int64_t at, const char *channel, const char *type,
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
	add_pending(run, at, channel, type, data);
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
	if (status != SESSION_CREATING && status != SESSION_STARTING)
		run_emit(run, true, "session:status", "status",
			status_json(run, status, NULL));
}

static void tell_end(struct run *run, const struct shim_exit *exit);

void
run_fail(struct run *run, enum session_status status, const char *code, const char *text)
{
	free(run->row.error_code);
	free(run->row.error_text);
	run->row.error_code = xstrdup(code);
	run->row.error_text = xstrdup(text);
	run->row.ended_at = clock_now();
	tell_end(run, NULL);
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

static void
add_exit(struct run *run)
{
	struct pending *p = add_pending(run, (int64_t)run->exit.head, "session:status",
		"status", status_json(run, SESSION_EXITED, &run->exit));
	p->apply = apply_exit;
}

/* What speaks in lines has its last word first; see take_lines(). */
void
run_set_exit(struct run *run, const struct shim_exit *exit)
{
	run->exit = *exit;
	run->exit_known = true;
	run->exit_told = false;
	if (!run->adapter->line)
		add_exit(run);
	recorder_add(run->app->recorder, run);
}

/* The adapter of what speaks in lines has nothing more to expect. */
static void
tell_end(struct run *run, const struct shim_exit *exit)
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

void
run_remember(struct run *run, char *private_json)
{
	free(run->row.private_json);
	run->row.private_json = private_json;
	run->private_changed = true;
	recorder_add(run->app->recorder, run);
}

/* Puts the text (taken over) into the row when it is another one. */
static void
change_text(struct run *run, char **to, char *text)
{
	if (*to && strcmp(*to, text) == 0) {
		free(text);
		return;
	}
	free(*to);
	*to = text;
	run_changed(run);
}

void
run_show(struct run *run, char *detail_json)
{
	change_text(run, &run->row.detail_json, detail_json);
}

void
run_attend(struct run *run, const char *attention)
{
	change_text(run, &run->row.attention, xstrdup(attention));
}

void
run_preview(struct run *run, const char *text, size_t len)
{
	char line[PREVIEW_SIZE];
	preview_line(text, len, line);
	change_text(run, &run->row.preview, xstrdup(line));
}

void
run_refresh_preview(struct run *run)
{
	char line[PREVIEW_SIZE];
	if (!run->tail_changed)
		return;
	run->tail_changed = false;
	preview_line(run->tail, run->tail_len, line);
	if (strcmp(line, run->row.preview) == 0)
		return;
	free(run->row.preview);
	run->row.preview = xstrdup(line);
	run_changed(run);
}

static void
add_to_tail(struct run *run, const char *bytes, size_t len)
{
	size_t size = sizeof run->tail;
	size_t add = len < size ? len : size;
	size_t keep = run->tail_len < size - add ? run->tail_len : size - add;
	memmove(run->tail, run->tail + run->tail_len - keep, keep);
	memcpy(run->tail + keep, bytes + len - add, add);
	run->tail_len = keep + add;
	run->tail_changed = true;
}

/* The ring gives what stands together: two pieces where it begins anew. */
static void
remember_tail(struct run *run, int64_t from, int64_t to)
{
	while (from < to) {
		const void *bytes;
		size_t n = shim_link_peek(run->link, (uint64_t)from, &bytes);
		if (n == 0)
			return;
		if ((int64_t)n > to - from)
			n = (size_t)(to - from);
		add_to_tail(run, bytes, n);
		from += (int64_t)n;
	}
}

/* ---- recording ---- */

size_t
run_waiting(const struct run *run)
{
	int64_t from = run->adapter->line ? run->read : run->row.ring_offset;
	if (!run->link)
		return 0;
	int64_t head = (int64_t)shim_link_head(run->link);
	return head > from ? (size_t)(head - from) : 0;
}

static int
append(struct run *run, struct event *ev, struct err *e)
{
	ev->session = run->row.number;
	ev->seq = run->staged.seq + 1;
	ev->output = run->staged.output + (int64_t)ev->len;
	ev->ts = clock_now();
	if (recorder_append(run->app->recorder, run, ev, e) != 0)
		return -1;
	run->staged.seq++;
	run->staged.output = ev->output;
	return 0;
}

static int
record_pending(struct run *run, struct pending *p, struct err *e)
{
	struct event ev = {.channel = p->channel, .type = p->type, .data = p->data};
	if (append(run, &ev, e) != 0 ||
		(p->store && p->store(run->app->events, p->arg, e) != 0))
		return -1;
	if (p->apply)
		p->apply(run);
	if (p->command > run->row.op_noted)
		run->row.op_noted = p->command;
	run->staged.count++;
	return 0;
}

/* Passes on lines of the program, and its end when that is all. */
static void
take_lines(struct run *run, size_t most)
{
	if (!run->rolled_back)
		run_lines_read(run, most);
	if (run->exit_known && !run->exit_told && run->row.status != SESSION_CREATING &&
		(run->read >= (int64_t)run->exit.head || !run->link)) {
		run->exit_told = true;
		tell_end(run, &run->exit);
		add_exit(run);
	}
	run->staged.offset = run->read;
}

/* The next piece of output that comes before `end`; 0 when there is none. */
static size_t
next_output(const struct run *run, const struct pending *end, size_t most,
	const void **bytes)
{
	size_t n = run->link && run->adapter->output_channel
		? shim_link_peek(run->link, (uint64_t)run->staged.offset, bytes)
		: 0;
	if (end && (int64_t)n > end->at - run->staged.offset)
		n = (size_t)(end->at - run->staged.offset);
	return n < most ? n : most;
}

static int
record_events(struct run *run, size_t most, struct err *e)
{
	if (run->adapter->line)
		take_lines(run, most);
	struct pending *p = TAILQ_FIRST(&run->pending);
	for (;;) {
		const void *bytes = NULL;
		size_t n = 0;
		if (!p || p->at > run->staged.offset)
			n = next_output(run, p, most, &bytes);
		if (n > 0) {
			struct event ev = {.channel = run->adapter->output_channel,
				.type = "output",
				.bytes = bytes,
				.len = n};
			if (append(run, &ev, e) != 0)
				return -1;
			run->staged.offset += (int64_t)n;
			most -= n;
			continue;
		}
		/* An event whose output cannot come any more is due as well. */
		bool due = p &&
			(p->at <= run->staged.offset || !run->link ||
				(run->link_lost && most > 0));
		if (!due)
			return 0;
		if (record_pending(run, p, e) != 0)
			return -1;
		p = TAILQ_NEXT(p, link);
	}
}

static int
record_row(struct run *run, struct err *e)
{
	struct session row = run->row;
	row.last_seq = run->staged.seq;
	row.ring_offset = run->staged.offset;
	row.output = run->staged.output;
	if (run->deleting && !session_is_live(row.status) && !run->link) {
		run->staged.deleted = true;
		return session_mark_deleted(run->app->events, row.number, clock_now(), e);
	}
	run->staged.row = run->row_changed;
	return run->row_changed || run->private_changed
		? session_update(run->app->events, &row, e)
		: session_advance(run->app->events, &row, e);
}

int
run_record(struct run *run, size_t most, struct err *e)
{
	run->staged.seq = run->row.last_seq;
	run->staged.offset = run->row.ring_offset;
	run->staged.output = run->row.output;
	run->staged.count = 0;
	run->staged.row = run->staged.created = run->staged.deleted = false;
	if (run->row.number == 0) {
		run->staged.created = true;
		if (session_insert(run->app->events, &run->row, e) != 0)
			return -1;
	}
	if (record_events(run, most, e) != 0 ||
		(run->adapter->line && run_lines_save(run, e) != 0))
		return -1;
	return record_row(run, e);
}

void
run_rolled_back(struct run *run)
{
	if (run->staged.created)
		run->row.number = 0;
	run->rolled_back = true;
	recorder_add(run->app->recorder, run);
}

static void
tell_bus(struct run *run)
{
	struct bus *bus = run->app->bus;
	if (run->staged.created)
		bus_session(bus, SESSION_CREATED, &run->row);
	else if (run->staged.deleted)
		bus_session(bus, SESSION_DELETED, &run->row);
	else if (run->staged.row)
		bus_session(bus,
			session_is_live(run->row.status) ? SESSION_CHANGED
							 : SESSION_ENDED,
			&run->row);
}

void
run_committed(struct run *run)
{
	struct app *app = run->app;
	run->row.last_seq = run->staged.seq;
	run->row.output = run->staged.output;
	for (; run->staged.count > 0; run->staged.count--)
		drop_pending(run);
	if (run->staged.row)
		run->row_changed = false;
	bool again = run->rolled_back;
	run->rolled_back = run->private_changed = false;
	line_reader_saved(&run->reader);
	run->noted = run->row.op_noted;
	run->listening = run->listens;
	if (run->link && run->staged.offset > run->row.ring_offset) {
		if (run->adapter->output_channel)
			remember_tail(run, run->row.ring_offset, run->staged.offset);
		shim_link_ack(run->link, (uint64_t)run->staged.offset);
	}
	run->row.ring_offset = run->staged.offset;
	if (run->staged.deleted && run->delete_command)
		run->finishing[run->finishing_count++] = run->delete_command;
	bool many = run->finishing_count >= MAX_FLIGHTS; /* others had to wait */
	inbox_finished(app->inbox, run->finishing, (size_t)run->finishing_count);
	run->finishing_count = 0;
	tell_bus(run);
	/* Nobody comes by later for the last line of what has ended. */
	if (!session_is_live(run->row.status) && !run->staged.deleted)
		run_refresh_preview(run);
	if (run->row_changed || ((run->link_lost || again) && run_waiting(run) > 0))
		recorder_add(app->recorder, run);
	if (run->blocked && (many || !session_is_live(run->row.status)))
		run_take_commands(run);
	say_more(run);
	run_advance(run);
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
		run_destroy(run);
		return;
	}
	if (run->link_lost)
		run_link_reconnect(run);
	else if (!run->link && run->row.status == SESSION_CREATING)
		run_link_spawn(run);
	else if (!run->link && run->deleting && !session_is_live(run->row.status))
		recorder_add(run->app->recorder, run);
	else if (!run->link || !run->welcomed)
		return; /* the shim's word comes next */
	else if (run->row.status == SESSION_STARTING && !run->start_sent)
		run_link_start(run);
	else if (run->row.status == SESSION_STOPPING && !run->close_sent)
		run_link_close(run);
	else if (has_ended(run) && TAILQ_EMPTY(&run->pending))
		shim_link_exit_ack(run->link, NULL);
}
