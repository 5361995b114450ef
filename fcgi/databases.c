/*
 * See databases.h. Pairs that are not lent lie on a stack: the one that was used last has
 * its pages and statements in the processor's cache, and those beneath stay untouched.
 */
#include "config.h"

#include "fcgi/databases.h"

#include "lib/buf.h"

#include <pthread.h>
#include <stdlib.h>

enum { BUSY_MS = 2000 };

struct databases {
	const char *dir;
	pthread_mutex_t lock; /* of the stack */
	struct database_pair *top;
};

struct databases *
databases_new(const char *dir)
{
	struct databases *databases = xcalloc(1, sizeof *databases);
	databases->dir = dir;
	pthread_mutex_init(&databases->lock, NULL);
	return databases;
}

static void
close_pair(struct database_pair *pair)
{
	db_close(pair->state);
	db_close(pair->events);
	free(pair);
}

void
databases_free(struct databases *databases)
{
	struct database_pair *pair;
	while ((pair = databases->top)) {
		databases->top = pair->next;
		close_pair(pair);
	}
	pthread_mutex_destroy(&databases->lock);
	free(databases);
}

static struct database_pair *
open_pair(const struct databases *databases, struct err *e)
{
	struct database_pair *pair = xcalloc(1, sizeof *pair);
	const char *dir = databases->dir;
	if (db_open(&pair->state, dir, "state.db", DB_WRITE, BUSY_MS, e) == 0 &&
		db_open(&pair->events, dir, "events.db", DB_READ, BUSY_MS, e) == 0)
		return pair;
	close_pair(pair);
	return NULL;
}

struct database_pair *
databases_borrow(struct databases *databases, struct err *e)
{
	pthread_mutex_lock(&databases->lock);
	struct database_pair *pair = databases->top;
	if (pair)
		databases->top = pair->next;
	pthread_mutex_unlock(&databases->lock);
	return pair ? pair : open_pair(databases, e);
}

void
databases_give_back(struct databases *databases, struct database_pair *pair)
{
	pthread_mutex_lock(&databases->lock);
	pair->next = databases->top;
	databases->top = pair;
	pthread_mutex_unlock(&databases->lock);
}
