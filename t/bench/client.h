/*
 * A client of Dispatch for measuring: one connection for requests, one for the stream,
 * plain blocking sockets, as little of its own as can be. Whatever goes wrong ends the
 * program.
 */
#ifndef DISPATCH_BENCH_CLIENT_H
#define DISPATCH_BENCH_CLIENT_H

#include <stddef.h>
#include <stdint.h>

#include "lib/buf.h"

struct client {
	int port;
	const char *key; /* dk_… */
	int requests;    /* connection */
	int stream;      /* connection, or -1 */
	struct buf text; /* of the stream that is not used yet */
	char writer[27];
	int64_t n; /* last input sent */
};

void client_open(struct client *c, int port, const char *key);
void client_close(struct client *c);

/* Sends a request and reads its answer. Returns the status; the body is in *answer. */
int client_request(struct client *c, const char *method, const char *path,
	const char *type, const void *body, size_t len, struct buf *answer);

/* Makes a terminal session that runs a shell command; its id into `id`. */
void client_create(struct client *c, const char *command, char id[27]);
void client_delete(struct client *c, const char *id);

/* Follows a session from after seq; paced by TCP. */
void client_follow(struct client *c, const char *id, int64_t seq);

/* Types the bytes; returns when they are sent. client_typed() waits for the answer. */
void client_type(struct client *c, const char *id, const void *bytes, size_t len);
void client_typed(struct client *c);

/* Appends the output of the next event that has some. Returns 0, or -1 when the session
 * has ended. */
int client_output(struct client *c, struct buf *output);

/* Microseconds, monotonic. */
double now_us(void);

#endif
