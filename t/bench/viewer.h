/*
 * A viewer: one event stream of one session, read as server-sent events. It sends no
 * acknowledgements (window=0); TCP paces it.
 */
#ifndef DISPATCH_BENCH_VIEWER_H
#define DISPATCH_BENCH_VIEWER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/buf.h"

struct instance;

struct viewer {
	int fd;
	struct buf in;     /* as it came; used up to `used` */
	size_t used, head; /* `head`: where the first event begins; 0: not there yet */
	char event[16];    /* name of the event whose data comes next */
	bool keep;         /* nothing is thrown away: set it before the first read */
	bool refused;      /* the answer was no stream; `in` has it */
	uint64_t received; /* bytes, with the head */
};

struct message {
	const char *event; /* "event", "snapshot", "hello", … */
	const char *data;  /* JSON; valid until the next read */
	size_t data_len;
	int64_t seq, ts;        /* 0: it has none */
	const char *base64;     /* of "bytes"; NULL: it has none */
	size_t base64_len, len; /* characters, and bytes that they stand for */
};

/* Asks for the stream from after seq. `more`: further parameters, such as "&jump=1". */
void viewer_open(struct viewer *v, const struct instance *in, const char *id, int64_t seq,
	const char *more);
void viewer_close(struct viewer *v);

/* Reads once. False when the stream has ended. */
bool viewer_read(struct viewer *v);

/* Takes the next whole message of what was read. */
bool viewer_take(struct viewer *v, struct message *m);

/* The next message; waits for it. False when the stream has ended. */
bool viewer_next(struct viewer *v, struct message *m);

/* The next terminal output; fails when the stream ends. */
void viewer_output(struct viewer *v, struct message *m);

/* Back to the first event of a viewer that keeps. */
void viewer_rewind(struct viewer *v);

/* Appends the bytes that the message carries. */
void message_bytes(const struct message *m, struct buf *to);

/* True when the session has ended by what the message says. */
bool message_is_end(const struct message *m);

#endif
