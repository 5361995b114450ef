/*
 * Snapshots of terminals: what a terminal shows at a place of its log, so that a viewer
 * need not read what was before. They are made by a thread of their own (see
 * snapshot_worker.h), told on the bus, and the ones worth it are stored: after every
 * SNAPSHOT_EVERY bytes of output, and when a session has become quiet.
 */
#ifndef DISPATCH_RUNNER_SNAPSHOTS_H
#define DISPATCH_RUNNER_SNAPSHOTS_H

#include <stdbool.h>
#include <stdint.h>

struct app;
struct snapshots;

/* Bytes of output behind the last snapshot; less is not worth another one. */
enum { SNAPSHOT_LEAST = 32 * 1024 };

struct snapshots *snapshots_create(struct app *app);
void snapshots_destroy(struct snapshots *snapshots);

/* Someone waits for a snapshot of the session, by its number. It comes on the bus, never
 * during the call; wishes for the same session are one. `now`: of what the log says by
 * now, else one that is a little older will do. */
void snapshots_want(struct snapshots *snapshots, int64_t session, bool now);

#endif
