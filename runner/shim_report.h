/*
 * What a program that is being born tells the shim, over a close-on-exec socket of whole
 * messages: end of file on it means that the program runs. Descriptors come along, since
 * what is opened in the program's namespaces can be opened nowhere else. Nothing here
 * allocates, so it is for use between fork and exec.
 */
#ifndef RUNNER_SHIM_REPORT_H
#define RUNNER_SHIM_REPORT_H

#include <stddef.h>
#include <sys/types.h>

#include "runner/shim_proto.h"

enum shim_news {
	SHIM_NEWS_FAILED,   /* step and error: exec does not happen */
	SHIM_NEWS_TERMINAL, /* descriptors: master and slave */
	SHIM_NEWS_GATE,     /* descriptor: a socket that listens */
	SHIM_NEWS_ADOPT,    /* program and init: other children of the shim's */
};

struct shim_report {
	enum shim_news news;
	enum shim_step step;
	int error;
	pid_t program, init;
};

enum { SHIM_REPORT_FDS_MAX = 2 };

/* The shim's end, which does not block, and the program's. 0, or -1 with errno. */
int shim_report_open(int *ours, int *theirs);

/* `fds` are lent. 0, or -1 with errno. */
int shim_report_send(int theirs, const struct shim_report *, const int *fds,
	size_t count);

/*
 * The next report. 1: one was read, and its descriptors, close-on-exec, are the caller's;
 * all others of fds are -1. 0: there is none yet. -1: there will be none. A message that
 * did not arrive whole, for instance because we may open no more, is SHIM_NEWS_FAILED
 * without a descriptor; whoever sent it does not know.
 */
int shim_report_receive(int ours, struct shim_report *, int fds[SHIM_REPORT_FDS_MAX]);

#endif
