/* Where Claude works, and where it keeps what it remembers of that. */
#ifndef DISPATCH_FCGI_CLAUDE_PLACE_H
#define DISPATCH_FCGI_CLAUDE_PLACE_H

#include "fcgi/handlers.h"

struct claude_place {
	char *cwd;    /* absolute; NULL: no place was named */
	char *config; /* the program's configuration directory, absolute */
};

/*
 * The place that a request names: `workspace` (its id), or `cwd` (absolute, "~" or
 * "~/dir"), or neither. The configuration directory is what a session there would find in
 * its environment: CLAUDE_CONFIG_DIR of the workspace (without one: of the innermost that
 * holds the directory), else of the person, else of this process, else ~/.claude.
 * claude_place_clear() it afterwards, whatever was returned. Errors: those of
 * workspace_use().
 */
int claude_place_find(struct call *c, const char *workspace, const char *cwd,
	struct claude_place *place, struct err *e);

/* Errors: 400 about the field "workspace" when the request named no place. */
int claude_place_demand(const struct claude_place *place, struct err *e);

void claude_place_clear(struct claude_place *place);

#endif
