/*
 * The recorder writes the log. Once per turn of the loop it takes what the runs have —
 * output in their shims' rings, events of their own, changed rows — into one transaction,
 * commits, publishes to the bus and lets the runs acknowledge.
 *
 * Commit before publish: nobody ever sees what a crash could take back. Nothing is queued
 * here: what is not recorded stays in the ring of its shim, so a full disk or a busy
 * database blocks the program that writes, and loses nothing.
 */
#ifndef DISPATCH_RUNNER_RECORDER_H
#define DISPATCH_RUNNER_RECORDER_H

#include <stdbool.h>
#include <stddef.h>

#include "lib/err.h"

struct app;
struct event;
struct recorder;
struct run;

struct recorder *recorder_create(struct app *app);
void recorder_destroy(struct recorder *recorder);

/* The run has something to record; a turn follows. Legal at any time, any number of
 * times. */
void recorder_add(struct recorder *recorder, struct run *run);

/* As recorder_add(), for what nobody waits for: a turn follows within some milliseconds,
 * with more in it if more comes. */
void recorder_add_later(struct recorder *recorder, struct run *run);

/* The run is going away. */
void recorder_forget(struct recorder *recorder, struct run *run);

/* For run_record(): appends an event to the open transaction and remembers it for
 * publishing. What ev points to must stay until the run has heard of the commit or the
 * roll-back. */
int recorder_append(struct recorder *recorder, struct run *run, struct event *ev,
	struct err *e);

/* True while the disk is full. */
bool recorder_storage_full(const struct recorder *recorder);

#endif
