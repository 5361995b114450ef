/*
 * How often something may be tried. A try takes a token of its route's limit before its
 * handler looks at anything, and gets it back unless it fails: so no more tries are
 * looked at than the limit allows, however many come at once, and who is refused has
 * learned nothing. Who is signed in already counts for themselves, everybody else by
 * their address (of IPv6 the network of 64 bits, of which one person has all).
 *
 * Cookies and API keys are not limited: there is nothing to be guessed, and whoever is
 * signed in works on whatever others at the same address do.
 */
#ifndef DISPATCH_FCGI_LIMITS_H
#define DISPATCH_FCGI_LIMITS_H

#include "fcgi/route.h"

/* Takes a token. Error: 429 "rate.limited", with Retry-After. Nothing to do without a
 * limit. */
int limits_take(struct call *c, struct err *e);

/*
 * The same for a person whom somebody tries to be (user.id): behind limits_take(). An
 * address from which nobody has failed is always heard, so that nobody is kept out by
 * what others do elsewhere.
 */
int limits_take_account(struct call *c, const char *user, struct err *e);

/* Gives back what a try took that was none, or succeeded. */
void limits_give_back(struct call *c);

/* Whether a refusal may have a line in the audit: so many that a person could read them,
 * however many there are. */
bool limits_note(struct call *c);

#endif
