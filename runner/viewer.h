/*
 * One viewer of the stream: a request that is being answered for as long as it lasts. For
 * hub.c only.
 *
 * It has a cursor in the log of each of its sessions. What comes next is taken from the
 * hub's ring when it is there, else read from the log, a piece at a time: only when the
 * last piece has left for the web server, and only while the window is open. So a viewer
 * has no buffer that grows, and none can slow a program or another viewer.
 *
 * Without `jump` the events of all sessions come in the order of the log. With it the
 * session that is the least behind comes first, so that a flood does not keep the others
 * waiting, and a terminal that is far behind goes on from a snapshot.
 */
#ifndef DISPATCH_RUNNER_VIEWER_H
#define DISPATCH_RUNNER_VIEWER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/queue.h>

#include "lib/auth.h"
#include "lib/buf.h"
#include "runner/hub.h"
#include "runner/window.h"

struct evbuffer;
struct event;
struct line;
struct recent;
struct snapshot;

/* More waiting ones end the viewer, who then reads anew. */
enum { SYSTEM_LINES = 64 };

/* A piece has about so many bytes. */
enum { VIEWER_PIECE = 64 * 1024 };

struct viewer {
	LIST_ENTRY(viewer) link;
	struct hub *hub;
	struct app *app;
	struct recent *recent;
	char stream[ID_SIZE];
	struct auth auth;
	struct evhttp_request *request;
	struct evbuffer *out; /* empty between two calls */
	struct cursor *cursors;
	int count;
	bool jump, screen, console; /* see struct view */
	bool partials_due;          /* text that is being written may have grown */
	bool sending;               /* a piece is on its way */
	int64_t beat;               /* when something was last sent, monotonic ms */
	struct window window;
	struct line *system[SYSTEM_LINES];
	int system_count;
};

/* Begins the reply. */
void viewer_begin(struct viewer *viewer, struct evhttp_request *request);

/* Sends what it may have now, if it can. */
void viewer_pump(struct viewer *viewer);

/* Sends the line before any more events. */
void viewer_tell(struct viewer *viewer, struct line *line);

/* A sign of life, when nothing else was sent for a while. */
void viewer_beat(struct viewer *viewer, int64_t now);

/* To be called at every beat of the hub: asks for snapshots for what is far behind.
 * `attach`: at once, and with the lines above the screen; else only a fast link gets
 * those. */
void viewer_look_behind(struct viewer *viewer, bool attach);

/* To be called when something was acknowledged: a terminal whose snapshot is drawn goes
 * on with what is behind it, or, where that takes too long to draw, with another one. */
void viewer_drawn(struct viewer *viewer);

/*
 * The snapshot that the session's cursor waits for is there (NULL: there will be none).
 * lines[0] is its line of the stream without scrollback, lines[1] with; they are made
 * when they are needed.
 */
void viewer_snapshot(struct viewer *viewer, int64_t session,
	const struct snapshot *snapshot, struct line *lines[2]);

/* Says bye and why, and frees the viewer. */
void viewer_end(struct viewer *viewer, const char *reason);

/* Appends the event as it stands in a stream. */
void viewer_encode(struct buf *b, const char *session_id, const struct event *ev);

/* For viewer.c: takes what comes next into `out`, as far as it may be sent now. */
void viewer_take(struct viewer *viewer);
void viewer_add_line(struct viewer *viewer, struct line *line);
/* Whether there is anything behind the cursor that can be sent. */
bool viewer_has_more(const struct cursor *cursor);

/* For viewer.c: the hub's side. */
void hub_leave(struct hub *hub, struct viewer *viewer);

#endif
