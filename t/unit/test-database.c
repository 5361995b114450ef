/* lib/db and lib/migrate, on real databases. */
#include "config.h"

#include "t/unit/stores.h"

static void
migrations_are_applied_once_and_then_checked(void **state)
{
	struct fixture *f = *state;
	struct buf status = BUF_INIT;
	struct err e;
	assert_int_equal(migrate_apply(f->dir, NULL, &e), 0);
	assert_int_equal(migrate_check(f->dir, &e), 0);
	assert_int_equal(migrate_status(f->dir, &status, &e), 0);
	assert_null(strstr(status.data, "pending"));
	buf_free(&status);
}

static void
an_unknown_or_changed_migration_stops_the_program(void **state)
{
	struct fixture *f = *state;
	struct err e;
	assert_int_equal(db_script(f->events, "UPDATE migration SET sha256=zeroblob(32)",
				 &e),
		0);
	assert_int_equal(migrate_check(f->dir, &e), -1);
	assert_string_equal(e.code, "migrate.changed");
	assert_int_equal(db_script(f->state,
				 "INSERT INTO migration VALUES ('9999-future', "
				 "zeroblob(32), 0)",
				 &e),
		0);
	assert_int_equal(migrate_check(f->dir, &e), -1);
	assert_string_equal(e.code, "migrate.newer");
}

static void
a_missing_migration_names_the_command_to_run(void **state)
{
	struct fixture *f = *state;
	struct err e;
	assert_int_equal(db_script(f->events, "DELETE FROM migration", &e), 0);
	assert_int_equal(migrate_check(f->dir, &e), -1);
	assert_string_equal(e.code, "migrate.pending");
	assert_non_null(strstr(e.text, "dispatch migrate"));
}

static void
a_locked_database_is_reported_as_busy_at_once(void **state)
{
	struct fixture *f = *state;
	struct db *other;
	struct err e;
	assert_int_equal(db_open(&other, f->dir, "events.db", DB_WRITE, 0, &e), 0);
	assert_int_equal(db_begin(other, DB_NORMAL, &e), 0);
	assert_int_equal(db_begin(f->events, DB_NORMAL, &e), -1);
	assert_string_equal(e.code, "db.busy");
	assert_int_equal(db_commit(other, &e), 0);
	assert_int_equal(db_begin(f->events, DB_DURABLE, &e), 0);
	db_rollback(f->events);
	db_close(other);
}

static void
a_reader_cannot_write(void **state)
{
	struct fixture *f = *state;
	struct db *reader;
	struct err e;
	assert_int_equal(db_open(&reader, f->dir, "events.db", DB_READ, 0, &e), 0);
	assert_int_equal(db_script(reader, "DELETE FROM runner", &e), -1);
	db_close(reader);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		STORES_TEST(migrations_are_applied_once_and_then_checked),
		STORES_TEST(an_unknown_or_changed_migration_stops_the_program),
		STORES_TEST(a_missing_migration_names_the_command_to_run),
		STORES_TEST(a_locked_database_is_reported_as_busy_at_once),
		STORES_TEST(a_reader_cannot_write),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
