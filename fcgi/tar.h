/*
 * A directory with all that is in it as a tar stream (POSIX.1-2001 pax): made while it is
 * sent, in constant memory. Links are stored as links; what is neither file, directory
 * nor link, what may not be read and what is Dispatch's own is left out.
 */
#ifndef DISPATCH_FCGI_TAR_H
#define DISPATCH_FCGI_TAR_H

#include "fcgi/response.h"
#include "lib/beneath.h"

/*
 * Makes *stream of the directory `path`, whose entries are under `name` in it. On success
 * the stream takes over *b, which is BENEATH_INIT then. Errors: those of beneath.h.
 */
int tar_open(struct stream *stream, struct beneath *b, const char *path, const char *name,
	struct err *e);

#endif
