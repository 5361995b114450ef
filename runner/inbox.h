/*
 * The inbox: how handlers reach the runner. A datagram on run/wake.sock says that there
 * is something; what it is stands in table command of state.db. A lost datagram costs a
 * quarter of a second, because the database is looked at that often anyway.
 *
 * Datagrams: "W": look for commands. "A <stream> <user> <event>": a viewer has rendered
 * up to that event (see hub.h); these need no database, since a lost one is made good by
 * the next. "F …": a directory that a stream watches, see wake_watch() of the handlers
 * and watches.h. "T": someone has ordered something of a tunnel.
 */
#ifndef DISPATCH_RUNNER_INBOX_H
#define DISPATCH_RUNNER_INBOX_H

#include <stddef.h>
#include <stdint.h>

#include "lib/err.h"

struct app;
struct inbox;

/* NULL with *e filled when the socket cannot be had. */
struct inbox *inbox_create(struct app *app, struct err *e);
void inbox_destroy(struct inbox *inbox);

/* These commands are applied and committed; their rows are deleted soon, in one go. */
void inbox_finished(struct inbox *inbox, const int64_t *ids, size_t count);

/* Some commands could not be read: all of them are looked at once more, soon. */
void inbox_look_again(struct inbox *inbox);

#endif
