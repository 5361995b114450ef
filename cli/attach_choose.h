/* Which session is meant by a word of the command line, and what there is to choose from.
 */
#ifndef DISPATCH_CLI_ATTACH_CHOOSE_H
#define DISPATCH_CLI_ATTACH_CHOOSE_H

#include <stdio.h>

#include "lib/err.h"
#include "lib/store/session.h"

struct db;

/*
 * Fills *s (session_clear() it) with the terminal session that runs and is meant: by its
 * id, by its name, by the beginning of its id, or (NULL) because there is no other.
 * Errors: 404 "session.unknown", 409 "session.kind", "session.ended", and
 * "session.ambiguous": then there is a list to choose from.
 */
int choose_session(struct db *events, const char *word, struct session *s, struct err *e);

/* Prints what runs: a line for each session. Returns 0, or -1. */
int choose_list(struct db *events, FILE *to, struct err *e);

/* A name for people, without what a terminal would take for orders: the session's title,
 * else the beginning of its id. The caller frees. */
char *choose_name(const struct session *s);

#endif
