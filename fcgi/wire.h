/*
 * The conversation with the web server: FastCGI over a socket (libfcgi), or plain CGI
 * over standard input and output. The only part that knows libfcgi.
 */
#ifndef DISPATCH_FCGI_WIRE_H
#define DISPATCH_FCGI_WIRE_H

#include <stdbool.h>
#include <stddef.h>

#include "lib/err.h"

struct wire;

/* Before any other call, in a process with one thread. */
void wire_init(void);

/* Listens on a unix socket at `path` with mode 0660, in place of what was there. Returns
 * its descriptor, or -1. */
int wire_listen(const char *path, struct err *e);

/* True when the descriptor is a socket that listens. */
bool wire_is_listening(int fd);

/* One thread's end of the conversation, on a listening socket. Never NULL. */
struct wire *wire_open(int fd);

/* Waits for the next request. 0, or -1 when there will be none. */
int wire_accept(struct wire *w);

/* The request's CGI variables; valid until wire_finish(). */
char *const *wire_env(const struct wire *w);

/* Reads from the request's body; less than `len` at its end only. */
size_t wire_read(struct wire *w, char *to, size_t len);

/* Sends a part of the answer, after which nothing of the body is to be read. 0, or -1
 * when the web server does not listen any more. */
int wire_write(struct wire *w, const char *bytes, size_t len);

/* Sends the answer, or what is left of it, and ends the request. */
void wire_finish(struct wire *w, const char *bytes, size_t len);

/* Ends the connection in the middle of the answer, so that nobody takes it for whole. */
void wire_break(struct wire *w);

#endif
