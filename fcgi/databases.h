/*
 * The open databases of one process. A thread borrows a pair for one request, so that
 * there are as many as requests were ever in hand at once, not as many as threads.
 */
#ifndef DISPATCH_FCGI_DATABASES_H
#define DISPATCH_FCGI_DATABASES_H

#include "lib/db.h"

struct databases;

/* One request's; nobody else uses them meanwhile. */
struct database_pair {
	struct db *state, *events;
	struct database_pair *next; /* for databases.c alone */
};

/* Opens nothing yet. The directory's name must last as long. */
struct databases *databases_new(const char *dir);

/* Closes those that are not lent, which must be all. */
void databases_free(struct databases *databases);

/* The pair that was given back last, or a new one. NULL with the errors of db_open(). Any
 * thread. */
struct database_pair *databases_borrow(struct databases *databases, struct err *e);

/* Any thread, also another one than that which borrowed. No transaction may be open. */
void databases_give_back(struct databases *databases, struct database_pair *pair);

#endif
