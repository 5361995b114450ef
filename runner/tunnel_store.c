/*
 * A tunnel's row and lines in the database, and who is told; see tunnel.h. What follows
 * from a line of the program is committed together with the line's offset, so that a
 * crash between them can lose neither. Lines that people read are written a few times a
 * second at most, however many there are.
 */
#include "config.h"

#include "lib/clock.h"
#include "lib/db.h"
#include "lib/json.h"
#include "runner/app.h"
#include "runner/hub.h"
#include "runner/run.h"
#include "runner/tunnel.h"

#include <stdlib.h>
#include <string.h>

enum { SAVE_LINES_MS = 300 };

/* Cut between characters. */
static size_t
fitting(const char *text, size_t len)
{
	if (len <= TUNNEL_TEXT_MAX)
		return len;
	len = TUNNEL_TEXT_MAX;
	while (len && ((unsigned char)text[len] & 0xc0) == 0x80)
		len--;
	return len;
}

void
tunnel_keep_line(struct tunnel *t, const char *text, size_t len)
{
	int64_t now = clock_now(), n = t->line_next++ % TUNNEL_LINES;
	free(t->lines[n].text);
	t->lines[n].text = xstrndup(text, fitting(text, len));
	t->lines[n].at = now;
	if (t->save_lines_at)
		return;
	t->save_lines_at = now + SAVE_LINES_MS;
	tunnel_wake(t);
}

static int
store_row(struct db *events, const void *arg, struct err *e)
{
	/* The runner's one thread: what is stored is known only here. */
	struct tunnel *t = (struct tunnel *)(uintptr_t)arg;
	t->staged = t->version;
	return tunnel_row_save(events, &t->row, e);
}

/* What everybody may know; who may know more asks. */
static void
tell(const struct tunnel *t)
{
	struct buf b = BUF_INIT;
	if (!t->app->hub)
		return; /* the runner ends */
	json_begin(&b, '{');
	json_key(&b, "channel"), json_string(&b, "tunnel");
	json_key(&b, "type"), json_string(&b, "changed");
	json_key(&b, "data"), json_begin(&b, '{');
	json_key(&b, "kind"), json_string(&b, t->row.kind);
	json_key(&b, "state"), json_string(&b, tunnel_state_name(t->row.state));
	json_key(&b, "public"), json_truth(&b, tunnel_is_public(t));
	json_key(&b, "url"), json_string(&b, t->row.url);
	json_key(&b, "since"), json_int(&b, t->row.since);
	json_maybe(&b, "ends_at", t->row.ends_at, 0);
	json_end(&b, '}');
	json_end(&b, '}');
	hub_tell_all(t->app->hub, &b);
	buf_free(&b);
}

static void
committed(struct tunnel *t)
{
	if (t->staged <= t->saved)
		return;
	t->saved = t->staged;
	tell(t);
}

static void
after_turn(void *arg)
{
	committed(arg);
}

void
tunnel_save_with_run(struct tunnel *t, struct run *run)
{
	const struct emission emission = {.store = store_row,
		.forget = after_turn,
		.arg = t};
	run_emit_line(run, &emission);
}

static int
store_lines(struct tunnel *t, struct err *e)
{
	int64_t n = t->line_saved;
	if (n < t->line_next - TUNNEL_LINES)
		n = t->line_next - TUNNEL_LINES;
	for (; n < t->line_next; n++) {
		int64_t slot = n % TUNNEL_LINES;
		if (tunnel_line_save(t->app->events, t->kind->name, n, t->lines[slot].at,
			    t->lines[slot].text, e) != 0)
			return -1;
	}
	return 0;
}

bool
tunnel_save(struct tunnel *t)
{
	struct db *events = t->app->events;
	struct err e = {0};
	bool lines = t->line_saved < t->line_next && clock_now() >= t->save_lines_at;
	if (t->saved == t->version && !lines)
		return true;
	if (db_begin(events, DB_NORMAL, &e) != 0)
		return false;
	if (store_row(events, t, &e) != 0 || (lines && store_lines(t, &e) != 0) ||
		db_commit(events, &e) != 0) {
		db_rollback(events);
		if (strcmp(e.code, "db.busy") != 0)
			log_error(&t->app->log, "tunnel %s: cannot be recorded: %s",
				t->kind->name, e.text);
		return false;
	}
	committed(t);
	if (lines) {
		t->line_saved = t->line_next;
		t->save_lines_at = 0;
	}
	return true;
}
