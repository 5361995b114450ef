/*
 * The newest events, encoded once for all viewers, in a ring in memory that is bounded by
 * RECENT_BYTES; and what is known of the sessions that are watched. For the hub and its
 * viewers.
 */
#ifndef DISPATCH_RUNNER_RECENT_H
#define DISPATCH_RUNNER_RECENT_H

#include <stddef.h>
#include <stdint.h>
#include <sys/queue.h>

struct event;
struct recent;

/* An encoded piece of a stream, shared by reference. */
struct line {
	int references;
	size_t len;
	char text[];
};
struct line *line_create(const char *text, size_t len); /* one reference */
struct line *line_share(struct line *line);             /* one more */
void line_release(struct line *line);                   /* NULL: nothing */

/* A place in the ring, counted since the start. */
#define RECENT_NOWHERE UINT64_MAX

/* A session that someone watches. */
struct topic {
	LIST_ENTRY(topic) link;
	int64_t session;
	int64_t last_seq, output; /* of its newest event */
	int64_t first_seq;        /* of the oldest event that the log has */
	int viewers;
	uint64_t first, last; /* its oldest and newest entry; or nowhere */
};

struct recent_entry {
	struct topic *topic; /* NULL: nobody watches it any more */
	uint64_t next;       /* the topic's next entry; or nowhere */
	int64_t id, seq, output;
	struct line *line;
};

struct recent *recent_create(void);
void recent_destroy(struct recent *recent);

/* The topic of a session; NULL: nobody watches it. */
struct topic *recent_topic(const struct recent *recent, int64_t session);

/* One more viewer of the session, which is as the other three arguments say when nobody
 * watches it yet. */
struct topic *recent_join(struct recent *recent, int64_t session, int64_t last_seq,
	int64_t output, int64_t first_seq);
void recent_leave(struct recent *recent, struct topic *topic);

/* Adds the topic's newest event; takes over the line. */
void recent_add(struct recent *recent, struct topic *topic, const struct event *ev,
	struct line *line);

/*
 * The topic's event behind seq; NULL when it is not in the ring. *place is where that was
 * the last time (RECENT_NOWHERE at first) and is kept by the caller for the next.
 */
const struct recent_entry *recent_next(const struct recent *recent,
	const struct topic *topic, int64_t seq, uint64_t *place);

/*
 * What was read from the log and encoded for one viewer may be what others at about the
 * same place need next: a few of these are kept as well. recent_keep_replay() shares the
 * line; recent_replay() gives the event of that seq, or NULL. To be told at every beat of
 * the hub, so that they go when nobody reads any more.
 */
void recent_keep_replay(struct recent *recent, const struct event *ev, struct line *line);
const struct recent_entry *recent_replay(struct recent *recent, int64_t session,
	int64_t seq);
void recent_beat(struct recent *recent);

#endif
