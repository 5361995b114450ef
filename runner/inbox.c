/* See inbox.h. */
#include "config.h"

#include "runner/inbox.h"

#include "lib/buf.h"
#include "lib/crypt.h"
#include "lib/db.h"
#include "lib/json.h"
#include "lib/path.h"
#include "lib/store/command.h"
#include "lib/store/session.h"
#include "runner/app.h"
#include "runner/commands.h"
#include "runner/housekeeping.h"
#include "runner/hub.h"
#include "runner/os_socket.h"
#include "runner/registry.h"
#include "runner/run.h"
#include "runner/tunnels.h"
#include "runner/watches.h"

#include <event2/event.h>
#include <json-c/json.h>

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
	POLL_MS = 250,
	DELETE_MS = 50,       /* finished commands gather for as long: handlers want the
	                         lock too */
	DELETE_AGAIN_MS = 20, /* a handler had the lock */
	DATAGRAMS = 64,       /* per turn of the loop */
	DATAGRAM_MAX = 16 * 1024,
};

struct inbox {
	struct app *app;
	char *path;
	int fd;
	struct event *readable, *poll, *delete_due;
	int64_t newest;  /* id of the newest command seen */
	int64_t version; /* of state.db when it was last looked at */
	int64_t *finished;
	size_t finished_count, finished_size;
};

/* The commands of a session that is not in the log. */
struct strays {
	struct app *app;
	bool deleted;
};

static int
find_delete(void *arg, const struct command *c)
{
	struct strays *strays = arg;
	strays->deleted = strcmp(c->kind, "delete") == 0;
	return strays->deleted;
}

/* Only what was in the log can be deleted: with a delete, the create is one that was
 * applied and whose row is not yet gone, and must not bring the session back. */
static int
only_create(void *arg, const struct command *c)
{
	struct strays *strays = arg;
	struct app *app = strays->app;
	struct json_object *body = NULL;
	if (!strays->deleted && strcmp(c->kind, "create") == 0 &&
		json_parse(&body, c->body, c->len, NULL) == 0) {
		command_create(app, c, body);
	} else { /* for a session that is no more */
		inbox_finished(app->inbox, &c->id, 1);
	}
	json_object_put(body);
	return registry_find(app->registry, c->session) != NULL;
}

/* The run of a session that has commands: a live one, one of an ended session, a new one.
 */
static struct run *
find_run(struct app *app, const char *id)
{
	struct session row;
	struct err e = {0};
	struct run *run = registry_find(app->registry, id);
	if (run)
		return run;
	int found = session_find(app->events, id, &row, &e);
	if (found > 0)
		return run_create(app, &row);
	struct strays strays = {.app = app};
	if (found == 0 &&
		command_each(app->state, id, 0, find_delete, &strays, &e) == 0 &&
		command_each(app->state, id, 0, only_create, &strays, &e) == 0)
		return registry_find(app->registry, id);
	log_error(&app->log, "session %s: %s", id, e.text);
	inbox_look_again(app->inbox);
	return NULL;
}

struct names {
	char (*list)[ID_SIZE];
	size_t count;
	int64_t newest;
};

static void
add_name(void *arg, const char *session, int64_t id)
{
	struct names *names = arg;
	names->newest = id;
	if (names->count && strcmp(names->list[names->count - 1], session) == 0)
		return;
	names->list = xrealloc(names->list, (names->count + 1) * sizeof *names->list);
	snprintf(names->list[names->count++], ID_SIZE, "%s", session);
}

static void
take_all(struct inbox *inbox, struct names *names)
{
	struct app *app = inbox->app;
	struct err e;
	if (command_sessions(app->state, inbox->newest, add_name, names, &e) < 0) {
		log_error(&app->log, "cannot read commands: %s", e.text);
		inbox_look_again(inbox);
		return;
	}
	inbox->newest = names->newest;
	for (size_t i = 0; i < names->count; i++) {
		struct run *run = find_run(app, names->list[i]);
		if (!run)
			continue;
		run_take_commands(run);
		run_advance(run);
	}
}

/* One transaction, so that the lock is taken once. */
static void
look(struct inbox *inbox)
{
	struct names names = {.newest = inbox->newest};
	struct err e;
	if (db_begin_read(inbox->app->state, &e) != 0) {
		log_error(&inbox->app->log, "cannot read commands: %s", e.text);
		inbox_look_again(inbox);
		return;
	}
	take_all(inbox, &names);
	db_rollback(inbox->app->state);
	free(names.list);
}

void
inbox_look_again(struct inbox *inbox)
{
	inbox->version = -1;
	inbox->newest = 0;
}

static void
take_ack(struct inbox *inbox, const char *text)
{
	char stream[ID_SIZE], user[ID_SIZE];
	long long n;
	if (sscanf(text, "A %26s %26s %lld", stream, user, &n) == 3)
		hub_acknowledge(inbox->app->hub, stream, user, n);
}

static void
take_told(struct inbox *inbox, const char *text)
{
	char user[ID_SIZE], id[ID_SIZE], type[16];
	if (sscanf(text, "S %26s %26s %15s", user, id, type) != 3)
		return;
	hub_tell_workspace(inbox->app->hub, user, id, type);
	if (strcmp(type, "deleted") == 0)
		housekeeping_workspace_gone(inbox->app->housekeeping);
}

static void
take_watch(struct inbox *inbox, const char *text, int directory)
{
	char stream[ID_SIZE], user[ID_SIZE], workspace[ID_SIZE], set[ID_SIZE];
	int index, count, at = 0;
	if (sscanf(text, "F %26s %26s %26s %26s %d %d%n", stream, user, workspace, set,
		    &index, &count, &at) != 6 ||
		text[at] != ' ')
		return;
	watches_take(inbox->app->watches,
		&(struct watch_order){stream, user, workspace, set, index, count,
			text + at + 1, directory});
}

static void
on_readable(evutil_socket_t fd, short what, void *arg)
{
	struct inbox *inbox = arg;
	bool wake = false;
	(void)what;
	for (int i = 0; i < DATAGRAMS; i++) {
		char text[DATAGRAM_MAX];
		int passed;
		if (os_receive(fd, text, sizeof text, &passed) <= 0)
			break;
		if (*text == 'A')
			take_ack(inbox, text);
		else if (*text == 'F')
			take_watch(inbox, text, passed);
		else if (*text == 'S')
			take_told(inbox, text);
		else if (*text == 'T')
			tunnels_look(inbox->app->tunnels);
		else
			wake = true;
		if (passed >= 0)
			close(passed);
	}
	if (wake)
		look(inbox);
}

static void
on_poll(evutil_socket_t fd, short what, void *arg)
{
	struct inbox *inbox = arg;
	int64_t version = db_version(inbox->app->state);
	(void)fd, (void)what;
	if (version == inbox->version)
		return;
	inbox->version = version;
	look(inbox);
	tunnels_look(inbox->app->tunnels);
	hub_check_sign_ins(inbox->app->hub);
}

static void
delete_after(struct inbox *inbox, int ms)
{
	struct timeval delay = {.tv_usec = ms * 1000};
	if (!event_pending(inbox->delete_due, EV_TIMEOUT, NULL))
		event_add(inbox->delete_due, &delay);
}

static void
on_delete_due(evutil_socket_t fd, short what, void *arg)
{
	struct inbox *inbox = arg;
	struct err e = {0};
	(void)fd, (void)what;
	if (command_delete(inbox->app->state, inbox->finished, inbox->finished_count,
		    &e) == 0) {
		inbox->finished_count = 0;
		return;
	}
	if (strcmp(e.code, "db.busy") != 0)
		log_error(&inbox->app->log, "cannot delete finished commands: %s",
			e.text);
	delete_after(inbox, strcmp(e.code, "db.busy") == 0 ? DELETE_AGAIN_MS : POLL_MS);
}

void
inbox_finished(struct inbox *inbox, const int64_t *ids, size_t count)
{
	if (count == 0)
		return;
	if (inbox->finished_count + count > inbox->finished_size) {
		inbox->finished_size = 2 * (inbox->finished_count + count);
		inbox->finished = xrealloc(inbox->finished,
			inbox->finished_size * sizeof *inbox->finished);
	}
	memcpy(inbox->finished + inbox->finished_count, ids, count * sizeof *ids);
	inbox->finished_count += count;
	delete_after(inbox, DELETE_MS);
}

struct inbox *
inbox_create(struct app *app, struct err *e)
{
	static const struct timeval often = {.tv_usec = POLL_MS * 1000};
	struct inbox *inbox = xcalloc(1, sizeof *inbox);
	inbox->app = app;
	inbox->version = -1;
	inbox->path = path_join(app->conf.dir, "run/wake.sock");
	inbox->fd = os_listen_datagram(inbox->path, 0660, e);
	if (inbox->fd < 0) {
		inbox_destroy(inbox);
		return NULL;
	}
	inbox->readable =
		event_new(app->base, inbox->fd, EV_READ | EV_PERSIST, on_readable, inbox);
	inbox->poll = event_new(app->base, -1, EV_PERSIST, on_poll, inbox);
	inbox->delete_due = event_new(app->base, -1, 0, on_delete_due, inbox);
	event_priority_set(inbox->readable, PRIORITY_INPUT);
	event_add(inbox->readable, NULL);
	event_add(inbox->poll, &often);
	event_active(inbox->poll, EV_TIMEOUT, 0);
	return inbox;
}

void
inbox_destroy(struct inbox *inbox)
{
	if (!inbox)
		return;
	struct event *events[] = {inbox->readable, inbox->poll, inbox->delete_due};
	for (int i = 0; i < 3; i++)
		if (events[i])
			event_free(events[i]);
	if (inbox->fd >= 0) {
		close(inbox->fd);
		unlink(inbox->path);
	}
	free(inbox->path);
	free(inbox->finished);
	free(inbox);
}
