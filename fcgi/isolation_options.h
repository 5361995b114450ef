/* What a session's program may reach, as it is chosen when the session is made. What the
 * profiles mean is in lib/isolation_places.c. */
#ifndef DISPATCH_FCGI_ISOLATION_OPTIONS_H
#define DISPATCH_FCGI_ISOLATION_OPTIONS_H

#include "fcgi/route.h"

struct workspace;

/* Checks the options of a terminal. Errors: 400 "request.invalid" with the field
 * "<outer>.…". */
int terminal_options_check(const struct app *app, struct json_object *options,
	const char *outer, struct err *e);

/* Checks a list of hosts that may be reached, of HOSTS_MAX at most; NULL: none was given.
 * Errors: 400 "request.invalid" with the field "hosts". */
int isolation_check_hosts(struct json_object *hosts, struct err *e);

/*
 * Puts the profile into the options of a new session of the kind, where none was chosen,
 * so that it stays what it is when the settings change. Errors: 403 "auth.stale" when
 * "none" was asked for that nobody had set, by who did not just prove who they are; 400
 * "request.invalid" when the network cannot be cut off, or hosts or the processes cannot
 * be chosen. What is chosen of the network stands against all that the workspace has of
 * it, and a profile against what it has of the processes.
 */
int isolation_choose(struct call *c, const struct workspace *w,
	struct json_object *options, struct err *e);

/* Whether the call may set these as a workspace's defaults, which were others; 403
 * "auth.stale" as above. */
int isolation_check_defaults(struct call *c, const char *former_json,
	struct json_object *defaults, struct err *e);

#endif
