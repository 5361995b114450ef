/*
 * What the stream says of the session, and what of it is shown; see attach.h. The log
 * decides: the size is what its events of size say, and who decides it as well. When it
 * becomes another one the screen is drawn anew from a snapshot: a terminal that is
 * resized moves its lines in ways of its own.
 */
#include "config.h"

#include "cli/attach.h"

#include "lib/clock.h"
#include "lib/crypt.h"
#include "lib/json.h"
#include "lib/json_read.h"

#include <json-c/json.h>

#include <signal.h>
#include <stdlib.h>
#include <string.h>

#define COUNT(array) (sizeof(array) / sizeof *(array))
#define RESET "\033c" /* with which a snapshot begins */

enum {
	LOST_MS = 5000, /* a wish that is not in the log by then never will be */
	BUSY = 429,     /* of HTTP; and from ERROR on it may be otherwise soon */
	ERROR = 500,
};

/* ---- asking ---- */

int
attach_ask(struct attach *a, bool screen)
{
	struct session now;
	int64_t after = screen && a->seq > 0 ? a->seq - 1 : a->seq;
	char *query = xasprintf("s=%s:%lld&jump=%s", a->session.id, (long long)after,
		screen ? "screen" : "1");
	int rc = stream_open(&a->stream, a->conf->dir, query);
	free(query);
	if (rc != 0)
		return -1;
	if (session_find(a->events, a->session.id, &now, NULL) > 0) {
		a->level = now.last_seq;
		session_clear(&now);
	}
	a->id[0] = '\0';
	a->messages = a->told = 0;
	return 0;
}

void
attach_take_size(struct attach *a)
{
	int64_t now = clock_monotonic();
	bool right = a->mine && a->log_cols == a->cols && a->log_rows == a->rows;
	bool asked = a->asked_at && now - a->asked_at < LOST_MS;
	if (a->read_only || !a->cols || right || asked)
		return;
	if (input_store_size(&a->input, a->cols, a->rows, NULL) == 0)
		a->asked_at = now;
}

/* ---- how it ends ---- */

static int
signal_of(const char *name)
{
	for (int i = 1; name && i < NSIG; i++)
		if (sigabbrev_np(i) && strcmp(sigabbrev_np(i), name) == 0)
			return i;
	return name ? (int)strtol(name, NULL, 10) : 0;
}

static void
ended(struct attach *a, int code, int signal)
{
	a->end = ATTACH_ENDED;
	a->end_code = code;
	a->end_signal = signal;
}

/* A snapshot may be of what is behind the end. */
static void
look_whether_ended(struct attach *a)
{
	struct session now;
	if (session_find(a->events, a->session.id, &now, NULL) <= 0)
		return;
	if (!session_is_live(now.status) && a->seq >= now.last_seq)
		ended(a, now.exit_code, now.exit_signal);
	session_clear(&now);
}

/* ---- events ---- */

static bool
is_quiet(const struct attach *a, int64_t seq)
{
	return !a->mine || a->read_only || seq <= a->news;
}

static void
take_output(struct attach *a, struct json_object *event, int64_t seq)
{
	const char *text = json_member_text(event, "bytes");
	struct buf bytes = BUF_INIT;
	if (text && crypt_unbase64(&bytes, text, strlen(text)) == 0)
		filter_output(&a->filter, bytes.data, bytes.len, is_quiet(a, seq),
			&a->out);
	buf_free(&bytes);
}

/* The place of the log that is shown has this size, and who decides it. */
static void
set_size(struct attach *a, struct json_object *from, const char *owner)
{
	const char *by = json_member_text(from, owner);
	a->log_cols = (int)json_member_int(from, "cols", 0);
	a->log_rows = (int)json_member_int(from, "rows", 0);
	a->mine = by && strcmp(by, a->input.writer) == 0;
	if (!a->mine)
		return;
	a->asked_at = 0;
	attach_take_size(a); /* the terminal's may have changed again meanwhile */
}

static void
take_resize(struct attach *a, struct json_object *event, int64_t seq)
{
	int cols = a->log_cols, rows = a->log_rows;
	set_size(a, json_member_object(event, "data"), "by");
	if (seq > a->news && (cols != a->log_cols || rows != a->log_rows))
		a->redraw = true;
}

static void
take_status(struct attach *a, struct json_object *event, int64_t seq)
{
	static const char *const ends[] = {"exited", "failed", "lost"};
	struct json_object *data = json_member_object(event, "data");
	const char *status = json_member_text(data, "status");
	const char *type = json_member_text(event, "type");
	/* What was typed while Dispatch was away may have been too late. */
	if (seq > a->news && type && strcmp(type, "input-expired") == 0)
		buf_char(&a->out, '\a');
	/* History has the ends of runs before this one. */
	if (!status || json_member_int(data, "run", 0) < a->session.run)
		return;
	for (size_t i = 0; i < COUNT(ends); i++)
		if (strcmp(status, ends[i]) == 0)
			ended(a, (int)json_member_int(data, "exit_code", -1),
				signal_of(json_member_text(data, "exit_signal")));
}

static const struct {
	const char *name;
	void (*take)(struct attach *a, struct json_object *event, int64_t seq);
} channels[] = {
	{"pty:output", take_output},
	{"pty:resize", take_resize},
	{"session:status", take_status},
};

/* ---- messages ---- */

static void
take_hello(struct attach *a, struct json_object *data)
{
	const char *id = json_member_text(data, "stream");
	if (id && crypt_is_id(id, strlen(id)))
		memcpy(a->id, id, ID_SIZE);
}

/* What was before the cursor comes again when a screen was asked for and there is none.
 */
static void
take_event(struct attach *a, struct json_object *data)
{
	const char *channel = json_member_text(data, "channel");
	int64_t seq = json_member_int(data, "seq", 0);
	a->messages++;
	if (!channel || seq <= a->seq)
		return;
	a->seq = seq;
	for (size_t i = 0; i < COUNT(channels); i++)
		if (strcmp(channels[i].name, channel) == 0)
			channels[i].take(a, data, seq);
}

static void
take_snapshot(struct attach *a, struct json_object *data)
{
	const char *text = json_member_text(data, "bytes");
	struct buf bytes = BUF_INIT;
	size_t skip = 0;
	a->messages++;
	a->seq = json_member_int(data, "seq", a->seq);
	a->drawing = false;
	a->filter = (struct filter){0};
	set_size(a, data, "owner");
	tty_wipe(&a->out);
	if (text && crypt_unbase64(&bytes, text, strlen(text)) == 0) {
		if (bytes.len >= strlen(RESET) &&
			memcmp(bytes.data, RESET, strlen(RESET)) == 0)
			skip = strlen(RESET);
		filter_output(&a->filter, bytes.data + skip, bytes.len - skip, true,
			&a->out);
	}
	buf_free(&bytes);
	look_whether_ended(a);
}

static void
take_gap(struct attach *a, struct json_object *data)
{
	a->messages++;
	a->seq = json_member_int(data, "to", a->seq);
}

static const struct {
	const char *name;
	void (*take)(struct attach *a, struct json_object *data);
} messages[] = {
	{"hello", take_hello},
	{"event", take_event},
	{"snapshot", take_snapshot},
	{"gap", take_gap},
};

static void
take_message(struct attach *a, const struct stream_message *m)
{
	struct json_object *data = NULL;
	if (!m->event || !m->data ||
		json_parse(&data, m->data, strlen(m->data), NULL) != 0)
		return;
	for (size_t i = 0; i < COUNT(messages); i++)
		if (strcmp(messages[i].name, m->event) == 0)
			messages[i].take(a, data);
	json_object_put(data);
}

bool
attach_take(struct attach *a)
{
	struct stream_message m;
	bool open = stream_read(&a->stream);
	int rc = 0;
	while (!a->end && (rc = stream_next(&a->stream, &m, &a->why)) > 0)
		take_message(a, &m);
	if (rc < 0 && a->why.status < ERROR && a->why.status != BUSY)
		a->end = ATTACH_REFUSED;
	return open && rc >= 0;
}
