/* What can be chosen when a Claude session is made. */
#ifndef DISPATCH_FCGI_CLAUDE_OPTIONS_H
#define DISPATCH_FCGI_CLAUDE_OPTIONS_H

#include "fcgi/route.h"

/* Permission modes, and how hard it thinks; NULL at the end. */
extern const char *const claude_modes[];
extern const char *const claude_efforts[];

/* Checks them. Errors: 400 "request.invalid" with the field "<outer>.…", 403
 * "claude.bypass_off". */
int claude_options_check(const struct app *app, struct json_object *options,
	const char *outer, struct err *e);

/* 403 "claude.bypass_off" for the mode that asks for nothing, unless that is allowed. */
int claude_mode_check(const struct app *app, const char *mode, struct err *e);

#endif
