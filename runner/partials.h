/*
 * Text that is being written: blocks that have begun and are not finished, kept so that
 * whoever watches their session sees them grow, and who comes later gets what they hold
 * so far. Nothing of this is stored; the finished block is an event and takes its place.
 */
#ifndef DISPATCH_RUNNER_PARTIALS_H
#define DISPATCH_RUNNER_PARTIALS_H

#include <stddef.h>
#include <stdint.h>
#include <sys/queue.h>

#include "lib/buf.h"

struct partials;

enum {
	PARTIALS_MAX = 16, /* open blocks of one session; then the oldest goes */
	PARTIAL_BYTES = 1024 * 1024, /* of a block; what comes then is not shown before
	                               it is finished */
};

struct partial {
	LIST_ENTRY(partial) link; /* newest first */
	uint64_t id;              /* no other block ever had it */
	int64_t session;          /* run_session.number */
	char *message;            /* what it is part of, and where */
	int index;
	const char *kind;    /* "text", "thinking" or "tool"; a literal */
	char *parent, *name; /* NULL: none */
	struct buf text;     /* UTF-8 */
};

/* What of a block somebody has been sent. */
struct partial_place {
	uint64_t id;
	size_t bytes, units; /* units of UTF-16 */
};

/* `grown` is called when there is something to send. */
struct partials *partials_create(void (*grown)(void *arg), void *arg);
void partials_destroy(struct partials *partials);

/* Begins a block; texts are copied. */
struct partial *partials_begin(struct partials *partials, const struct partial *what);

/* The session's open block of this message and place; NULL: there is none. */
struct partial *partials_find(struct partials *partials, int64_t session,
	const char *message, int index);

/* The open block of the message with the lowest index; NULL: there is none. */
struct partial *partials_first(struct partials *partials, int64_t session,
	const char *message);

void partials_grow(struct partials *partials, struct partial *p, const char *text,
	size_t len);

void partials_end(struct partials *partials, struct partial *p);

/* Ends the blocks of the message (NULL: all) of the session. */
void partials_end_all(struct partials *partials, int64_t session, const char *message);

/* Appends to *b, as they stand in a stream, what of the session's blocks is not in the
 * places yet, and moves these on. */
void partials_encode(const struct partials *partials, int64_t session,
	const char *session_id, struct partial_place places[PARTIALS_MAX], struct buf *b);

#endif
