/* The handlers of devices that are let in, and what the providers share with them. */
#ifndef DISPATCH_FCGI_H_DEVICE_H
#define DISPATCH_FCGI_H_DEVICE_H

#include "fcgi/route.h"

enum { DEVICE_CLIENT, DEVICE_SCOPE, DEVICE_PARAMS };
enum { TOKEN_GRANT, TOKEN_DEVICE, TOKEN_CLIENT, TOKEN_PARAMS };
enum { APPROVE_CODE, APPROVE_SCOPE, APPROVE_PARAMS };
enum { SHOW_CODE, SHOW_PARAMS };
int h_device(struct call *c, struct err *e);
int h_token(struct call *c, struct err *e);
int h_device_show(struct call *c, struct err *e);
int h_device_approve(struct call *c, struct err *e);
int h_device_deny(struct call *c, struct err *e);
int h_pair(struct call *c, struct err *e);

/* Begins a grant and writes the members of RFC 8628, 3.2, into the open object of the
 * answer. */
int device_begin(struct call *c, const char *client, const char *scope, struct err *e);

/* Signs in with the device code of POST api/auth/login. Errors: 401 "auth.pending"
 * (nobody has answered yet), 403 "auth.refused" (or let in for less than a sign-in is),
 * 401 "auth.denied". */
int device_sign_in(struct call *c, struct auth *out, struct err *e);

#endif
