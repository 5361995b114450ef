/* lib/db_vfs: what is committed is in the file at once, all of it, and nothing else is.
 */
#include "config.h"

#include "lib/db.h"
#include "lib/migrate.h"
#include "lib/path.h"
#include "t/unit/databases.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

enum { LARGE = 4 << 20 /* bytes; twice what a cache holds */ };

struct fixture {
	char dir[32];
	struct db *one, *other;
};

static int
set_up(void **state)
{
	struct fixture *f = calloc(1, sizeof *f);
	struct err e = {0};
	snprintf(f->dir, sizeof f->dir, "%s", "/tmp/dispatch-XXXXXX");
	if (!mkdtemp(f->dir) || migrate_apply(f->dir, NULL, &e) < 1 ||
		db_open(&f->one, f->dir, "events.db", DB_WRITE, 0, &e) != 0 ||
		db_open(&f->other, f->dir, "events.db", DB_WRITE, 0, &e) != 0 ||
		db_script(f->one, "CREATE TABLE t (n INTEGER PRIMARY KEY, b BLOB)", &e) !=
			0) {
		fprintf(stderr, "%s\n", e.text);
		return -1;
	}
	*state = f;
	return 0;
}

static int
tear_down(void **state)
{
	struct fixture *f = *state;
	db_close(f->one);
	db_close(f->other);
	remove_databases(f->dir);
	free(f);
	return 0;
}

static void
add(struct db *db, int64_t len)
{
	struct err e;
	assert_int_equal(db_exec(db, &e, "INSERT INTO t (b) VALUES (randomblob(?))", "i",
				 len),
		1);
}

static void
commit(struct db *db, int64_t len)
{
	struct err e;
	assert_int_equal(db_begin(db, DB_NORMAL, &e), 0);
	add(db, len);
	assert_int_equal(db_commit(db, &e), 0);
}

static int64_t
number(struct db *db, const char *sql)
{
	int64_t value = -1;
	struct err e;
	assert_int_equal(db_int(db, &value, &e, sql, ""), 1);
	return value;
}

static int64_t
rows(struct db *db)
{
	return number(db, "SELECT count(*) FROM t");
}

static void
assert_whole(struct db *db)
{
	assert_int_equal(
		number(db, "SELECT integrity_check='ok' FROM pragma_integrity_check"), 1);
}

/* Calls that write, of this process. */
static long
writes(void)
{
	FILE *f = fopen("/proc/self/io", "re");
	char line[64];
	long count = -1;
	while (f && fgets(line, sizeof line, f))
		sscanf(line, "syscw: %ld", &count);
	if (f)
		fclose(f);
	return count;
}

static void
a_commit_is_written_with_one_call(void **state)
{
	struct fixture *f = *state;
	if (writes() < 0)
		skip();
	commit(f->one, 1);
	for (int64_t len = 1; len <= 64 << 10; len *= 8) {
		long before = writes();
		commit(f->one, len);
		assert_int_equal(writes() - before, 1);
	}
}

static void
a_commit_of_any_size_is_seen_by_others_at_once(void **state)
{
	struct fixture *f = *state;
	for (int64_t len = 1; len <= LARGE; len *= 3) {
		commit(f->one, len);
		assert_int_equal(rows(f->other), rows(f->one));
		commit(f->other, len);
		assert_int_equal(rows(f->one), rows(f->other));
	}
	assert_whole(f->one);
	assert_whole(f->other);
}

static void
what_is_rolled_back_is_never_written(void **state)
{
	struct fixture *f = *state;
	struct err e;
	for (int64_t len = 1; len <= LARGE; len *= 8) {
		assert_int_equal(db_begin(f->one, DB_NORMAL, &e), 0);
		add(f->one, len);
		db_rollback(f->one);
		commit(f->other, 3 * 4096);
		commit(f->one, 1);
		assert_int_equal(rows(f->other), rows(f->one));
	}
	assert_whole(f->one);
	assert_whole(f->other);
}

static void
who_recovers_the_log_finds_each_commit(void **state)
{
	struct fixture *f = *state;
	char *index = path_join(f->dir, "events.db-shm");
	struct db_log log;
	struct err e;
	for (int64_t len = 1; len <= LARGE; len *= 8) {
		/* The log begins anew, with its own header. */
		assert_int_equal(db_checkpoint(f->one, true, &log, &e), 0);
		commit(f->one, len);
		commit(f->other, len);
	}
	int64_t before = rows(f->one);
	db_close(f->one);
	db_close(f->other);
	f->one = NULL;
	assert_int_equal(unlink(index), 0);
	assert_int_equal(db_open(&f->other, f->dir, "events.db", DB_WRITE, 0, &e), 0);
	assert_int_equal(rows(f->other), before);
	assert_whole(f->other);
	free(index);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_commit_is_written_with_one_call),
		TEST(a_commit_of_any_size_is_seen_by_others_at_once),
		TEST(what_is_rolled_back_is_never_written),
		TEST(who_recovers_the_log_finds_each_commit),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
