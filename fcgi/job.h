/*
 * Starting long work as a job: a run session of the kind `job`, with progress events,
 * that can be cancelled and outlives the page that asked for it. What the ops mean is in
 * runner/job_kinds.c.
 */
#ifndef DISPATCH_FCGI_JOB_H
#define DISPATCH_FCGI_JOB_H

#include "fcgi/route.h"

struct job_order {
	const char *op;        /* "clone" … */
	const char *label;     /* what a person sees: "Clone dispatch" */
	const char *cwd;       /* absolute */
	const char *workspace; /* id; NULL: of none */
	const char *options;   /* members of a JSON object: `"url":"…"`; NULL: none */
};

/*
 * Orders the job and appends its session's envelope; 202 is for the caller to say. Old
 * jobs that have ended make room. Errors: 409 "session.limit", and of the database.
 */
int job_start(struct call *c, const struct job_order *order, struct buf *envelope,
	struct err *e);

#endif
