/*
 * The thread that computes snapshots. It reads the log with a connection of its own, in
 * short pieces, and never holds up the loop. Jobs are few: one for each session at most.
 */
#ifndef DISPATCH_RUNNER_SNAPSHOT_WORKER_H
#define DISPATCH_RUNNER_SNAPSHOT_WORKER_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/queue.h>

#include "lib/store/snapshot.h"

struct app;
struct snapshot_worker;

struct snapshot_job {
	TAILQ_ENTRY(snapshot_job) link;
	int64_t session;
	bool follow; /* only the model goes on: no text in *snapshot */
	bool done;   /* *snapshot is there, to be cleared by who asked */
	struct snapshot snapshot;
};

/*
 * Starts the thread. *fd becomes readable when jobs are finished; the caller closes it
 * after snapshot_worker_destroy(), which waits for the thread and frees the jobs that are
 * left.
 */
struct snapshot_worker *snapshot_worker_create(struct app *app, int *fd);
void snapshot_worker_destroy(struct snapshot_worker *worker);

/* Hands in a job (xcalloc'ed): the newest event of the log by then is in the snapshot. */
void snapshot_worker_ask(struct snapshot_worker *worker, struct snapshot_job *job);

/* A finished job, now the caller's; or NULL. */
struct snapshot_job *snapshot_worker_answer(struct snapshot_worker *worker);

#endif
