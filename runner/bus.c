/* See bus.h. */
#include "config.h"

#include "runner/bus.h"

#include "lib/buf.h"

#include <stdlib.h>

enum { MAX_OBSERVERS = 8 };

struct bus {
	int count;
	struct {
		const struct bus_observer *observer;
		void *arg;
	} list[MAX_OBSERVERS];
};

struct bus *
bus_create(void)
{
	return xcalloc(1, sizeof(struct bus));
}

void
bus_destroy(struct bus *bus)
{
	free(bus);
}

void
bus_subscribe(struct bus *bus, const struct bus_observer *observer, void *arg)
{
	if (bus->count == MAX_OBSERVERS)
		abort();
	bus->list[bus->count].observer = observer;
	bus->list[bus->count++].arg = arg;
}

#define TELL(bus, what, ...) \
	for (int i = 0; i < (bus)->count; i++) \
		if ((bus)->list[i].observer->what) \
	(bus)->list[i].observer->what((bus)->list[i].arg, ##__VA_ARGS__)

void
bus_event(struct bus *bus, const struct session *s, const struct event *ev)
{
	TELL(bus, event, s, ev);
}

void
bus_turn(struct bus *bus)
{
	TELL(bus, turn);
}

void
bus_session(struct bus *bus, enum session_change change, const struct session *s)
{
	TELL(bus, session, change, s);
}

void
bus_snapshot(struct bus *bus, int64_t session, const struct snapshot *snapshot)
{
	TELL(bus, snapshot, session, snapshot);
}

void
bus_storage(struct bus *bus, int full)
{
	TELL(bus, storage, full);
}
