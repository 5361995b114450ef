/*
 * Everything the runner is made of, passed to whoever needs it: there are no globals.
 * main() makes it and takes it apart.
 */
#ifndef DISPATCH_RUNNER_APP_H
#define DISPATCH_RUNNER_APP_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/conf.h"
#include "lib/log.h"

struct event_base;

struct app {
	struct log log;
	struct conf conf;
	char *build;        /* build of the web UI that this version serves */
	char *boot_id;      /* which boot of the machine this is */
	int64_t generation; /* of this runner: higher than that of any before it */
	int lock;           /* on run/runner.lock, until the process ends */
	int shim_program;   /* dispatch-shim, opened at start */
	struct event_base *base;
	struct db *events; /* read and written */
	struct db *state;  /* read; finished commands are deleted, and what tunnels do by
	                      themselves is put into the audit */
	struct bus *bus;
	struct checkpoint *checkpoint;
	struct registry *registry;
	struct groups *groups;
	struct recorder *recorder;
	struct inbox *inbox;
	struct hub *hub;
	struct partials *partials;
	struct snapshots *snapshots;
	struct tunnels *tunnels;
	struct watches *watches;
	struct stream_server *stream;
	struct housekeeping *housekeeping;
	bool ending; /* all sessions are to end, then the runner */
};

/* Priorities of events in the loop: what arrives is taken in before it is recorded. */
enum { PRIORITY_INPUT, PRIORITY_TURN, PRIORITIES };

#endif
