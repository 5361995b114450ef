/* What a run writes in the recorder's transaction, and how it goes on when that is
 * committed; see run.h. */
#include "config.h"

#include "runner/run.h"

#include "lib/clock.h"
#include "lib/store/event.h"
#include "runner/adapter.h"
#include "runner/app.h"
#include "runner/bus.h"
#include "runner/inbox.h"
#include "runner/recorder.h"
#include "runner/run_lines.h"
#include "runner/run_parts.h"
#include "runner/say.h"

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
	if ((p->channel && append(run, &ev, e) != 0) ||
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
		run_tell_end(run, &run->exit);
		run_add_exit(run);
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
		run_drop_pending(run);
	if (run->staged.row)
		run->row_changed = false;
	bool again = run->rolled_back;
	run->rolled_back = run->private_changed = false;
	line_reader_saved(&run->reader);
	run->noted = run->row.op_noted;
	run->listening = run->listens;
	if (run->link && run->staged.offset > run->row.ring_offset) {
		if (run->adapter->output_channel)
			run_remember_tail(run, run->row.ring_offset, run->staged.offset);
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
