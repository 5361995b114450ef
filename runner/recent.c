/* See recent.h. A topic's entries are a list in the ring, contiguous in seq up to the
 * newest event. */
#include "config.h"

#include "runner/recent.h"

#include "lib/buf.h"
#include "lib/store/event.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

enum {
	RECENT_BYTES = 768 * 1024,
	ENTRIES = 4096,
	BUCKETS = 256,
	REPLAYS = 16,            /* of what was read from the log */
	REPLAY_LINE = 64 * 1024, /* bytes; a longer one is not kept */
};

struct replay {
	int64_t session;
	struct recent_entry entry; /* without line: nothing is here */
};

struct recent {
	uint64_t first, end; /* places of the entries that are there */
	size_t bytes;
	LIST_HEAD(, topic) topics[BUCKETS];
	struct recent_entry entries[ENTRIES];
	struct replay replays[REPLAYS];
	bool replays_used; /* since the last beat */
};

struct line *
line_create(const char *text, size_t len)
{
	struct line *line = xcalloc(1, sizeof *line + len);
	line->references = 1;
	line->len = len;
	memcpy(line->text, text, len);
	return line;
}

struct line *
line_share(struct line *line)
{
	line->references++;
	return line;
}

void
line_release(struct line *line)
{
	if (line && --line->references == 0)
		free(line);
}

static struct recent_entry *
entry_at(const struct recent *recent, uint64_t place)
{
	return (struct recent_entry *)&recent->entries[place % ENTRIES];
}

static void
forget_oldest(struct recent *recent)
{
	struct recent_entry *oldest = entry_at(recent, recent->first++);
	if (oldest->topic) {
		oldest->topic->first = oldest->next;
		if (oldest->next == RECENT_NOWHERE)
			oldest->topic->last = RECENT_NOWHERE;
	}
	recent->bytes -= oldest->line->len;
	line_release(oldest->line);
}

struct topic *
recent_topic(const struct recent *recent, int64_t session)
{
	struct topic *topic;
	LIST_FOREACH(topic, &recent->topics[session % BUCKETS], link)
	if (topic->session == session)
		return topic;
	return NULL;
}

struct topic *
recent_join(struct recent *recent, int64_t session, int64_t last_seq, int64_t output,
	int64_t first_seq)
{
	struct topic *topic = recent_topic(recent, session);
	if (!topic) {
		topic = xcalloc(1, sizeof *topic);
		*topic = (struct topic){.session = session,
			.last_seq = last_seq,
			.output = output,
			.first_seq = first_seq,
			.first = RECENT_NOWHERE,
			.last = RECENT_NOWHERE};
		LIST_INSERT_HEAD(&recent->topics[session % BUCKETS], topic, link);
	}
	topic->viewers++;
	return topic;
}

void
recent_leave(struct recent *recent, struct topic *topic)
{
	if (--topic->viewers > 0)
		return;
	for (uint64_t p = topic->first; p != RECENT_NOWHERE;
		p = entry_at(recent, p)->next)
		entry_at(recent, p)->topic = NULL;
	LIST_REMOVE(topic, link);
	free(topic);
}

void
recent_add(struct recent *recent, struct topic *topic, const struct event *ev,
	struct line *line)
{
	while (recent->end > recent->first &&
		(recent->end - recent->first == ENTRIES ||
			recent->bytes + line->len > RECENT_BYTES))
		forget_oldest(recent);
	uint64_t place = recent->end++;
	*entry_at(recent, place) = (struct recent_entry){.topic = topic,
		.next = RECENT_NOWHERE,
		.id = ev->id,
		.seq = ev->seq,
		.output = ev->output,
		.line = line};
	recent->bytes += line->len;
	if (topic->last == RECENT_NOWHERE)
		topic->first = place;
	else
		entry_at(recent, topic->last)->next = place;
	topic->last = place;
	topic->last_seq = ev->seq;
	topic->output = ev->output;
}

const struct recent_entry *
recent_next(const struct recent *recent, const struct topic *topic, int64_t seq,
	uint64_t *place)
{
	uint64_t p = topic->first;
	if (p == RECENT_NOWHERE || entry_at(recent, p)->seq > seq + 1)
		return NULL;
	if (*place != RECENT_NOWHERE && *place > p)
		p = *place;
	while (p != RECENT_NOWHERE && entry_at(recent, p)->seq <= seq)
		p = entry_at(recent, p)->next;
	if (p == RECENT_NOWHERE)
		return NULL;
	*place = p;
	return entry_at(recent, p);
}

static struct replay *
replay_at(struct recent *recent, int64_t session, int64_t seq)
{
	return &recent->replays[(uint64_t)(session * 31 + seq) % REPLAYS];
}

void
recent_keep_replay(struct recent *recent, const struct event *ev, struct line *line)
{
	struct replay *replay = replay_at(recent, ev->session, ev->seq);
	if (line->len > REPLAY_LINE)
		return;
	line_release(replay->entry.line);
	*replay = (struct replay){.session = ev->session,
		.entry = {.id = ev->id,
			.seq = ev->seq,
			.output = ev->output,
			.line = line_share(line)}};
	recent->replays_used = true;
}

const struct recent_entry *
recent_replay(struct recent *recent, int64_t session, int64_t seq)
{
	struct replay *replay = replay_at(recent, session, seq);
	if (!replay->entry.line || replay->session != session || replay->entry.seq != seq)
		return NULL;
	recent->replays_used = true;
	return &replay->entry;
}

static void
forget_replays(struct recent *recent)
{
	for (int i = 0; i < REPLAYS; i++) {
		line_release(recent->replays[i].entry.line);
		recent->replays[i].entry.line = NULL;
	}
}

void
recent_beat(struct recent *recent)
{
	if (!recent->replays_used)
		forget_replays(recent);
	recent->replays_used = false;
}

struct recent *
recent_create(void)
{
	return xcalloc(1, sizeof(struct recent));
}

void
recent_destroy(struct recent *recent)
{
	while (recent->first < recent->end)
		forget_oldest(recent);
	forget_replays(recent);
	free(recent);
}
