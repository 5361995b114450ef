/* Both databases of a test, in a directory of their own, and ids of nobody. */
#ifndef DISPATCH_T_STORES_H
#define DISPATCH_T_STORES_H

#include "lib/db.h"
#include "lib/migrate.h"
#include "t/unit/databases.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#define SESSION_ID "aaaaaaaaaaaaaaaaaaaaaaaaaa"
#define WRITER_ID "bbbbbbbbbbbbbbbbbbbbbbbbbb"
#define USER_ID "cccccccccccccccccccccccccc"

struct fixture {
	char dir[32];
	struct db *state, *events;
};

static inline int
stores_set_up(void **state)
{
	struct fixture *f = calloc(1, sizeof *f);
	struct err e = {0};
	snprintf(f->dir, sizeof f->dir, "%s", "/tmp/dispatch-XXXXXX");
	if (!mkdtemp(f->dir) || migrate_apply(f->dir, NULL, &e) < 1 ||
		db_open(&f->state, f->dir, "state.db", DB_WRITE, 0, &e) != 0 ||
		db_open(&f->events, f->dir, "events.db", DB_WRITE, 0, &e) != 0) {
		fprintf(stderr, "%s\n", e.text);
		return -1;
	}
	*state = f;
	return 0;
}

static inline int
stores_tear_down(void **state)
{
	struct fixture *f = *state;
	db_close(f->state);
	db_close(f->events);
	remove_databases(f->dir);
	free(f);
	return 0;
}

#define STORES_TEST(name) \
	cmocka_unit_test_setup_teardown(name, stores_set_up, stores_tear_down)

#endif
