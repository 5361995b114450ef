/*
 * The one-time setup code: whoever has it becomes the first administrator. While there is
 * none, `dispatch serve` keeps one valid code and prints its link.
 */
#ifndef DISPATCH_CLI_SETUP_H
#define DISPATCH_CLI_SETUP_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/err.h"

struct db;
struct log;

struct setup {
	struct db *db;
	bool done;        /* an administrator exists */
	int64_t deadline; /* monotonic milliseconds; until then there is nothing to do */
};

/* Opens state.db in `dir`; free with setup_close(), also after an error. */
int setup_open(struct setup *setup, const char *dir, struct err *e);
void setup_close(struct setup *setup);

/* Milliseconds until setup_announce() has something to do. */
int setup_wait(const struct setup *setup);

/* When the former code has expired (or was never made) and there is no administrator
 * still: makes one and prints "setup <url>#setup=<code>". */
void setup_announce(struct setup *setup, const char *url, const struct log *log);

#endif
