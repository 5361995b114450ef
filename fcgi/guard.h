/*
 * The checks that stand around every handler. They are made once, here, from the route's
 * row; a handler makes none of them and cannot forget one.
 */
#ifndef DISPATCH_FCGI_GUARD_H
#define DISPATCH_FCGI_GUARD_H

#include "fcgi/route.h"

/* Host and origin: before anything else is looked at. */
int guard_origin(const struct call *c, struct err *e);

/* What the row's capability asks: that Dispatch is set up (503 "setup.required"), a
 * credential (401), the right role (403 "role.refused"). Fills c->auth. */
int guard_capability(struct call *c, struct err *e);

/* After a handler with a limit refused (401 or 403): the line in the audit. */
void guard_refused(struct call *c);

/* Adds a Set-Cookie header, see auth_cookie(). */
void guard_cookie(struct call *c, const char *path, const char *token);

/* After a success: the line in the audit, the try that was none, and when the
 * credential was last used. */
void guard_done(struct call *c);

#endif
