/* How large things are: for `dispatch doctor`. Reads only. */
#ifndef DISPATCH_LIB_STORE_SIZE_H
#define DISPATCH_LIB_STORE_SIZE_H

#include <stdint.h>

#include "lib/err.h"

struct db;

/* Of one kind of sessions, or of one session. */
struct size {
	const char *kind;                   /* these are valid during the call */
	const char *id, *status, *title;    /* of a session; else NULL */
	int64_t sessions, live;             /* of a kind */
	int64_t events, output;             /* kept; output in bytes */
	int64_t snapshots, snapshots_bytes; /* stored */
};

typedef void size_fn(void *arg, const struct size *size);

/* Calls each for every kind. 0, or -1. */
int size_kinds(struct db *db, size_fn *each, void *arg, struct err *e);

/* Calls each for the sessions that keep most output, at most `most` of them. 0, or -1. */
int size_largest(struct db *db, int most, size_fn *each, void *arg, struct err *e);

struct pages {
	int64_t size;         /* bytes of one */
	int64_t count, empty; /* in the file; of these, without content */
	int64_t incremental;  /* 1: empty ones can be given back */
};

int size_pages(struct db *db, struct pages *pages, struct err *e);

#endif
