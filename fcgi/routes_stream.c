/* The log of a session, read in parts or followed. See domain.h. */
#include "config.h"

#include "fcgi/domain.h"
#include "fcgi/handlers.h"

static const struct param events_params[] = {
	SESSION_PARAM,
	[EVENTS_AFTER] = {"after", IN_QUERY, TYPE_INT, false, 0, NUMBER_MAX,
		.doc = "only events with a higher seq"},
	[EVENTS_BEFORE] = {"before", IN_QUERY, TYPE_INT, false, 1, NUMBER_MAX,
		.doc = "only events with a lower seq, and the newest of them"},
	[EVENTS_LIMIT] = {"limit", IN_QUERY, TYPE_INT, false, 1, 1000,
		.doc = "at most so many; default 200"},
	[EVENTS_CHANNEL] = {"channel", IN_QUERY, TYPE_TEXT, false, 1, 64,
		.doc = "only this channel, such as pty:output"},
};

static const struct param snapshot_params[] = {
	SESSION_PARAM,
	[SNAPSHOT_BEFORE] = {"before", IN_QUERY, TYPE_INT, false, 1, NUMBER_MAX,
		.doc = "only one with a lower seq"},
};

static const char *const jumps[] = {"0", "1", "screen", NULL};

static const struct param stream_params[] = {
	[STREAM_SESSIONS] = {"s", IN_QUERY, TYPE_TEXT, false, 0, 8192,
		.doc = "<session>:<seq>,… : each session from after that seq"},
	[STREAM_JUMP] = {"jump", IN_QUERY, TYPE_ENUM, false, .values = jumps,
		.doc = "1: a terminal that is far behind may go on from a snapshot; "
		       "screen: each begins with one, without the lines above"},
	[STREAM_WINDOW] = {"window", IN_QUERY, TYPE_INT, false, 0, 16777216,
		.doc = "most bytes unacknowledged; 0: no acknowledgements"},
};

static const struct param ack_params[] = {
	[ACK_STREAM] = {"stream", IN_PATH, TYPE_ID, true,
		.doc = "as the hello event named it"},
	[ACK_COUNT] = {"n", IN_BODY, TYPE_INT, true, 0, NUMBER_MAX,
		.doc = "so many of the stream's events, snapshots and gaps are on the "
		       "screen"},
};

static const struct route routes[] = {
	{"GET", "api/sessions/<id>/events", CAP_READ, PARAMS(events_params),
		.handle = h_events,
		.answers = {{200, "Events", "a part of the log, ascending"}},
		.doc = "Reads a session's log"},
	{"GET", "api/sessions/<id>/snapshot", CAP_READ, PARAMS(snapshot_params),
		.handle = h_snapshot,
		.answers = {{200, "Snapshot", "the newest that there is"}},
		.doc = "Reads the state of a terminal at a place of its log"},
	{"GET", "api/stream", CAP_READ, PARAMS(stream_params), .handle = h_stream,
		.answers = {{200, "EventStream",
			"server-sent events, for as long as one reads"}},
		.doc = "Follows sessions as they go on"},
	{"POST", "api/stream/<stream>/ack", CAP_READ, BODY_JSON, JSON_MAX,
		PARAMS(ack_params), .handle = h_ack,
		.unaudited = "it tells what was seen, and changes nothing",
		.answers = {{204, NULL, "noted"}},
		.doc = "Tells how far a stream is on the screen"},
};

static const struct schema schemas[] = {
	{"Event",
		{{"session", TEXT}, {"seq", NUMBER}, {"ts", NUMBER}, {"channel", TEXT},
			{"type", TEXT}, {"?bytes", TEXT}, {"?data", ANY}}},
	{"Gap", {{"from", NUMBER}, {"to", NUMBER}}},
	{"Events",
		{{"items", LIST(REF("Event"))}, {"next", MAYBE_NUMBER},
			{"?gap", REF("Gap")}}},
	{"Snapshot",
		{{"session", TEXT}, {"seq", NUMBER}, {"ts", NUMBER}, {"cols", NUMBER},
			{"rows", NUMBER}, {"run", NUMBER}, {"owner", MAYBE_TEXT},
			{"output", NUMBER}, {"scrollback", TRUTH}, {"bytes", TEXT}}},
};

const struct domain domain_stream = {DOMAIN(routes, schemas)};
