/*
 * A client of Dispatch for measuring: one kept-alive connection for requests, plain
 * blocking sockets, as little of its own as can be. Streams are in viewer.h.
 */
#ifndef DISPATCH_BENCH_CLIENT_H
#define DISPATCH_BENCH_CLIENT_H

#include <stddef.h>
#include <stdint.h>

#include "lib/buf.h"
#include "lib/crypt.h"

struct instance;

struct client {
	const struct instance *instance;
	int fd;
	char writer[ID_SIZE]; /* of what is typed; one session each */
	int64_t typed;        /* number of the last input */
	struct buf answer;    /* body of the last answer */
};

void client_open(struct client *c, const struct instance *in);
void client_close(struct client *c);

/* Appends the head of a request: everything up to the empty line. */
void client_head(const struct instance *in, struct buf *b, const char *method,
	const char *path, int minor, const char *more);

/*
 * Takes an answer with a Content-Length from the front of *in, as far as it has come.
 * Returns its length, head and all (0: it is not whole); *status and *body (both may be
 * NULL) say what it is.
 */
size_t answer_length(const struct buf *in, int *status, size_t *body);

/* Sends a request and reads the answer. Returns the status. `json` may be NULL. */
int client_request(struct client *c, const char *method, const char *path,
	const char *json);

/* Makes a terminal session that runs a shell command (no quotes or backslashes in it). */
void client_create(struct client *c, const char *command, char id[ID_SIZE]);
void client_delete(struct client *c, const char *id);

/* A number of a session, such as "last_seq". */
int64_t client_session_number(struct client *c, const char *id, const char *key);

/* Types; client_typed() takes the answer, which must say that it was accepted. */
void client_type(struct client *c, const char *id, const void *bytes, size_t len);
void client_typed(struct client *c);

#endif
