/* What dispatch doctor has found, and how it is told. */
#ifndef DISPATCH_CLI_DOCTOR_H
#define DISPATCH_CLI_DOCTOR_H

#include "cli/doctor_groups.h"
#include "lib/buf.h"
#include "lib/conf.h"
#include "lib/store/size.h"

struct db;

struct sizes {
	struct size *list;
	int count;
};

struct file {
	const char *name;
	int64_t size, wal;
	struct pages pages;
};

struct doctor {
	struct conf conf;
	struct db *events, *state;
	bool runner_alive, storage_full;
	int64_t generation;
	struct file files[2];
	struct sizes kinds, largest;
	const char *isolation; /* what the kernel says against it; NULL: nothing */
	struct groups_state groups;
	struct buf findings; /* a line for each */
};

/* Append all of it, for people and as one JSON object. */
void doctor_text(const struct doctor *d, struct buf *b);
void doctor_json(const struct doctor *d, struct buf *b);

#endif
