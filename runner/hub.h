/*
 * The hub hands the log to its viewers. It keeps the newest events, encoded once for all,
 * in a ring in memory (bounded by RECENT_BYTES); a viewer that is level with the ring is
 * served from it, one that is behind reads on from the log. No viewer has a buffer that
 * grows, and none can slow a program or another viewer.
 */
#ifndef DISPATCH_RUNNER_HUB_H
#define DISPATCH_RUNNER_HUB_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/auth.h"
#include "lib/crypt.h"
#include "runner/partials.h"

struct app;
struct buf;
struct evhttp_request;
struct hub;
struct viewer;

struct line;
struct session;
struct topic;

/* A viewer's place in the log of one session: everything up to seq has been sent. */
struct cursor {
	int64_t session; /* run_session.number */
	char id[ID_SIZE];
	bool terminal; /* it has snapshots */
	int64_t seq;
	int64_t output; /* bytes that the session had said by then */
	struct topic *topic;
	uint64_t place;                /* of the next event in the hub's ring */
	int64_t known_after, known_id; /* global id of the event behind known_after */

	struct partial_place partials[PARTIALS_MAX]; /* what of open blocks was sent */

	bool jumping;          /* waits for a snapshot; its events are not sent */
	bool scrollback;       /* of that: with the lines above the screen */
	int late;              /* beats for which it has been far behind */
	int64_t drawing;       /* message with a snapshot that is being drawn; 0: none */
	struct line *snapshot; /* NULL until it is there */
	int64_t snapshot_seq, snapshot_output;
};

/* What a request asks to see. */
struct view {
	struct cursor *cursors;   /* malloc'ed; session … output are set */
	struct session *sessions; /* the row of each */
	int count;
	int64_t window; /* bytes that may be unacknowledged; 0: TCP paces */
	bool jump;      /* what is far behind may go on from a snapshot */
	bool screen;    /* and each begins with one, without the lines above the screen */
	bool console;   /* there is no sign-in that could end */
};

struct hub *hub_create(struct app *app);

/* Says bye to all viewers, which ends them; it leaves with the next turn of the loop. */
void hub_say_bye(struct hub *hub);

void hub_destroy(struct hub *hub);

/* Starts to send to a request, whose reply this begins. Takes over the view's cursors.
 * The viewer ends by itself. */
void hub_view(struct hub *hub, struct evhttp_request *request, const struct auth *auth,
	const struct view *view);

/* The viewer of that stream has so many messages on its screen. Unknown ones are ignored,
 * since a stream may just have ended; a number that was never sent ends it. */
void hub_acknowledge(struct hub *hub, const char *stream, const char *user, int64_t n);

/* Tells the user's viewers that a workspace was created, changed or deleted (`type`). */
void hub_tell_workspace(struct hub *hub, const char *user, const char *id,
	const char *type);

/* Tells all viewers a system event. */
void hub_tell_all(struct hub *hub, const struct buf *data);

/* True when the user has this stream open. */
bool hub_has_stream(const struct hub *hub, const char *stream, const char *user);

/* Sends a system event to one stream; false while it has too much before it. To one that
 * has ended it counts as sent. */
bool hub_tell_stream(struct hub *hub, const char *stream, const char *user,
	const struct buf *data);

/* The log of the session now begins at first_seq. */
void hub_pruned(struct hub *hub, int64_t session, int64_t first_seq);

/* Text that is being written has grown; see partials.h. Its viewers see that within
 * PARTIAL_MS. */
void hub_partials_grown(void *hub);

/* How many streams the user has open. */
int hub_count(const struct hub *hub, const char *user);

/* Ends the streams of those who are no longer signed in. */
void hub_check_sign_ins(struct hub *hub);

#endif
