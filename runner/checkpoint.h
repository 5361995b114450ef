/*
 * Checkpoints: brings what is in the write-ahead logs of both databases into the
 * databases, in a thread of its own, so that nobody who writes has to wait for a disk,
 * and what is committed to the disk within about a second.
 * The runner is the only one who makes any.
 */
#ifndef DISPATCH_RUNNER_CHECKPOINT_H
#define DISPATCH_RUNNER_CHECKPOINT_H

#include <stdbool.h>
#include <stdint.h>

struct checkpoint;
struct log;

/* Sizes in bytes. */
struct checkpoint_limits {
	int tick_ms;   /* between two looks */
	int64_t small; /* a smaller log is left alone */
	int64_t large; /* one that grows is copied from here on */
	int64_t begin; /* and is to begin anew from here on */
	int64_t hold;  /* from here on even if that means that writers have to wait */
	int64_t cap;   /* from here on the administrator hears of it */
};

/* Starts the thread for state.db and events.db in `dir`. limits NULL: the usual ones.
 * `log` and `dir` must stay. */
struct checkpoint *checkpoint_create(const struct log *log, const char *dir,
	const struct checkpoint_limits *limits);

/*
 * True while the log of events.db can only begin anew if those who write to it one
 * transaction behind the other rest for a moment: they begin the next one 1 or 2 ms
 * later. For any thread, and cheap. A wish that stands for long is no longer told, so
 * that a disk that hangs does not stop who asks.
 */
bool checkpoint_wants_lock(const struct checkpoint *checkpoint);

/* Waits until what is under way is done. NULL is legal. */
void checkpoint_destroy(struct checkpoint *checkpoint);

#endif
