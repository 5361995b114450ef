/*
 * The stream's door: GET api/stream on the unix socket run/stream.sock, behind the web
 * server, and on run/console.sock, which is for programs of who runs us: dispatch attach.
 * Checks who asks and what for, then hands the request to the hub.
 *
 * No web server knows the second, and a session does not reach it: who does may read the
 * databases as well. So there the owner of the session is believed, without a sign-in.
 */
#ifndef DISPATCH_RUNNER_STREAM_H
#define DISPATCH_RUNNER_STREAM_H

#include <stdint.h>

#include "lib/err.h"

struct app;
struct stream_server;

/* NULL with *e filled when the socket cannot be had. */
struct stream_server *stream_create(struct app *app, struct err *e);
void stream_destroy(struct stream_server *server);

struct evkeyvalq;

/* Adds what every answer of ours tells browsers; see lib/envelope.h. */
void stream_headers(struct evkeyvalq *headers);

#endif
