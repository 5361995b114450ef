/*
 * dispatch-runner: owns the run sessions, writes the event log and streams it.
 *
 * Start is recovery: there is no clean shutdown that anything depends on. The order of
 * starting is: the lock (one runner per directory), the databases, the shims that are
 * there, then the sockets on which others may ask for something.
 */
#include "config.h"

#include "lib/buf.h"
#include "lib/build.h"
#include "lib/clock.h"
#include "lib/crypt.h"
#include "lib/db.h"
#include "lib/migrate.h"
#include "lib/path.h"
#include "lib/store/session.h"
#include "runner/app.h"
#include "runner/bus.h"
#include "runner/checkpoint.h"
#include "runner/groups.h"
#include "runner/housekeeping.h"
#include "runner/hub.h"
#include "runner/inbox.h"
#include "runner/os_socket.h"
#include "runner/partials.h"
#include "runner/recorder.h"
#include "runner/recovery.h"
#include "runner/registry.h"
#include "runner/run.h"
#include "runner/snapshots.h"
#include "runner/stream.h"
#include "runner/tunnels.h"
#include "runner/watches.h"

#include <event2/event.h>

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { START_WAIT_MS = 2000 }; /* for a lock of the databases */

static const char usage[] = "usage: dispatch-runner [--dir DIR] [--set KEY=VALUE]\n"
			    "Owns the run sessions of DIR. SIGTERM stops it and leaves "
			    "them alive; SIGUSR1 ends\n"
			    "them first.\n";

/* ---- signals ---- */

static void
on_stop(evutil_socket_t number, short what, void *arg)
{
	struct app *app = arg;
	(void)number, (void)what;
	event_base_loopexit(app->base, NULL);
}

static void
stop_run(void *arg, struct run *run)
{
	(void)arg;
	if (session_is_live(run->row.status))
		run_set_status(run, SESSION_STOPPING);
}

static void
count_run(void *arg, struct run *run)
{
	int *count = arg;
	(void)run;
	++*count;
}

/* A run goes when its shim has left; one that was not heard to leave would stay behind.
 */
static void
on_ending(evutil_socket_t fd, short what, void *arg)
{
	struct app *app = arg;
	int runs = 0;
	(void)fd, (void)what;
	registry_each(app->registry, count_run, &runs);
	if (runs == 0)
		event_base_loopexit(app->base, NULL);
}

static void
on_end_sessions(evutil_socket_t number, short what, void *arg)
{
	struct app *app = arg;
	(void)number, (void)what;
	app->ending = true;
	tunnels_end(app->tunnels);
	registry_each(app->registry, stop_run, NULL);
}

/* ---- start ---- */

/* A handler that recovers what a killed runner left in the WAL, or another program that
 * is the last to close a database, may be in the way for a moment. */
static int
open_databases(struct app *app, struct err *e)
{
	if (migrate_check(app->conf.dir, e) != 0 ||
		db_open(&app->events, app->conf.dir, "events.db", DB_WRITE, START_WAIT_MS,
			e) != 0 ||
		db_open(&app->state, app->conf.dir, "state.db", DB_WRITE, START_WAIT_MS,
			e) != 0)
		return -1;
	app->generation = runner_begin(app->events, getpid(), clock_now(), e);
	return app->generation > 0 ? 0 : -1;
}

static int
make_places(struct app *app, struct err *e)
{
	char *shims = path_join(app->conf.dir, "run/shim");
	char *lock = path_join(app->conf.dir, "run/runner.lock");
	char *program = path_program("dispatch-shim");
	int result = -1;
	if (path_make_dir(shims, e) != 0)
		goto out;
	if ((app->lock = os_lock(lock, e)) < 0) { /* kept until we end */
		if (strcmp(e->code, "lock.held") == 0)
			err_set(e, 500, "lock.held", "Another dispatch-runner serves %s.",
				app->conf.dir);
		goto out;
	}
	app->shim_program = open(program, O_PATH | O_CLOEXEC);
	if (app->shim_program < 0)
		err_errno(e, errno, 500, "shim.missing", "Cannot find %s", program);
	else
		result = 0;
out:
	free(shims);
	free(lock);
	free(program);
	return result;
}

static struct event_base *
make_loop(void)
{
	struct event_config *config = event_config_new();
	/* What is waited for and had within one turn costs no system call. */
	event_config_set_flag(config, EVENT_BASE_FLAG_EPOLL_USE_CHANGELIST);
	/* Look for input again after each callback of lower priority. */
	event_config_set_max_dispatch_interval(config, NULL, 16, PRIORITY_TURN);
	struct event_base *base = event_base_new_with_config(config);
	event_config_free(config);
	if (!base || event_base_priority_init(base, PRIORITIES) != 0)
		abort();
	return base;
}

static int
start(struct app *app, struct err *e)
{
	if (make_places(app, e) != 0 || open_databases(app, e) != 0)
		return -1;
	app->boot_id = os_boot_id();
	app->build = build_id();
	app->base = make_loop();
	app->bus = bus_create();
	app->registry = registry_create();
	app->checkpoint = checkpoint_create(&app->log, app->conf.dir, NULL);
	app->groups = groups_create(app);
	app->recorder = recorder_create(app);
	app->watches = watches_create(app);
	app->hub = hub_create(app);
	app->partials = partials_create(hub_partials_grown, app->hub);
	app->snapshots = snapshots_create(app);
	if (!(app->tunnels = tunnels_create(app, e)) ||
		!(app->inbox = inbox_create(app, e)) || recover(app, e) != 0 ||
		!(app->stream = stream_create(app, e)))
		return -1;
	groups_sweep(app->groups);
	app->housekeeping = housekeeping_create(app);
	db_set_wait(app->events, 0); /* the loop never waits */
	db_set_wait(app->state, 0);
	tunnels_begin(app->tunnels);
	return 0;
}

static void
finish(struct app *app)
{
	if (app->housekeeping) { /* it had started: the byes leave while all is there */
		hub_say_bye(app->hub);
		event_base_loop(app->base, EVLOOP_NONBLOCK);
	}
	housekeeping_destroy(app->housekeeping);
	snapshots_destroy(app->snapshots);
	hub_destroy(app->hub);
	app->hub = NULL; /* nobody is told any more */
	watches_destroy(app->watches);
	stream_destroy(app->stream);
	registry_destroy(app->registry);
	tunnels_destroy(app->tunnels);
	partials_destroy(app->partials);
	inbox_destroy(app->inbox);
	recorder_destroy(app->recorder);
	checkpoint_destroy(app->checkpoint);
	groups_destroy(app->groups);
	bus_destroy(app->bus);
	if (app->base)
		event_base_free(app->base);
	db_close(app->events);
	db_close(app->state);
	if (app->shim_program >= 0)
		close(app->shim_program);
	free(app->boot_id);
	free(app->build);
	conf_free(&app->conf);
}

static void
run_loop(struct app *app)
{
	static const struct timeval often = {.tv_usec = 50000};
	struct event *events[] = {
		evsignal_new(app->base, SIGTERM, on_stop, app),
		evsignal_new(app->base, SIGINT, on_stop, app),
		evsignal_new(app->base, SIGUSR1, on_end_sessions, app),
		event_new(app->base, -1, EV_PERSIST, on_ending, app),
	};
	for (int i = 0; i < 3; i++)
		event_add(events[i], NULL);
	log_info(&app->log, "started, generation %lld", (long long)app->generation);
	while (!event_base_got_exit(app->base)) {
		event_base_loop(app->base, EVLOOP_ONCE);
		if (app->ending && !event_pending(events[3], EV_TIMEOUT, NULL))
			event_add(events[3], &often);
	}
	log_info(&app->log, "stopped");
	for (int i = 0; i < 4; i++)
		event_free(events[i]);
}

static int
parse_arguments(struct conf_args *args, int argc, char **argv, struct err *e)
{
	for (int i = 1; i < argc; i++) {
		int taken = conf_argument(args, argc, argv, &i, e);
		if (taken < 0)
			return -1;
		if (taken > 0)
			continue;
		if (strcmp(argv[i], "--version") == 0)
			puts("dispatch-runner " PACKAGE_VERSION);
		else if (strcmp(argv[i], "--help") == 0)
			fputs(usage, stdout);
		else
			return err_set(e, 500, "usage", "Unknown argument %s.", argv[i]);
		return 1;
	}
	return 0;
}

int
main(int argc, char **argv)
{
	struct app app = {.log = {"dispatch-runner", LOG_LEVEL_INFO},
		.lock = -1,
		.shim_program = -1};
	struct conf_args args = {0};
	struct err e = {0};
	int status = 1, done = parse_arguments(&args, argc, argv, &e);
	crypt_open();
	signal(SIGPIPE, SIG_IGN);
	signal(SIGXFSZ, SIG_IGN);
	if (done > 0) {
		status = 0;
	} else if (done == 0 && conf_load(&app.conf, &args, &e) == 0) {
		app.log.level = (enum log_level)app.conf.log_level;
		if (start(&app, &e) == 0) {
			run_loop(&app);
			status = 0;
		}
	}
	if (status != 0)
		log_error(&app.log, "%s", e.text);
	finish(&app);
	free(args.settings);
	return status;
}
