/* See event.h. */
#include "config.h"

#include "lib/store/event.h"

#include "lib/db.h"

#include <sqlite3.h>

enum { ID_BLOCK = 1024 };

#define COLUMNS "id, session, seq, ts, channel, type, bytes, data_json, output"

/* An id up to the noted one is inserted without another note. */
static int
take_ids(struct db *db, struct event_ids *ids, struct err *e)
{
	int64_t noted = 0;
	int n = db_exec(db, e,
		"UPDATE sqlite_sequence SET seq=seq+? WHERE name='session_event'", "i",
		(int64_t)ID_BLOCK);
	if (n == 0)
		n = db_exec(db, e,
			"INSERT INTO sqlite_sequence (name, seq) VALUES "
			"('session_event', ?)",
			"i", (int64_t)ID_BLOCK);
	if (n < 0 ||
		db_int(db, &noted, e,
			"SELECT seq FROM sqlite_sequence WHERE name='session_event'",
			"") < 0)
		return -1;
	*ids = (struct event_ids){noted - ID_BLOCK + 1, noted + 1};
	return 0;
}

int
event_append(struct db *db, struct event_ids *ids, struct event *ev, struct err *e)
{
	int n;
	if (ids->next == ids->end && take_ids(db, ids, e) != 0)
		return -1;
	ev->id = ids->next++;
	if (ev->bytes)
		n = db_exec(db, e,
			"INSERT INTO session_event (id, session, seq, ts, channel, type, "
			"output, bytes)"
			" VALUES (?,?,?,?,?,?,?,?)",
			"iiiittib", ev->id, ev->session, ev->seq, ev->ts, ev->channel,
			ev->type, ev->output, ev->bytes, ev->len);
	else
		n = db_exec(db, e,
			"INSERT INTO session_event (id, session, seq, ts, channel, type, "
			"output, data_json)"
			" VALUES (?,?,?,?,?,?,?,?)",
			"iiiittit", ev->id, ev->session, ev->seq, ev->ts, ev->channel,
			ev->type, ev->output, ev->data);
	return n < 0 ? -1 : 0;
}

static struct event
load(sqlite3_stmt *stmt)
{
	struct event ev = {
		.id = sqlite3_column_int64(stmt, 0),
		.session = sqlite3_column_int64(stmt, 1),
		.seq = sqlite3_column_int64(stmt, 2),
		.ts = sqlite3_column_int64(stmt, 3),
		.channel = (const char *)sqlite3_column_text(stmt, 4),
		.type = (const char *)sqlite3_column_text(stmt, 5),
		.output = sqlite3_column_int64(stmt, 8),
	};
	if (sqlite3_column_type(stmt, 6) == SQLITE_NULL) {
		ev.data = (const char *)sqlite3_column_text(stmt, 7);
	} else {
		ev.bytes = sqlite3_column_blob(stmt, 6);
		ev.len = (size_t)sqlite3_column_bytes(stmt, 6);
		ev.bytes = ev.bytes ? ev.bytes : "";
	}
	return ev;
}

static sqlite3_stmt *
range_query(struct db *db, const struct event_range *r)
{
	int64_t before = r->before ? r->before : INT64_MAX, limit = r->limit;
	if (r->newest)
		return db_query(db,
			"SELECT " COLUMNS " FROM (SELECT " COLUMNS " FROM session_event"
			" WHERE session=? AND seq>? AND seq<? AND (?4 IS NULL OR "
			"channel=?4)"
			" ORDER BY seq DESC LIMIT ?5) ORDER BY seq",
			"iiiti", r->session, r->after, before, r->channel, limit);
	return db_query(db,
		"SELECT " COLUMNS " FROM session_event"
		" WHERE session=? AND seq>? AND seq<? AND (?4 IS NULL OR channel=?4)"
		" ORDER BY seq LIMIT ?5",
		"iiiti", r->session, r->after, before, r->channel, limit);
}

int
event_read(struct db *db, const struct event_range *range,
	int (*each)(void *arg, const struct event *ev), void *arg, struct err *e)
{
	sqlite3_stmt *stmt = range_query(db, range);
	int rc, count = 0, stop = 0;
	while (!stop && (rc = db_step(db, stmt, e)) > 0) {
		struct event ev = load(stmt);
		stop = each(arg, &ev);
		count++;
	}
	db_done(stmt);
	return !stop && rc < 0 ? -1 : count;
}

int
event_next_id(struct db *db, int64_t session, int64_t after, int64_t *id, struct err *e)
{
	return db_int(db, id, e,
		"SELECT id FROM session_event WHERE session=? AND seq>? ORDER BY seq "
		"LIMIT 1",
		"ii", session, after);
}

int64_t
event_seq_at(struct db *db, int64_t session, int64_t id, struct err *e)
{
	int64_t seq = 0;
	int rc = db_int(db, &seq, e,
		"SELECT seq FROM session_event WHERE session=? AND id<=?"
		" ORDER BY seq DESC LIMIT 1",
		"ii", session, id);
	return rc < 0 ? -1 : seq;
}

int64_t
event_output_at(struct db *db, int64_t session, int64_t seq, struct err *e)
{
	int64_t output = 0;
	int rc = db_int(db, &output, e,
		"SELECT output FROM session_event WHERE session=? AND seq<=?"
		" ORDER BY seq DESC LIMIT 1",
		"ii", session, seq);
	return rc < 0 ? -1 : output;
}

int64_t
event_last_seq(struct db *db, int64_t session, struct err *e)
{
	int64_t seq = 0;
	int rc = db_int(db, &seq, e,
		"SELECT seq FROM session_event WHERE session=? ORDER BY seq DESC LIMIT 1",
		"i", session);
	return rc < 0 ? -1 : seq;
}
