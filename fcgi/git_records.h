/*
 * What git writes with -z, cut into records, whatever pieces it comes in: the texts
 * between NULs. Memory is bounded: a record that is longer than GIT_RECORD_MAX, which git
 * has no reason to write, ends it.
 */
#ifndef DISPATCH_FCGI_GIT_RECORDS_H
#define DISPATCH_FCGI_GIT_RECORDS_H

#include <stdbool.h>
#include <stddef.h>

#include "lib/buf.h"

enum { GIT_RECORD_MAX = 1024 * 1024 };

struct git_records {
	/* A record, NUL-terminated, valid during the call; false: that was enough. */
	bool (*record)(void *arg, const char *text, size_t len);
	void *arg;
	char end;        /* what ends a record: '\0', or '\n' for lines */
	struct buf part; /* of one that has not ended */
};

/* As child_talk() wants it: `arg` is a struct git_records. */
bool git_records_take(void *arg, const char *bytes, size_t len);

void git_records_free(struct git_records *r);

#endif
