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

/* After a refusal (401 or 403) by a route with a limit: counts it against the client's
 * address and turns *e into 429 "rate.limited" when there were too many. A right
 * credential never comes here, so nobody's failures keep it out; a wrong one learns
 * nothing new. */
void guard_refused(struct call *c, struct err *e);

/* Adds a Set-Cookie header, see auth_cookie(). */
void guard_cookie(struct call *c, const char *path, const char *token);

/* After a success: the line in the audit, and when the credential was last used. */
void guard_done(struct call *c);

#endif
