/* Somebody who types and waits for the echo: on a bare pty, in Dispatch, in ttyd. */
#ifndef DISPATCH_BENCH_TYPING_H
#define DISPATCH_BENCH_TYPING_H

#include "t/bench/bench.h"
#include "t/bench/client.h"
#include "t/bench/limit.h"
#include "t/bench/viewer.h"

struct typing {
	bool used[COLUMNS];
	struct bare bare;
	struct client client;
	struct viewer viewer;
	char id[ID_SIZE];
	struct peer peer;
};

/* Starts an echoing program in each, and waits until it is ready; without a peer where
 * there is no ttyd. */
void typing_start(struct typing *t, struct bench *b, const struct instance *in);
void typing_stop(struct typing *t);

/* One key. Returns microseconds. */
double typing_key(struct typing *t, enum column column);

/* Keys of one column alone, into its samples. */
void typing_keys(struct typing *t, enum column column, int count, struct samples *to);

#endif
