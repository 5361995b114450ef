/*
 * Token buckets shared by all handlers: table rate_limit of state.db. A bucket that was
 * never used is full; it fills again at an even pace, and then its row goes away. There
 * are never more than RATE_LIMIT_MOST rows: beyond, the bucket that would be full first
 * counts as full.
 */
#ifndef DISPATCH_LIB_STORE_RATE_LIMIT_H
#define DISPATCH_LIB_STORE_RATE_LIMIT_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/err.h"

struct db;

enum { RATE_LIMIT_MOST = 10000 };

struct rate {
	const char *bucket; /* what is limited and for whom */
	int64_t size;       /* tokens of a full bucket */
	int64_t refill_ms;  /* in which one token comes back */
};

/*
 * Takes a token. 0: taken, and *was_full (unless NULL) says whether none was missing; n >
 * 0: the bucket is empty for n more milliseconds, nothing was written (so that a flood
 * costs reads only); -1: error.
 */
int64_t rate_limit_take(struct db *db, const struct rate *rate, int64_t now,
	bool *was_full, struct err *e);

/* Gives one back. 0, or -1. */
int rate_limit_give(struct db *db, const struct rate *rate, int64_t now, struct err *e);

#endif
