/* A copy that would keep a person waiting becomes a job. */
#ifndef DISPATCH_FCGI_COPY_JOB_H
#define DISPATCH_FCGI_COPY_JOB_H

#include "fcgi/file_change.h"
#include "fcgi/route.h"

enum {
	COPY_JOB_BYTES = 64 * 1024 * 1024, /* more than that is a job … */
	COPY_JOB_ENTRIES = 1000,           /* … or more than so many */
};

/* 1: it is one, and the response tells of it (202); 0: it is not; -1: error. */
int copy_job_if_large(struct call *c, const struct file_change *change, struct err *e);

#endif
