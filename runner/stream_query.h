/* What the address of a stream asks for: ?s=<session>:<seq>,…&jump=1|screen&window=BYTES.
 */
#ifndef DISPATCH_RUNNER_STREAM_QUERY_H
#define DISPATCH_RUNNER_STREAM_QUERY_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/crypt.h"
#include "lib/err.h"

enum { STREAM_SESSIONS_MAX = 256 };

struct stream_query {
	struct {
		char id[ID_SIZE];
		int64_t after; /* seq, ≥ 0 */
	} sessions[STREAM_SESSIONS_MAX];
	int count;
	bool jump;
	bool screen;    /* … and begin so, however little there is */
	int64_t window; /* bytes; -1: not said */
};

/*
 * Reads the part of an address behind the '?', still encoded; NULL: there is none.
 * Whether there are such sessions is not looked at. Errors: 400 "request.invalid" with
 * the field, for what is no list of cursors, has more than STREAM_SESSIONS_MAX, or names
 * a session or a parameter twice.
 */
int stream_query_parse(struct stream_query *q, const char *query, struct err *e);

/* A whole number, at least 0, in decimal digits. Returns 0, or -1. */
int stream_number(const char *text, int64_t *value);

#endif
