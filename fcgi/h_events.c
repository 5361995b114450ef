/*
 * A session's log, page by page. Each answer is bounded in bytes as well as in events:
 * the log is read in small portions, and after the one that goes over the bound we stop.
 */
#include "config.h"

#include "fcgi/handlers.h"
#include "fcgi/owned.h"
#include "lib/envelope.h"
#include "lib/json.h"
#include "lib/store/event.h"
#include "lib/store/snapshot.h"

enum { ANSWER_BYTES = 1024 * 1024, PORTION = 16, DEFAULT_LIMIT = 200, MAX_PORTIONS = 64 };

/* A portion of events as JSON, without brackets. */
struct portion {
	const char *session;
	struct buf json;
	int64_t first, last; /* seq; 0: none */
	int count;
};

static int
add_event(void *arg, const struct event *ev)
{
	struct portion *p = arg;
	if (p->json.len)
		buf_char(&p->json, ',');
	/* Rendered by itself, since the writer puts commas by what stands before. */
	struct buf one = BUF_INIT;
	envelope_event(&one, p->session, ev);
	buf_add(&p->json, one.data, one.len);
	buf_free(&one);
	if (!p->first)
		p->first = ev->seq;
	p->last = ev->seq;
	p->count++;
	return 0;
}

/* Reads portions towards the past or the future until the limit, the bound or the log's
 * end. Returns how many portions there are, or -1; *more is set when the log goes on. */
static int
read_portions(struct call *c, struct event_range range, struct portion *portions,
	const char *session, bool *more, struct err *e)
{
	int left = range.limit, n = 0;
	size_t bytes = 0;
	*more = true;
	while (left > 0 && bytes < ANSWER_BYTES && n < MAX_PORTIONS) {
		struct portion *p = &portions[n++];
		*p = (struct portion){.session = session};
		range.limit = left < PORTION ? left : PORTION;
		if (event_read(c->events, &range, add_event, p, e) < 0)
			return -1;
		left -= p->count;
		bytes += p->json.len;
		if (p->count < range.limit) {
			*more = false;
			break;
		}
		if (range.newest)
			range.before = p->first;
		else
			range.after = p->last;
	}
	return n;
}

static void
put_portions(struct buf *b, const struct portion *portions, int count, bool newest)
{
	bool any = false;
	for (int i = 0; i < count; i++) {
		const struct portion *p = &portions[newest ? count - 1 - i : i];
		if (!p->count)
			continue;
		if (any)
			buf_char(b, ',');
		buf_add(b, p->json.data, p->json.len);
		any = true;
	}
}

/* The seq to go on from: of the oldest event given when going back, else of the newest.
 */
static int64_t
next_cursor(const struct portion *portions, int count, bool newest)
{
	int64_t cursor = 0;
	for (int i = 0; i < count; i++)
		if (portions[i].count)
			cursor = newest ? portions[i].first : portions[i].last;
	return cursor;
}

static void
put_next(struct buf *b, int64_t cursor, bool newest, const struct session *s)
{
	json_key(b, "next");
	if (cursor == 0 || (newest ? cursor <= s->first_seq : cursor >= s->last_seq))
		json_null(b);
	else
		json_int(b, cursor);
}

static struct event_range
range_of(const struct call *c, const struct session *s)
{
	const struct value *v = c->values;
	return (struct event_range){
		.session = s->number,
		.after = v[EVENTS_AFTER].given ? v[EVENTS_AFTER].number : 0,
		.before = v[EVENTS_BEFORE].given ? v[EVENTS_BEFORE].number : 0,
		.limit = v[EVENTS_LIMIT].given ? (int)v[EVENTS_LIMIT].number
					       : DEFAULT_LIMIT,
		.newest = v[EVENTS_BEFORE].given,
		.channel = v[EVENTS_CHANNEL].given ? v[EVENTS_CHANNEL].text : NULL,
	};
}

/* Says which of the events that were asked for are gone. */
static void
put_gap(struct buf *b, const struct event_range *asked, const struct session *s)
{
	int64_t from = asked->after + 1, to = s->first_seq - 1;
	if (asked->before && to >= asked->before)
		to = asked->before - 1;
	if (from > to)
		return;
	json_key(b, "gap"), json_begin(b, '{');
	json_key(b, "from"), json_int(b, from);
	json_key(b, "to"), json_int(b, to);
	json_end(b, '}');
}

int
h_events(struct call *c, struct err *e)
{
	struct portion portions[MAX_PORTIONS] = {0};
	struct buf *b = &c->response->body;
	struct session s;
	bool more;
	if (owned_find(c, &s, e) != 0)
		return -1;
	struct event_range range = range_of(c, &s);
	int count = read_portions(c, range, portions, s.id, &more, e);
	if (count >= 0) {
		json_begin(b, '{');
		json_key(b, "items"), json_begin(b, '[');
		put_portions(b, portions, count, range.newest);
		json_end(b, ']');
		int64_t cursor = more ? next_cursor(portions, count, range.newest) : 0;
		put_next(b, cursor, range.newest, &s);
		if (!range.newest || cursor <= s.first_seq)
			put_gap(b, &range, &s);
		json_end(b, '}');
	}
	for (int i = 0; i < MAX_PORTIONS; i++)
		buf_free(&portions[i].json);
	session_clear(&s);
	return count < 0 ? -1 : 0;
}

int
h_snapshot(struct call *c, struct err *e)
{
	const struct value *before = &c->values[SNAPSHOT_BEFORE];
	struct snapshot snapshot;
	struct session s;
	if (owned_find(c, &s, e) != 0)
		return -1;
	int found = snapshot_find(c->events, s.number, before->given ? before->number : 0,
		&snapshot, e);
	if (found > 0)
		envelope_snapshot(&c->response->body, s.id, &snapshot, true);
	else if (found == 0)
		err_set(e, 404, "snapshot.none",
			"There is no snapshot of this session there.");
	snapshot_clear(&snapshot);
	session_clear(&s);
	return found > 0 ? 0 : -1;
}
