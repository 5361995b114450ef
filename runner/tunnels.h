/*
 * Tunnels: programs that make this machine reachable from elsewhere, kept running while
 * people want them to. Handlers store what is wanted (lib/store/tunnel.h); this makes it
 * so, and tells in table tunnel how far it is.
 *
 *	tunnels.c         what is wanted, what has to be done next, and when
 *	tunnel_end.c      what follows from the end of its program
 *	tunnel_state.c    how its state changes, for the files of kinds as well
 *	tunnel_store.c    the rows and lines in the database, and who is told of them
 *	tunnel_audit.c    what it does without being asked, in the audit
 *	tunnel_health.c   has the public address asked, by dispatch-http
 *	adapter_tunnel.c  its program as a run session of nobody's, with lines
 *	tunnel_kinds.c    the table of kinds; tunnel_<kind>.c: one kind each
 *
 * The program is a run session (kind "tunnel"), so it is adopted and never doubled like
 * every other; a new one is made for each time that it is started, and deleted with its
 * end.
 */
#ifndef DISPATCH_RUNNER_TUNNELS_H
#define DISPATCH_RUNNER_TUNNELS_H

#include "lib/err.h"

struct app;
struct tunnels;

/* Reads how things stood; before the sessions of the last runner are taken over. NULL
 * with *e filled when that cannot be read. */
struct tunnels *tunnels_create(struct app *app, struct err *e);

/* All sessions are taken over: goes on from there. */
void tunnels_begin(struct tunnels *tunnels);

/* Someone may have ordered something. */
void tunnels_look(struct tunnels *tunnels);

/* The server ends, and all tunnels with it. */
void tunnels_end(struct tunnels *tunnels);

/* Programs live on. After the registry. */
void tunnels_destroy(struct tunnels *tunnels);

#endif
