/* See envelope.h. */
#include "config.h"

#include "lib/envelope.h"

#include "lib/isolation_profiles.h"
#include "lib/json.h"
#include "lib/json_read.h"
#include "lib/store/event.h"
#include "lib/store/permission.h"
#include "lib/store/session.h"
#include "lib/store/snapshot.h"

#include <json-c/json.h>

#include <stdio.h>
#include <string.h>

const struct envelope_header envelope_headers[] = {
	{"Cache-Control", "no-store"},
	{"X-Content-Type-Options", "nosniff"},
	{"Cross-Origin-Resource-Policy", "same-origin"},
	{"Referrer-Policy", "no-referrer"},
	{NULL, NULL},
};

const char *
envelope_signal(int number, char text[8])
{
	if (!number)
		return NULL;
	const char *name = sigabbrev_np(number);
	if (name)
		return name;
	snprintf(text, 8, "%d", number);
	return text;
}

static void
put_error(struct buf *b, const struct session *s)
{
	json_key(b, "error");
	if (!s->error_code) {
		json_null(b);
		return;
	}
	json_begin(b, '{');
	json_key(b, "code"), json_string(b, s->error_code);
	json_key(b, "detail"), json_string(b, s->error_text);
	json_end(b, '}');
}

/* What a kind has besides stands under its name; the longest has a shorter one. */
static const char *
detail_name(const char *kind)
{
	return strcmp(kind, "file-editor") == 0 ? "editor" : kind;
}

static bool
has_own_processes(struct json_object *options)
{
	const char *name = json_member_text(options, "isolation");
	const struct profile *profile = name
		? isolation_profile(name, json_member_truth(options, "own_processes"))
		: NULL;
	return profile && profile->own_processes;
}

/* NULL: its program is one of ours, or git's. */
static void
put_isolation(struct buf *b, const struct session *s)
{
	struct json_object *options =
		s->options_json ? json_tokener_parse(s->options_json) : NULL;
	struct json_object *network = json_member(options, "network");
	struct json_object *hosts = json_member_array(options, "hosts");
	json_key(b, "isolation");
	json_string(b, json_member_text(options, "isolation"));
	json_key(b, "own_processes");
	json_truth(b, has_own_processes(options));
	json_key(b, "network");
	json_truth(b, !network || json_object_get_boolean(network));
	json_key(b, "hosts");
	if (hosts)
		json_raw(b, json_compact(hosts));
	else
		json_null(b);
	json_object_put(options);
}

void
envelope_session(struct buf *b, const struct session *s)
{
	char text[8];
	json_begin(b, '{');
	json_key(b, "id"), json_string(b, s->id);
	json_key(b, "kind"), json_string(b, s->kind);
	json_key(b, "title"), json_string(b, s->title);
	json_key(b, "status"), json_string(b, session_status_name(s->status));
	json_key(b, "attention"), json_string(b, s->attention);
	json_key(b, "cwd"), json_string(b, s->cwd);
	json_key(b, "workspace"), json_string(b, s->workspace);
	json_key(b, "command"), json_raw(b, s->command_json);
	json_key(b, "cols"), json_int(b, s->cols);
	json_key(b, "rows"), json_int(b, s->rows);
	json_key(b, "created_at"), json_int(b, s->created_at);
	json_key(b, "updated_at"), json_int(b, s->updated_at);
	json_maybe(b, "started_at", s->started_at, 0);
	json_maybe(b, "ended_at", s->ended_at, 0);
	json_maybe(b, "exit_code", s->exit_code, -1);
	json_key(b, "exit_signal"), json_string(b, envelope_signal(s->exit_signal, text));
	put_error(b, s);
	json_key(b, "first_seq"), json_int(b, s->first_seq);
	json_key(b, "last_seq"), json_int(b, s->last_seq);
	json_key(b, "output"), json_int(b, s->output);
	json_key(b, "run"), json_int(b, s->run);
	json_key(b, "preview"), json_string(b, s->preview);
	put_isolation(b, s);
	if (s->detail_json)
		json_key(b, detail_name(s->kind)), json_raw(b, s->detail_json);
	json_end(b, '}');
}

void
envelope_event(struct buf *b, const char *session_id, const struct event *ev)
{
	json_begin(b, '{');
	json_key(b, "session"), json_string(b, session_id);
	json_key(b, "seq"), json_int(b, ev->seq);
	json_key(b, "ts"), json_int(b, ev->ts);
	json_key(b, "channel"), json_string(b, ev->channel);
	json_key(b, "type"), json_string(b, ev->type);
	if (ev->bytes)
		json_key(b, "bytes"), json_base64(b, ev->bytes, ev->len);
	else
		json_key(b, "data"), json_raw(b, ev->data);
	json_end(b, '}');
}

void
envelope_snapshot(struct buf *b, const char *session_id, const struct snapshot *s,
	bool scrollback)
{
	struct buf bytes = BUF_INIT;
	buf_str(&bytes, "\033c");
	if (scrollback)
		buf_add(&bytes, s->scrollback.data, s->scrollback.len);
	buf_add(&bytes, s->screen.data, s->screen.len);
	json_begin(b, '{');
	json_key(b, "session"), json_string(b, session_id);
	json_key(b, "seq"), json_int(b, s->seq);
	json_key(b, "ts"), json_int(b, s->ts);
	json_key(b, "cols"), json_int(b, s->cols);
	json_key(b, "rows"), json_int(b, s->rows);
	json_key(b, "run"), json_int(b, s->run);
	json_key(b, "owner"), json_string(b, s->owner);
	json_key(b, "output"), json_int(b, s->output);
	json_key(b, "scrollback"), json_truth(b, scrollback);
	json_key(b, "bytes"), json_base64(b, bytes.data, bytes.len);
	json_end(b, '}');
	buf_free(&bytes);
}

/* Members that are not known are left out. */
static void
put_known(struct buf *b, const char *key, const char *text)
{
	if (text)
		json_key(b, key), json_string(b, text);
}

void
envelope_permission(struct buf *b, const struct permission *p)
{
	json_begin(b, '{');
	json_key(b, "id"), json_string(b, p->id);
	json_key(b, "session"), json_string(b, p->session_id);
	json_key(b, "tool"), json_string(b, p->tool);
	put_known(b, "title", p->title);
	json_key(b, "input"), json_raw(b, p->input_json);
	json_key(b, "input_sha256"), json_string(b, p->input_sha256);
	json_key(b, "suggestions"), json_raw(b, p->suggestions_json);
	json_key(b, "suppress_always"), json_truth(b, p->suppress_always);
	put_known(b, "reason", p->reason);
	put_known(b, "blocked_path", p->blocked_path);
	put_known(b, "parent_tool", p->parent_tool);
	json_key(b, "tool_use_id"), json_string(b, p->tool_use_id);
	json_key(b, "state"), json_string(b, p->state);
	json_key(b, "requested_at"), json_int(b, p->requested_at);
	if (p->answered_at)
		json_key(b, "answered_at"), json_int(b, p->answered_at);
	put_known(b, "answered_by", p->answered_by);
	put_known(b, "decision", p->decision);
	put_known(b, "message", p->message);
	json_end(b, '}');
}

/* ---- errors ---- */

static const struct {
	int status;
	const char *reason;
} reasons[] = {
	{200, "OK"},
	{201, "Created"},
	{202, "Accepted"},
	{204, "No Content"},
	{206, "Partial Content"},
	{304, "Not Modified"},
	{400, "Bad Request"},
	{401, "Unauthorized"},
	{403, "Forbidden"},
	{404, "Not Found"},
	{405, "Method Not Allowed"},
	{409, "Conflict"},
	{411, "Length Required"},
	{412, "Precondition Failed"},
	{413, "Content Too Large"},
	{415, "Unsupported Media Type"},
	{416, "Range Not Satisfiable"},
	{421, "Misdirected Request"},
	{422, "Unprocessable Content"},
	{428, "Precondition Required"},
	{429, "Too Many Requests"},
	{500, "Internal Server Error"},
	{503, "Service Unavailable"},
	{507, "Insufficient Storage"},
};

const char *
envelope_reason(int status)
{
	for (size_t i = 0; i < sizeof reasons / sizeof *reasons; i++)
		if (reasons[i].status == status)
			return reasons[i].reason;
	return "Error";
}

void
envelope_problem(struct buf *b, const struct err *e, const struct buf *extra)
{
	json_begin(b, '{');
	json_key(b, "type"), json_string(b, "about:blank");
	json_key(b, "title"), json_string(b, envelope_reason(e->status));
	json_key(b, "status"), json_int(b, e->status);
	json_key(b, "code"), json_string(b, e->code);
	json_key(b, "detail"), json_string(b, e->text);
	if (*e->field)
		json_key(b, "field"), json_string(b, e->field);
	if (extra) {
		buf_char(b, ',');
		buf_add(b, extra->data, extra->len);
	}
	json_end(b, '}');
}
