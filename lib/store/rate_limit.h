/*
 * Token buckets shared by all handlers: table rate_limit of state.db. A bucket that was
 * never used is full; it fills again at an even pace.
 */
#ifndef DISPATCH_LIB_STORE_RATE_LIMIT_H
#define DISPATCH_LIB_STORE_RATE_LIMIT_H

#include <stdint.h>

#include "lib/err.h"

struct db;

struct rate {
	const char *bucket; /* what is limited and for whom */
	int64_t size;       /* tokens of a full bucket */
	int64_t refill_ms;  /* in which one token comes back */
};

/*
 * Takes a token. 0: taken; n > 0: the bucket is empty for n more milliseconds, nothing
 * was written (so that a flood costs reads only); -1: error.
 */
int64_t rate_limit_take(struct db *db, const struct rate *rate, int64_t now,
	struct err *e);

#endif
