/* Where the claude program is, for those who start it and those who ask it something. */
#ifndef DISPATCH_LIB_CLAUDE_PROGRAM_H
#define DISPATCH_LIB_CLAUDE_PROGRAM_H

#include "lib/err.h"

/* What a person types to get it. */
#define CLAUDE_INSTALL "npm install -g @anthropic-ai/claude-code"

/*
 * Finds it: `chosen` (a setting; "" for none), else in `path` (as $PATH; NULL: none),
 * else where its installers put it below `home` (NULL: none) and in /usr/local/bin.
 * Returns an absolute path, which the caller frees, or NULL: 422 "claude.missing", with a
 * sentence that names the way to install it.
 */
char *claude_program_find(const char *chosen, const char *path, const char *home,
	struct err *e);

#endif
