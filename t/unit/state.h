/* A state.db of a test, with one connection that writes and one that reads. */
#ifndef DISPATCH_T_STATE_H
#define DISPATCH_T_STATE_H

#include "lib/conf.h"
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

enum { NOW = 1000000000, MINUTE = 60000 };

struct fixture {
	char dir[32];
	struct db *db, *reader;
	struct conf conf;
};

static inline struct db *
state_open(const struct fixture *f, enum db_mode mode)
{
	struct err e = {0};
	struct db *db = NULL;
	if (db_open(&db, f->dir, "state.db", mode, 10000, &e) != 0)
		fail_msg("%s", e.text);
	return db;
}

static inline int
state_set_up(void **state)
{
	struct fixture *f = calloc(1, sizeof *f);
	struct err e = {0};
	memcpy(f->dir, "/tmp/dispatch-XXXXXX", 21);
	if (!mkdtemp(f->dir) || migrate_apply(f->dir, NULL, &e) < 1 ||
		conf_load(&f->conf, &(struct conf_args){.dir = f->dir}, &e) != 0) {
		fprintf(stderr, "%s\n", e.text);
		return -1;
	}
	f->db = state_open(f, DB_WRITE);
	f->reader = state_open(f, DB_READ);
	*state = f;
	return 0;
}

static inline int
state_tear_down(void **state)
{
	struct fixture *f = *state;
	db_close(f->db);
	db_close(f->reader);
	remove_databases(f->dir);
	conf_free(&f->conf);
	free(f);
	return 0;
}

#define STATE_TEST(name) \
	cmocka_unit_test_setup_teardown(name, state_set_up, state_tear_down)

#endif
