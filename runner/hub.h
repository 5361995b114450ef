/*
 * The hub hands the log to its viewers. It keeps the newest events, encoded once for all,
 * in a ring in memory (bounded by RECENT_BYTES); a viewer that is level with the ring is
 * served from it, one that is behind reads on from the log. No viewer has a buffer that
 * grows, and none can slow a program or another viewer.
 */
#ifndef DISPATCH_RUNNER_HUB_H
#define DISPATCH_RUNNER_HUB_H

#include <stdint.h>

#include "lib/auth.h"
#include "lib/crypt.h"

struct app;
struct evhttp_request;
struct hub;
struct viewer;

/* A place in the log of one session: everything up to seq has been seen. */
struct cursor {
	int64_t session; /* run_session.number */
	char id[ID_SIZE];
	int64_t seq;
	int64_t next;       /* global id of the next event in the log, if has_next */
	int64_t none_up_to; /* else: there was none when this was the newest global id */
	enum { NEXT_UNKNOWN, NEXT_NONE, NEXT_KNOWN } state;
};

struct hub *hub_create(struct app *app, struct err *e);

/* Says bye to all viewers. */
void hub_destroy(struct hub *hub);

/*
 * Starts to send to a request, whose reply this begins. Takes over `cursors` (malloc'ed).
 * `window`: bytes that may be unacknowledged; 0: TCP paces. The viewer ends by itself.
 */
void hub_view(struct hub *hub, struct evhttp_request *request, const struct auth *auth,
	struct cursor *cursors, int count, int64_t window);

/* The viewer of that stream has rendered everything up to the event; unknown ones are
 * ignored, since a stream may just have ended. */
void hub_acknowledge(struct hub *hub, const char *stream, const char *user,
	int64_t event);

/* How many streams the user has open. */
int hub_count(const struct hub *hub, const char *user);

/* Ends the streams of those who are no longer signed in. */
void hub_check_sign_ins(struct hub *hub);

#endif
