/*
 * What has happened, told to whoever wants to know. The recorder and the registry publish
 * after the commit; they call no observer by name.
 *
 * Observers may subscribe when the program starts; there is no unsubscribing.
 */
#ifndef DISPATCH_RUNNER_BUS_H
#define DISPATCH_RUNNER_BUS_H

#include <stdint.h>

struct bus;
struct event;
struct session;
struct snapshot;

enum session_change { SESSION_CREATED, SESSION_CHANGED, SESSION_ENDED, SESSION_DELETED };

/* Any of these may be NULL. What the pointers point to is valid during the call. */
struct bus_observer {
	/* An event is in the log. */
	void (*event)(void *arg, const struct session *s, const struct event *ev);
	/* All events of one commit have been told. */
	void (*turn)(void *arg);
	/* The row of a session is new or has changed. */
	void (*session)(void *arg, enum session_change change, const struct session *s);
	/* A snapshot of the session was made; NULL: it could not be. */
	void (*snapshot)(void *arg, int64_t session, const struct snapshot *snapshot);
	/* The disk is full (nothing can be recorded) or has space again. */
	void (*storage)(void *arg, int full);
};

struct bus *bus_create(void);
void bus_destroy(struct bus *bus);

/* `observer` must outlive the bus; a literal. At most 8. */
void bus_subscribe(struct bus *bus, const struct bus_observer *observer, void *arg);

void bus_event(struct bus *bus, const struct session *s, const struct event *ev);
void bus_turn(struct bus *bus);
void bus_session(struct bus *bus, enum session_change change, const struct session *s);
void bus_snapshot(struct bus *bus, int64_t session, const struct snapshot *snapshot);
void bus_storage(struct bus *bus, int full);

#endif
