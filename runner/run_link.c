/* See run_link.h. The handlers of the shim link stand in the order in which they are
 * called. */
#include "config.h"

#include "runner/run_link.h"

#include "lib/buf.h"
#include "lib/clock.h"
#include "lib/crypt.h"
#include "lib/path.h"
#include "runner/adapter.h"
#include "runner/app.h"
#include "runner/groups.h"
#include "runner/os_process.h"
#include "runner/recorder.h"
#include "runner/run.h"
#include "runner/run_isolation.h"
#include "runner/say.h"

#include <event2/event.h>

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { RETRY_SOON_MS = 50, RETRY_LATER_MS = 5000, CLOSE_GRACE_MS = 2000 };

static const struct shim_link_handlers handlers;

static char *
socket_path(const struct run *run)
{
	return xasprintf("%s/run/shim/%s.sock", run->app->conf.dir, run->row.id);
}

static struct shim_link_conf
link_conf(const struct run *run, const char *path)
{
	struct shim_link_conf conf = {
		.path = path,
		.program_fd = run->app->shim_program,
		.ring_size = (size_t)run->app->conf.session_ring,
		.generation = (uint64_t)run->app->generation,
	};
	memcpy(conf.cookie, run->row.cookie, sizeof conf.cookie);
	return conf;
}

static void
forget_link(struct run *run)
{
	shim_link_free(run->link);
	run->link = NULL;
	run->link_lost = run->welcomed = run->start_sent = run->close_sent = false;
	run_take_again(run);
}

void
run_link_spawn(struct run *run)
{
	struct err e = {0};
	char *path = socket_path(run);
	struct shim_link_conf conf = link_conf(run, path);
	run->exit_known = run->term_sent = run->kill_sent = false;
	run->link = shim_link_spawn(run->app->base, &conf, &handlers, run, &e);
	free(path);
	if (run->link)
		return;
	log_error(&run->app->log, "session %s: %s", run->row.id, e.text);
	run_fail(run, SESSION_FAILED, "session.start", e.text);
}

void
run_adopt(struct run *run)
{
	struct err e = {0};
	char *path = socket_path(run);
	struct shim_link_conf conf = link_conf(run, path);
	run->link = shim_link_adopt(run->app->base, &conf, &handlers, run, &e);
	free(path);
	if (!run->link)
		log_error(&run->app->log, "session %s: %s", run->row.id, e.text);
}

static void
retry(evutil_socket_t fd, short what, void *arg)
{
	struct run *run = arg;
	(void)fd, (void)what;
	if (!run->link)
		run_adopt(run);
}

static void
retry_after(struct run *run, int ms)
{
	struct timeval delay = {ms / 1000, ms % 1000 * 1000};
	if (!run->retry)
		run->retry = event_new(run->app->base, -1, 0, retry, run);
	event_add(run->retry, &delay);
}

void
run_link_retry(struct run *run)
{
	retry_after(run, 0);
}

void
run_link_reconnect(struct run *run)
{
	if (run_waiting(run) > 0) {
		recorder_add(run->app->recorder, run);
		return;
	}
	forget_link(run);
	retry_after(run, RETRY_SOON_MS);
}

static int
send_start(struct run *run, const struct plan *plan, const struct isolation *isolation,
	const char *group, struct err *e)
{
	struct shim_start start = {
		.file = plan->file,
		.argv = (const char *const *)plan->argv,
		.env = (const char *const *)plan->env,
		.cwd = run->row.cwd,
		.mode = run->adapter->mode,
		.cols = (unsigned)run->row.cols,
		.rows = (unsigned)run->row.rows,
		.input_base = (uint64_t)run->row.input_done,
		.output_base = (uint64_t)run->row.ring_offset,
		.isolate = &isolation->os,
		.gate = isolation->gate,
		.hosts = (const char *const *)isolation->hosts,
		.gate_port = isolation->gate_port,
		.group = group,
	};
	crypt_random(start.nonce, sizeof start.nonce);
	run->start_sent = true;
	return shim_link_start(run->link, &start, e);
}

void
run_link_start(struct run *run)
{
	struct plan plan = {0};
	struct isolation isolation = {0};
	char *group = NULL;
	struct err e = {0};
	if (run->adapter->plan(run, &plan, &e) != 0 ||
		run_isolation(run, &plan, &isolation, &e) != 0 ||
		groups_make(run->app->groups, run, &group, &e) != 0) {
		run_fail(run, SESSION_FAILED, e.code, e.text);
		shim_link_close(run->link, 0, NULL); /* it has nothing to wait for */
	} else if (send_start(run, &plan, &isolation, group, &e) != 0) {
		run_fail(run, SESSION_FAILED, e.status == 422 ? e.code : "session.start",
			e.text);
	}
	free(group);
	isolation_clear(&isolation);
	plan_clear(&plan);
}

void
run_link_close(struct run *run)
{
	struct err e = {0};
	run->close_sent = shim_link_close(run->link, CLOSE_GRACE_MS, &e) == 0;
	if (!run->close_sent)
		log_warning(&run->app->log, "session %s: cannot stop yet: %s",
			run->row.id, e.text);
}

/* ---- what the shim says ---- */

/* The log is older than what was said to be in it: a copy was put in its place, or the
 * disk has lost what it had promised. */
static void
miss_output(struct run *run, int64_t acked)
{
	log_error(&run->app->log, "session %s: output from %lld to %lld is gone",
		run->row.id, (long long)run->row.ring_offset, (long long)acked);
	run_emit(run, false, "session:status", "output-missing",
		xasprintf("{\"bytes\":%lld}", (long long)(acked - run->row.ring_offset)));
	run->row.ring_offset = acked;
}

/* The shim knows what reached the program and what it still has. */
static void
catch_up(struct run *run, const struct shim_welcome *w)
{
	run->heard_k = (int64_t)w->input_next - 1;
	/* The inputs of a line count when all of them were written; see say.h. */
	if (!run->adapter->op && (int64_t)w->input_done > run->row.input_done)
		run->row.input_done = (int64_t)w->input_done;
	if (run->row.ring_offset < (int64_t)w->acked)
		miss_output(run, (int64_t)w->acked);
	if (run->read < run->row.ring_offset)
		run->read = run->row.ring_offset;
	/* Who committed it may have died before saying so, and until that is said the
	 * shim does not speak of what comes next. */
	shim_link_ack(run->link, (uint64_t)run->row.ring_offset);
	run_take_again(run);
	recorder_add(run->app->recorder, run);
}

static void
on_welcome(void *ctx, const struct shim_welcome *w)
{
	struct run *run = ctx;
	run->welcomed = true;
	if (w->state != SHIM_IDLE) {
		/* By a runner before, which may not have noted it. */
		run->start_sent = true;
		catch_up(run, w);
		return;
	}
	if (run->row.status == SESSION_CREATING) {
		run_set_status(run, SESSION_STARTING);
	} else {
		run_advance(run);
	}
}

static void
on_started(void *ctx, pid_t pid)
{
	struct run *run = ctx;
	(void)pid;
	if (run->row.status != SESSION_STOPPING && session_is_live(run->row.status))
		run_set_status(run, SESSION_RUNNING);
	if (run->row.status == SESSION_STOPPING && !run->close_sent)
		run_link_close(run);
	if (run->adapter->started)
		run->adapter->started(run);
	run_take_commands(run);
}

static char *
program_of(const struct run *run)
{
	struct plan plan = {0};
	run->adapter->plan(run, &plan, NULL);
	char *file = xstrdup(plan.file ? plan.file : "the program");
	plan_clear(&plan);
	return file;
}

/* Why a program could not be started, by the step that failed. */
static void
fail_to_start(struct run *run, const struct shim_failure *f)
{
	const char *code = "session.start";
	const char *why = f->error == ENOENT ? "it does not exist"
		: f->error == EACCES         ? "it is not executable"
					     : strerror(f->error);
	char *text, *program = program_of(run);
	if (f->step == SHIM_STEP_CWD) {
		code = "session.cwd";
		why = f->error == ENOENT ? "there is no such directory"
					 : strerror(f->error);
		text = xasprintf("Cannot start in %s: %s. Choose another directory.",
			run->row.cwd, why);
	} else if (f->step == SHIM_STEP_EXEC) {
		code = "session.command";
		text = xasprintf("Cannot start %s: %s. Choose another command.", program,
			why);
	} else if (f->step == SHIM_STEP_ISOLATION) {
		struct err e = {0};
		isolation_unavailable(&e, f->error);
		code = "session.isolation_unavailable";
		text = xstrdup(e.text);
	} else if (f->step == SHIM_STEP_GROUP) {
		code = "session.limits_unavailable";
		text = xasprintf("Cannot start a program in a control group: %s.",
			strerror(f->error));
	} else {
		text = xasprintf("Cannot start a program: %s.", strerror(f->error));
	}
	run_fail(run, SESSION_FAILED, code, text);
	free(program);
	free(text);
}

static void
on_failed(void *ctx, const struct shim_failure *f)
{
	struct run *run = ctx;
	if (session_is_live(run->row.status))
		fail_to_start(run, f);
	else /* recorded before a restart */
		shim_link_exit_ack(run->link, NULL);
}

static void
on_data(void *ctx)
{
	struct run *run = ctx;
	recorder_add(run->app->recorder, run);
}

static void
on_input_done(void *ctx, uint64_t k)
{
	struct run *run = ctx;
	while (run->flight_count && run->flights[run->flight_first].k <= (int64_t)k) {
		run->row.input_done = run->flights[run->flight_first].k;
		if (run->adapter->op)
			run->row.op_done = run->flights[run->flight_first].command;
		run_finish_command(run, run->flights[run->flight_first].command);
		run->flight_first = (run->flight_first + 1) % MAX_FLIGHTS;
		run->flight_count--;
	}
	say_more(run);
	if (run->blocked)
		run_take_commands(run);
}

static void
on_exited(void *ctx, const struct shim_exit *exit)
{
	struct run *run = ctx;
	if (!session_is_live(run->row.status))
		shim_link_exit_ack(run->link, NULL);
	else if (!run->exit_known)
		run_set_exit(run, exit);
}

/* The shim has another opinion of what comes next: ask it and go on from there. */
static void
on_error(void *ctx, const struct shim_error *error)
{
	struct run *run = ctx;
	log_warning(&run->app->log,
		"session %s: the shim refused input %llu, it expects %llu", run->row.id,
		(unsigned long long)error->k, (unsigned long long)error->expect);
	shim_link_stat(run->link, NULL);
}

static void
on_stat(void *ctx, const struct shim_welcome *w)
{
	struct run *run = ctx;
	catch_up(run, w);
	run_take_commands(run);
}

/* Nothing is behind the socket any more. */
static void
shim_is_gone(struct run *run)
{
	char *path = socket_path(run);
	unlink(path);
	free(path);
	if (run->row.status == SESSION_CREATING)
		run_advance(run); /* START was never sent: another shim may be started */
	else if (session_is_live(run->row.status))
		run_fail(run, SESSION_LOST, "session.lost",
			"The session's keeper was killed; how its program ended is not "
			"known.");
	else
		run_advance(run);
}

/*
 * A socket that was removed is not the end of a shim. It cannot be talked to, but what it
 * keeps lives on, and must not be started a second time. It can be ended: SIGTERM tells
 * it to close; then it would keep the exit for somebody to ask, which nobody can.
 */
static bool
shim_lives(struct run *run)
{
	if (run->row.status == SESSION_CREATING)
		return false; /* without START it leaves */
	char *path = socket_path(run);
	pid_t pid = os_find_command("dispatch-shim", path);
	free(path);
	if (pid > 0 && run->row.status == SESSION_STOPPING) {
		kill(pid, run->term_sent ? SIGKILL : SIGTERM);
		run->kill_sent = run->term_sent;
		run->term_sent = true;
	}
	return pid > 0;
}

static void
on_lost(void *ctx, enum shim_lost how, const char *why)
{
	struct run *run = ctx;
	if (how == SHIM_LOST_PEER_GONE) {
		run->link_lost = true;
		run_advance(run);
		return;
	}
	if (how != SHIM_LOST_LEFT)
		log_warning(&run->app->log, "session %s: %s", run->row.id, why);
	forget_link(run);
	if (how == SHIM_LOST_LEFT || how == SHIM_LOST_DEAD ||
		(how == SHIM_LOST_NO_SOCKET && !shim_lives(run))) {
		shim_is_gone(run);
		return;
	}
	if (session_is_live(run->row.status) && run->row.status != SESSION_STOPPING)
		run_set_status(run, SESSION_UNREACHABLE);
	retry_after(run, run->kill_sent ? RETRY_SOON_MS : RETRY_LATER_MS);
}

static const struct shim_link_handlers handlers = {
	.welcome = on_welcome,
	.started = on_started,
	.failed = on_failed,
	.data = on_data,
	.input_done = on_input_done,
	.exited = on_exited,
	.error = on_error,
	.stat = on_stat,
	.lost = on_lost,
};
