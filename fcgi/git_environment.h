/* The environment that git is run in by handlers; see git.h. */
#ifndef DISPATCH_FCGI_GIT_ENVIRONMENT_H
#define DISPATCH_FCGI_GIT_ENVIRONMENT_H

#include <stdbool.h>
#include <stddef.h>

#include "fcgi/words.h"

/* Fills *env: a few variables of ours, no prompts; what a repository could have run is
 * off, unless it is to act. */
void git_environment(struct words *env, bool act);

/*
 * Adds what switches off the filters that the repository's own configuration sets, as
 * `git config --list --show-scope -z` lists them. One that is also set by the person or
 * the system is used as it is there. False: there are too many.
 */
bool git_environment_harden(struct words *env, const char *list, size_t len);

#endif
