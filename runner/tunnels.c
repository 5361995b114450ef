/*
 * The life of a tunnel; see tunnels.h. All that it does follows from its row, the state
 * of its program and the time: step() looks at these and does what is due, after each
 * thing that happens and when a time has come. So a runner that is started anew just
 * goes on.
 *
 *	off       → starting   ordered, or with the server
 *	starting  → login      the program asks for a sign-in
 *	          → open       it has told its address
 *	          → retrying   it ended, or said nothing for tunnel.patience
 *	retrying  → starting   after 1 s, 2 s, 4 s … 60 s (times of tunnel.retry)
 *	          → failed     after tunnel.tries in a row; at once when it is of no use
 *	any       → off        ordered, at the set time, with the server
 *
 * A tunnel that is off has no address from that moment on, while its program is still
 * being stopped; the next one waits until that is gone.
 */
#include "config.h"

#include "runner/tunnels.h"

#include "lib/clock.h"
#include "lib/crypt.h"
#include "lib/db.h"
#include "lib/json.h"
#include "lib/json_read.h"
#include "lib/path.h"
#include "lib/store/session.h"
#include "runner/app.h"
#include "runner/run.h"
#include "runner/tunnel.h"

#include <event2/event.h>
#include <json-c/json.h>

#include <stdlib.h>
#include <string.h>

enum {
	MINUTES = 480,       /* that a public one is open, when nothing else is set */
	SAVE_AGAIN_MS = 20,  /* somebody has the lock */
	NOTE_AGAIN_MS = 250, /* the same; of the audit */
	LOOK_AGAIN_MS = 100, /* a program that begins cannot be stopped yet */
};

struct tunnels {
	struct app *app;
	bool begun;
	struct tunnel list[TUNNEL_KINDS];
};

struct tunnel *
tunnels_find(struct tunnels *all, const char *kind)
{
	for (int i = 0; kind && i < TUNNEL_KINDS; i++)
		if (strcmp(all->list[i].kind->name, kind) == 0)
			return &all->list[i];
	return NULL;
}

void
tunnel_wake(struct tunnel *t)
{
	if (t->all->begun)
		event_active(t->timer, EV_TIMEOUT, 0);
}

/* ---- its program ---- */

static char *
options_json(const struct tunnel *t)
{
	struct buf b = BUF_INIT;
	json_begin(&b, '{');
	json_key(&b, "tunnel"), json_string(&b, t->kind->name);
	json_end(&b, '}');
	return buf_take(&b);
}

/* It belongs to nobody: who may do what with it is decided by the tunnel's routes. */
static void
new_row(const struct tunnel *t, struct session *s)
{
	int64_t now = clock_now();
	*s = (struct session){
		.kind = xstrdup("tunnel"),
		.title = xstrdup(t->kind->title),
		.status = SESSION_CREATING,
		.attention = xstrdup("none"),
		.cwd = path_home(),
		.command_json = xstrdup("[]"),
		.env_json = xstrdup("{}"),
		.options_json = options_json(t),
		.created_at = now,
		.updated_at = now,
		.started_at = now,
		.exit_code = -1,
		.preview = xstrdup(""),
		.run = 1,
		.boot_id = xstrdup(t->app->boot_id),
	};
	crypt_id(s->id);
	crypt_random(s->cookie, sizeof s->cookie);
}

/* The session and the row that says so are committed together. */
static void
spawn(struct tunnel *t)
{
	struct session row;
	tunnel_clear_cause(t);
	t->restarting = false;
	if (t->row.state != TUNNEL_STARTING)
		tunnel_set_state(t, TUNNEL_STARTING);
	new_row(t, &row);
	struct run *run = run_create(t->app, &row);
	if (run)
		tunnel_save_with_run(t, run);
}

/* False: it has just begun, try again. */
static bool
stop_program(struct tunnel *t)
{
	enum session_status status = t->run->row.status;
	if (status == SESSION_CREATING || status == SESSION_STARTING)
		return false;
	if (status != SESSION_STOPPING)
		run_set_status(t->run, SESSION_STOPPING);
	return true;
}

/* ---- what is wanted ---- */

static void
take_settings(struct tunnel *t, const char *json)
{
	json_object_put(t->settings);
	if (json_parse(&t->settings, json, strlen(json), NULL) != 0)
		t->settings = json_object_new_object(); /* handlers store no such thing */
}

static int64_t
end_of(const struct tunnel *t, int64_t now)
{
	bool public = tunnel_is_public(t);
	int64_t most = t->app->conf.tunnel_lifetime;
	int64_t seconds =
		60 * json_member_int(t->settings, "minutes", public ? MINUTES : 0);
	if (public && (seconds == 0 || seconds > most))
		seconds = most;
	return seconds ? now + seconds * 1000 : 0;
}

/* False: they are switched off. */
static bool
begin(struct tunnel *t, const char *action, int64_t now)
{
	if (!t->app->conf.tunnel_allowed) {
		tunnel_close(t, "tunnel.forbidden",
			"Tunnels are switched off for this server (tunnel.allowed).");
		return false;
	}
	t->row.tries = 0;
	t->row.stage = tunnel_first_stage(t, action);
	t->row.ends_at = end_of(t, now);
	t->restarting = t->run != NULL;
	tunnel_clear_cause(t);
	tunnel_set_state(t, TUNNEL_STARTING);
	tunnel_set_error(t, NULL, NULL);
	tunnel_keep_settings(t);
	return true;
}

static void
obey(struct tunnel *t, const struct tunnel_order *order)
{
	int64_t now = clock_now();
	t->row.number = order->number;
	if (strcmp(order->action, "stop") == 0) {
		tunnel_close(t, NULL, NULL);
		return;
	}
	take_settings(t, order->settings_json);
	if (now - order->at <= t->app->conf.command_ttl)
		begin(t, order->action, now);
	else {
		tunnel_note(t, "tunnel.fail");
		tunnel_close(t, "tunnel.late",
			"Nobody was there when it was to be opened. Open it again.");
	}
}

static int
find_order(struct tunnel *t, struct tunnel_order *order)
{
	struct err e = {0};
	int rc = tunnel_order_find(t->app->state, t->kind->name, order, &e);
	if (rc != 0)
		log_error(&t->app->log, "tunnel %s: cannot read what is wanted: %s",
			t->kind->name, e.text);
	return rc;
}

void
tunnels_look(struct tunnels *all)
{
	for (int i = 0; all->begun && i < TUNNEL_KINDS; i++) {
		struct tunnel *t = &all->list[i];
		struct tunnel_order order;
		if (find_order(t, &order) == 0 && order.number > t->row.number)
			obey(t, &order);
		tunnel_order_clear(&order);
	}
}

/* ---- what is due ---- */

static int64_t
sooner(int64_t a, int64_t b)
{
	return a == 0 || (b && b < a) ? b : a;
}

/* When a program that has told nothing is given up; 0: never. */
static int64_t
silent_at(const struct tunnel *t)
{
	if (t->row.state == TUNNEL_STARTING)
		return t->row.since + t->app->conf.tunnel_patience;
	if (t->row.state == TUNNEL_LOGIN)
		return t->row.login_until + t->app->conf.tunnel_patience;
	return 0;
}

static void
check_times(struct tunnel *t, int64_t now)
{
	if (tunnel_is_wanted(t) && t->row.ends_at && now >= t->row.ends_at) {
		tunnel_note(t, "tunnel.expire");
		tunnel_close(t, "tunnel.closed", "It was closed at the set time.");
	}
	if (silent_at(t) && now >= silent_at(t) && t->run && !t->cause_code)
		tunnel_set_cause(t, "tunnel.silent",
			"Its program told no address in time.", false);
	if (t->row.state == TUNNEL_OPEN && t->kind->leads_here && now >= t->health_due)
		tunnel_health_ask(t);
}

/* A cause that was found while it is open is only kept for its end. */
static bool
is_to_stop(const struct tunnel *t, int64_t now)
{
	return !tunnel_is_wanted(t) || t->restarting ||
		(t->cause_final && t->row.state != TUNNEL_OPEN) ||
		(t->cause_code && silent_at(t) && now >= silent_at(t));
}

/* Returns when to look again; 0: when something happens. */
static int64_t
act(struct tunnel *t, int64_t now)
{
	if (t->run && is_to_stop(t, now))
		return stop_program(t) ? 0 : now + LOOK_AGAIN_MS;
	if (!t->run && tunnel_is_wanted(t) && !t->app->ending && now >= t->row.retry_at)
		spawn(t);
	return 0;
}

static int64_t
next_time(const struct tunnel *t, int64_t now, int64_t again)
{
	int64_t due = sooner(again, t->row.retry_at);
	due = sooner(due, t->save_lines_at);
	if (tunnel_is_wanted(t))
		due = sooner(due, t->row.ends_at);
	if (t->run && silent_at(t) > now)
		due = sooner(due, silent_at(t));
	if (t->row.state == TUNNEL_OPEN && t->kind->leads_here && !t->health)
		due = sooner(due, t->health_due);
	return due;
}

static void
step(evutil_socket_t fd, short what, void *arg)
{
	struct tunnel *t = arg;
	int64_t now = clock_now();
	(void)fd, (void)what;
	check_times(t, now);
	int64_t again = act(t, now);
	if (!tunnel_save(t))
		again = sooner(again, now + SAVE_AGAIN_MS);
	if (!tunnel_audit(t))
		again = sooner(again, now + NOTE_AGAIN_MS);
	int64_t due = next_time(t, now, again);
	if (!due)
		return;
	int64_t ms = due > now ? due - now : 1;
	struct timeval delay = {ms / 1000, ms % 1000 * 1000};
	event_add(t->timer, &delay);
}

/* ---- beginning and end ---- */

static int
load(struct tunnel *t, struct err *e)
{
	struct tunnel_order order;
	if (tunnel_row_find(t->app->events, t->kind->name, &t->row, e) != 0 ||
		tunnel_order_find(t->app->state, t->kind->name, &order, e) != 0)
		return -1;
	take_settings(t,
		t->row.settings_json ? t->row.settings_json : order.settings_json);
	tunnel_order_clear(&order);
	t->line_next = t->line_saved = tunnel_line_next(t->app->events, t->kind->name, e);
	return t->line_next < 0 ? -1 : 0;
}

struct tunnels *
tunnels_create(struct app *app, struct err *e)
{
	struct tunnels *all = xcalloc(1, sizeof *all);
	int rc = tunnel_sweep(app->events, clock_now(), e);
	all->app = app;
	for (int i = 0; i < TUNNEL_KINDS; i++) {
		struct tunnel *t = &all->list[i];
		t->app = app;
		t->all = all;
		t->kind = tunnel_kind_at(i);
		t->complaints.most = TUNNEL_LINE_MAX;
		t->timer = event_new(app->base, -1, 0, step, t);
		if (rc == 0)
			rc = load(t, e);
	}
	if (rc == 0)
		return all;
	tunnels_destroy(all);
	return NULL;
}

/* The server was started, not only its runner: the machine was, or all was ended before.
 */
static void
begin_with_server(struct tunnel *t)
{
	struct tunnel_order order;
	free(t->row.server);
	t->row.server = xstrdup(t->app->boot_id);
	if (tunnel_is_wanted(t)) {
		tunnel_note(t, "tunnel.end");
		tunnel_close(t, "tunnel.restarted", "The machine was restarted.");
	}
	if (find_order(t, &order) == 0)
		take_settings(t, order.settings_json);
	tunnel_order_clear(&order);
	if (json_member_truth(t->settings, "start_at_boot") &&
		begin(t, "start", clock_now()))
		tunnel_note(t, "tunnel.start");
	tunnel_changed(t);
}

void
tunnels_begin(struct tunnels *all)
{
	all->begun = true;
	for (int i = 0; i < TUNNEL_KINDS; i++) {
		struct tunnel *t = &all->list[i];
		if (strcmp(t->row.server, all->app->boot_id) != 0)
			begin_with_server(t);
		else if (!all->app->conf.tunnel_allowed && tunnel_is_wanted(t)) {
			tunnel_note(t, "tunnel.end");
			begin(t, "start", clock_now()); /* which refuses */
		}
		tunnel_wake(t);
	}
	tunnels_look(all);
}

/* A tunnel that starts with the server does so with the next one. */
void
tunnels_end(struct tunnels *all)
{
	for (int i = 0; i < TUNNEL_KINDS; i++) {
		struct tunnel *t = &all->list[i];
		free(t->row.server);
		t->row.server = xstrdup("");
		if (tunnel_is_wanted(t)) {
			tunnel_note(t, "tunnel.end");
			tunnel_close(t, NULL, NULL);
		}
		tunnel_changed(t);
	}
}

void
tunnels_destroy(struct tunnels *all)
{
	if (!all)
		return;
	for (int i = 0; i < TUNNEL_KINDS; i++) {
		struct tunnel *t = &all->list[i];
		tunnel_health_finish(t);
		event_free(t->timer);
		json_object_put(t->settings);
		line_reader_free(&t->complaints);
		tunnel_clear_cause(t);
		tunnel_row_clear(&t->row);
		for (int n = 0; n < TUNNEL_LINES; n++)
			free(t->lines[n].text);
	}
	free(all);
}
