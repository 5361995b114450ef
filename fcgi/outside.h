/* Asking another server something, by dispatch-http(8). */
#ifndef DISPATCH_FCGI_OUTSIDE_H
#define DISPATCH_FCGI_OUTSIDE_H

#include "lib/http.h"

/* As http_send(), and with the errors of child_talk(). */
int outside_ask(const struct http_request *request, int *status, struct buf *out,
	struct err *e);

#endif
