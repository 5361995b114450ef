/*
 * See stream.h. Nothing of a request is used before it is checked, and there is no body:
 * evhttp reads the request line and headers, bounded by MAX_HEADERS.
 */
#include "config.h"

#include "runner/stream.h"

#include "lib/auth.h"
#include "lib/buf.h"
#include "lib/clock.h"
#include "lib/envelope.h"
#include "lib/path.h"
#include "lib/store/event.h"
#include "lib/store/session.h"
#include "lib/store/tunnel.h"
#include "runner/adapter.h"
#include "runner/app.h"
#include "runner/hub.h"
#include "runner/os_peer.h"
#include "runner/os_socket.h"
#include "runner/stream_query.h"

#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/event.h>
#include <event2/http.h>
#include <event2/listener.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { MAX_HEADERS = 64 * 1024 };

/* Whoever comes there does not know under which prefix we were started. */
#define CONSOLE_LOCATION "/api/stream"

struct stream_server {
	struct app *app;
	char *location; /* of the endpoint: "/api/stream" under the prefix */
	struct evhttp *http, *console;
};

void
stream_headers(struct evkeyvalq *headers)
{
	for (const struct envelope_header *h = envelope_headers; h->name; h++)
		evhttp_add_header(headers, h->name, h->value);
	evhttp_add_header(headers, "Content-Security-Policy", ENVELOPE_POLICY);
}

static void
send_error(struct evhttp_request *request, const struct err *e)
{
	struct evkeyvalq *headers = evhttp_request_get_output_headers(request);
	struct evbuffer *body = evbuffer_new();
	struct buf b = BUF_INIT;
	envelope_problem(&b, e, NULL);
	evbuffer_add(body, b.data, b.len);
	evhttp_add_header(headers, "Content-Type", "application/problem+json");
	stream_headers(headers);
	evhttp_send_reply(request, e->status, envelope_reason(e->status), body);
	evbuffer_free(body);
	buf_free(&b);
}

/* ---- who asks ---- */

/* As for every route (see fcgi/guard.c). */
static int
check_set_up(struct app *app, struct err *e)
{
	int pending = auth_setup_pending(app->state, e);
	if (pending <= 0)
		return pending;
	return err_set(e, 503, "setup.required",
		"Dispatch has no administrator yet; open the setup link first.");
}

/* The last item of a list with commas. */
static const char *
last_of(const char *list)
{
	const char *comma = list ? strrchr(list, ',') : NULL;
	return comma ? comma + 1 + strspn(comma + 1, " \t") : list;
}

static int
check_sender(struct app *app, struct evhttp_request *request, struct auth *auth,
	struct err *e)
{
	struct evkeyvalq *in = evhttp_request_get_input_headers(request);
	const char *scheme = evhttp_find_header(in, "X-Forwarded-Proto");
	const char *from = evhttp_find_header(in, "X-Forwarded-For");
	/* Our web server sets X-Forwarded-Proto, and the end of X-Forwarded-For: they
	 * tell which cookie is ours, and whether plain HTTP will do, and no more. */
	struct auth_request asks = {
		.method = "GET",
		.host = evhttp_find_header(in, "Host"),
		.cookie = evhttp_find_header(in, "Cookie"),
		.authorization = evhttp_find_header(in, "Authorization"),
		.origin = evhttp_find_header(in, "Origin"),
		.fetch_site = evhttp_find_header(in, "Sec-Fetch-Site"),
		.https = scheme && strcmp(scheme, "https") == 0,
		.address = last_of(from),
		.stream = true,
	};
	asks.tunnel = asks.host && tunnel_is_host(app->events, asks.host, clock_now());
	if (auth_guard(&app->conf, &asks, e) != 0 || check_set_up(app, e) != 0 ||
		auth_verify(app->state, &app->conf, &asks, clock_now(), auth, e) != 0)
		return -1;
	if (hub_count(app->hub, auth->user) >= app->conf.stream_limit)
		return err_set(e, 429, "stream.limit",
			"You have %lld streams open already.",
			(long long)app->conf.stream_limit);
	return 0;
}

static bool
is_mine(struct evhttp_request *request)
{
	struct evhttp_connection *connection = evhttp_request_get_connection(request);
	return os_peer_is_me(
		bufferevent_getfd(evhttp_connection_get_bufferevent(connection)));
}

/* Who may read the log as a file sees what the owner of the first session sees. */
static int
check_console(struct app *app, struct evhttp_request *request, const char *query,
	struct auth *auth, struct err *e)
{
	struct stream_query q;
	struct session s;
	if (!is_mine(request))
		return err_set(e, 403, "peer.refused",
			"This is for who runs Dispatch alone.");
	if (stream_query_parse(&q, query, e) != 0)
		return -1;
	int found = session_find(app->events, q.sessions[0].id, &s, e);
	if (found <= 0)
		return found < 0
			? -1
			: err_set(e, 404, "session.unknown", "There is no such session.");
	*auth = (struct auth){.role = AUTH_MEMBER, .full_role = AUTH_MEMBER};
	memcpy(auth->user, s.owner, sizeof auth->user);
	session_clear(&s);
	return 0;
}

/* ---- what for ---- */

static int
in_field(struct err *e, const char *field)
{
	snprintf(e->field, sizeof e->field, "%s", field);
	return -1;
}

/* Finds the session of a cursor. The row is cleared by the caller. */
static int
find_session(struct app *app, const struct auth *auth, struct cursor *cursor,
	struct session *session, struct err *e)
{
	int found = session_find_owned(app->events, cursor->id, auth->user, session, e);
	if (found < 0)
		return -1;
	if (!found) {
		err_set(e, 404, "session.unknown", "There is no session %s.", cursor->id);
		return in_field(e, "s");
	}
	if (cursor->seq > session->last_seq) {
		err_set(e, 409, "cursor.future", "Session %s has only %lld events.",
			cursor->id, (long long)session->last_seq);
		return in_field(e, "s");
	}
	const struct adapter *adapter = adapter_find(session->kind);
	cursor->session = session->number;
	cursor->terminal = adapter && adapter->has_size;
	return 0;
}

/* Returns 0, or -1. The caller calls free_view() either way. */
static int
find_sessions(struct app *app, const struct auth *auth, const struct stream_query *q,
	struct view *view, struct err *e)
{
	view->cursors = xcalloc((size_t)q->count + 1, sizeof *view->cursors);
	view->sessions = xcalloc((size_t)q->count + 1, sizeof *view->sessions);
	while (view->count < q->count) {
		int n = view->count++;
		struct cursor *c = &view->cursors[n];
		memcpy(c->id, q->sessions[n].id, ID_SIZE);
		c->seq = q->sessions[n].after;
		if (find_session(app, auth, c, &view->sessions[n], e) != 0)
			return -1;
	}
	return 0;
}

static void
free_view(struct view *view)
{
	for (int i = 0; i < view->count; i++)
		session_clear(&view->sessions[i]);
	free(view->sessions);
	free(view->cursors);
}

static int
make_view(struct app *app, const struct auth *auth, const char *query, struct view *view,
	struct err *e)
{
	struct stream_query q;
	int64_t most = app->conf.stream_window;
	if (stream_query_parse(&q, query, e) != 0)
		return -1;
	if (q.window > most)
		return err_field(e, "window",
			"The window is a number of bytes, at most %lld.",
			(long long)most);
	view->jump = q.jump;
	view->screen = q.screen;
	view->window = q.window < 0 ? most : q.window;
	return find_sessions(app, auth, &q, view, e);
}

/* A simple client resumes everything with the last id that it saw. */
static void
apply_last_event_id(struct app *app, struct evhttp_request *request, struct view *view)
{
	struct evkeyvalq *in = evhttp_request_get_input_headers(request);
	const char *value = evhttp_find_header(in, "Last-Event-ID");
	int64_t id;
	if (!value || stream_number(value, &id) != 0)
		return;
	for (int i = 0; i < view->count; i++) {
		struct cursor *c = &view->cursors[i];
		int64_t seq = event_seq_at(app->events, c->session, id, NULL);
		if (seq > c->seq)
			c->seq = seq;
	}
}

static void
count_output(struct app *app, struct view *view)
{
	for (int i = 0; i < view->count; i++) {
		struct cursor *c = &view->cursors[i];
		const struct session *s = &view->sessions[i];
		c->output = c->seq < s->first_seq
			? s->first_output
			: event_output_at(app->events, c->session, c->seq, NULL);
	}
}

static int
open_stream(struct app *app, struct evhttp_request *request, bool console, struct err *e)
{
	const struct evhttp_uri *uri = evhttp_request_get_evhttp_uri(request);
	const char *query = evhttp_uri_get_query(uri);
	struct view view = {.console = console};
	struct auth auth;
	int rc = console ? check_console(app, request, query, &auth, e)
			 : check_sender(app, request, &auth, e);
	if (rc == 0)
		rc = make_view(app, &auth, query, &view, e);
	if (rc == 0) {
		apply_last_event_id(app, request, &view);
		count_output(app, &view);
		hub_view(app->hub, request, &auth, &view);
		view.cursors = NULL; /* the viewer's now */
	}
	free_view(&view);
	return rc;
}

static void
refuse_method(struct evhttp_request *request, struct err *e)
{
	evhttp_add_header(evhttp_request_get_output_headers(request), "Allow", "GET");
	err_set(e, 405, "method.not_allowed", "This address does not do that.");
}

static void
answer(struct stream_server *server, struct evhttp_request *request, bool console)
{
	const char *path = evhttp_uri_get_path(evhttp_request_get_evhttp_uri(request));
	const char *location = console ? CONSOLE_LOCATION : server->location;
	struct err e = {0};
	if (!path || strcmp(path, location) != 0)
		err_set(&e, 404, "route.unknown", "Only the stream is here.");
	else if (evhttp_request_get_command(request) != EVHTTP_REQ_GET)
		refuse_method(request, &e);
	else if (open_stream(server->app, request, console, &e) == 0)
		return;
	send_error(request, &e);
}

static void
on_request(struct evhttp_request *request, void *arg)
{
	answer(arg, request, false);
}

static void
on_console_request(struct evhttp_request *request, void *arg)
{
	answer(arg, request, true);
}

/* A stale socket stays where it is until the next runner replaces it. */
static int
listen_here(const struct app *app, const char *name, mode_t mode, struct err *e)
{
	char *path = path_join(app->conf.dir, name);
	int fd = os_listen_stream(path, mode, e);
	free(path);
	return fd;
}

static struct evhttp *
serve(struct stream_server *server, int fd,
	void (*each)(struct evhttp_request *request, void *arg))
{
	struct event_base *base = server->app->base;
	struct evhttp *http = evhttp_new(base);
	evhttp_set_max_headers_size(http, MAX_HEADERS);
	evhttp_set_max_body_size(http, 0);
	/* What is none of these libevent refuses by itself, in words of its own. */
	evhttp_set_allowed_methods(http,
		EVHTTP_REQ_GET | EVHTTP_REQ_HEAD | EVHTTP_REQ_POST | EVHTTP_REQ_PUT |
			EVHTTP_REQ_PATCH | EVHTTP_REQ_DELETE | EVHTTP_REQ_OPTIONS);
	evhttp_set_gencb(http, each, server);
	evhttp_bind_listener(http,
		evconnlistener_new(base, NULL, NULL,
			LEV_OPT_CLOSE_ON_FREE | LEV_OPT_CLOSE_ON_EXEC, 0, fd));
	return http;
}

struct stream_server *
stream_create(struct app *app, struct err *e)
{
	struct stream_server *server = xcalloc(1, sizeof *server);
	server->app = app;
	server->location = xasprintf("%sapi/stream", app->conf.http_prefix);
	int fd = os_inherited_stream();
	if (fd < 0)
		fd = listen_here(app, "run/stream.sock", 0660, e);
	if (fd >= 0)
		server->http = serve(server, fd, on_request);
	if (fd >= 0)
		fd = listen_here(app, "run/console.sock", 0600, e);
	if (fd >= 0) {
		server->console = serve(server, fd, on_console_request);
		return server;
	}
	stream_destroy(server);
	return NULL;
}

void
stream_destroy(struct stream_server *server)
{
	if (!server)
		return;
	if (server->http)
		evhttp_free(server->http);
	if (server->console)
		evhttp_free(server->console);
	free(server->location);
	free(server);
}
