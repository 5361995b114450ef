/* The sockets that `dispatch serve` listens on. */
#ifndef DISPATCH_CLI_LISTEN_H
#define DISPATCH_CLI_LISTEN_H

#include <stdbool.h>
#include <sys/socket.h>

#include "lib/err.h"

struct listen_address {
	struct sockaddr_storage socket;
	socklen_t size;
	char text[64];  /* "127.0.0.1:8480" or "[::1]:8480" */
	char reach[64]; /* the same, with loopback in place of "every address" */
	bool loopback;
};

/*
 * Reads ADDR:PORT, with a numeric ADDR (IPv6 in brackets) or "localhost"; port 0 takes a
 * free one. Error: 500 "usage".
 */
int listen_parse(struct listen_address *address, const char *text, struct err *e);

/*
 * Makes sure that the address can be bound, so that a port in use is told in one sentence
 * and not by a web server's log. Errors: 500 "listen.in_use", "listen.failed".
 */
int listen_probe(struct listen_address *address, struct err *e);

/*
 * Makes a listening unix socket at `path`, in place of what is there. A server that
 * inherits it can die and be started again while callers just wait. Returns the
 * descriptor, or -1 with an error (500 "listen.failed").
 */
int listen_unix(const char *path, struct err *e);

#endif
