/*
 * Reading the runner's event stream (runner/stream.h) as one who may read the log:
 * server-sent events over DIR/run/console.sock. Asked with HTTP/1.0, so that what comes
 * is the events and nothing around them. What has come and was not read yet waits in the
 * kernel, which makes the runner wait: one message and a piece of the next are all that
 * is held here.
 */
#ifndef DISPATCH_CLI_ATTACH_STREAM_H
#define DISPATCH_CLI_ATTACH_STREAM_H

#include <stdbool.h>

#include "lib/buf.h"
#include "lib/err.h"

struct stream {
	int fd; /* -1: there is none */
	struct buf in;
	size_t at;  /* read up to here */
	int status; /* of HTTP; 0: not come yet */
};

/* Lent, until the next call. */
struct stream_message {
	const char *event, *data; /* NULL: not said */
};

/* Connects to the runner of the state directory and asks for the stream; never waits.
 * Returns 0, or -1 when no runner takes it now. */
int stream_open(struct stream *stream, const char *dir, const char *query);

/* Reads what has come, at most a piece. False: it has ended. */
bool stream_read(struct stream *stream);

/* The next message that is whole. 1; 0: there is none; -1 with the server's own words: it
 * was refused, or is no stream. */
int stream_next(struct stream *stream, struct stream_message *message, struct err *e);

/* Legal on one that is not open. */
void stream_close(struct stream *stream);

#endif
