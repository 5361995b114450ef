/* Handlers of jobs, and the indexes of their parameters. */
#ifndef DISPATCH_FCGI_H_JOBS_H
#define DISPATCH_FCGI_H_JOBS_H

#include "fcgi/route.h"

enum { JOBS_WORKSPACE, JOBS_LIVE, JOBS_PARAMS };
int h_job_list(struct call *c, struct err *e);

#endif
