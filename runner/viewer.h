/*
 * One viewer of the stream: a request that is being answered for as long as it lasts. For
 * hub.c only.
 *
 * A viewer is either live — it takes events from the hub's ring — or behind, and reads
 * the logs of its sessions merged in global order. Either way it asks for the next piece
 * only when the last one has left for the web server, and only while its window is open.
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

struct event;

/* An encoded piece of a stream, shared by reference. */
struct line {
	int references;
	size_t len;
	char text[];
};
struct line *line_create(const char *text, size_t len); /* one reference */
void line_release(struct line *line);

/* The newest events. Entries have positions first..end-1, counted since the start. */
enum { RECENT_ENTRIES = 4096 };
struct recent_entry {
	int64_t id, session, seq;
	struct line *line;
};
struct recent {
	uint64_t first, end;
	int64_t first_id; /* every watched event from this global id on is here */
	int64_t last_id;  /* newest in the log */
	size_t bytes;
	struct recent_entry entries[RECENT_ENTRIES];
};

enum {
	SYSTEM_LINES = 64, /* more waiting ones end the viewer, who then reads anew */
	MARKS = 64,        /* how finely acknowledgements are accounted */
};

struct viewer {
	LIST_ENTRY(viewer) link;
	struct hub *hub;
	struct app *app;
	char stream[ID_SIZE];
	struct auth auth;
	struct evhttp_request *request;
	struct cursor *cursors;
	int count;
	bool live;
	uint64_t position; /* when live: in the ring */
	bool sending;      /* a piece is on its way */
	int64_t beat;      /* when something was last sent, monotonic ms */

	int64_t window, in_flight; /* bytes; window 0: not counted */
	struct {
		int64_t id, bytes;
	} marks[MARKS]; /* what was sent up to which event, oldest first */
	int mark_count;

	struct line *system[SYSTEM_LINES];
	int system_count;
};

/* Begins the reply. */
void viewer_begin(struct viewer *viewer, struct evhttp_request *request);

/* Sends what it may have now, if it can. */
void viewer_pump(struct viewer *viewer);

/* Sends the line before any more events. */
void viewer_tell(struct viewer *viewer, struct line *line);

void viewer_acknowledge(struct viewer *viewer, int64_t event);

/* A sign of life, when nothing else was sent for a while. */
void viewer_beat(struct viewer *viewer, int64_t now);

/* Says bye and why, and frees the viewer. */
void viewer_end(struct viewer *viewer, const char *reason);

/* Appends the event as it stands in a stream. */
void viewer_encode(struct buf *b, const char *session_id, const struct event *ev);

/* For viewer.c: the hub's side. */
const struct recent *hub_recent(const struct hub *hub);
int64_t hub_remembers_from(const struct hub *hub, int64_t session);
void hub_leave(struct hub *hub, struct viewer *viewer);

#endif
