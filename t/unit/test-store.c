/* lib/db, lib/migrate and the stores, on real databases in a directory of their own. */
#include "config.h"

#include "lib/db.h"
#include "lib/migrate.h"
#include "lib/path.h"
#include "lib/store/command.h"
#include "lib/store/event.h"
#include "lib/store/retention.h"
#include "lib/store/session.h"
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

static const char session_id[] = "aaaaaaaaaaaaaaaaaaaaaaaaaa";
static const char writer_id[] = "bbbbbbbbbbbbbbbbbbbbbbbbbb";
static const char user_id[] = "cccccccccccccccccccccccccc";

struct fixture {
	char dir[32];
	struct db *state, *events;
};

static int
set_up(void **state)
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

static int
tear_down(void **state)
{
	struct fixture *f = *state;
	db_close(f->state);
	db_close(f->events);
	remove_databases(f->dir);
	free(f);
	return 0;
}

/* ---- migrations ---- */

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

/* ---- commands ---- */

static int
send_input(struct fixture *f, int64_t n, struct input_mark *mark, struct command *c,
	struct err *e)
{
	*c = (struct command){.session = session_id,
		.user = user_id,
		.kind = "input",
		.k = -1,
		.deadline = 1000,
		.body = "x",
		.len = 1};
	*mark = (struct input_mark){.writer = writer_id, .n = n, .now = 1};
	return command_add_input(f->state, c, mark, e);
}

static void
an_input_is_stored_once_and_gaps_are_refused(void **state)
{
	struct fixture *f = *state;
	struct input_mark mark;
	struct command c;
	struct err e;
	int64_t rows = 0;
	assert_int_equal(send_input(f, 2, &mark, &c, &e), -1);
	assert_string_equal(e.code, "input.gap");
	assert_int_equal(mark.expect, 1);
	assert_int_equal(send_input(f, 1, &mark, &c, &e), 0);
	assert_int_equal(c.k, 1);
	assert_int_equal(send_input(f, 1, &mark, &c, &e), 1);
	assert_int_equal(send_input(f, 2, &mark, &c, &e), 0);
	assert_int_equal(c.k, 2);
	assert_int_equal(db_int(f->state, &rows, &e, "SELECT count(*) FROM command", ""),
		1);
	assert_int_equal(rows, 2);
}

static void
a_sign_in_that_was_just_revoked_stores_nothing(void **state)
{
	struct fixture *f = *state;
	struct command c = {.session = session_id,
		.user = user_id,
		.sign_in = "key",
		.kind = "stop",
		.body = "{}",
		.len = 2};
	struct err e;
	assert_int_equal(db_script(f->state,
				 "INSERT INTO user (id, name, role, created_at) VALUES "
				 "('u', 'U', 'member', 1);"
				 "INSERT INTO credential (id, user, kind, label, hash, "
				 "created_at) VALUES ('key', 'u', 'api', 'x', "
				 "zeroblob(32), 1)",
				 &e),
		0);
	assert_int_equal(command_add(f->state, &c, &e), 0);
	assert_int_equal(db_script(f->state, "UPDATE user SET disabled_at=1", &e), 0);
	assert_int_equal(command_add(f->state, &c, &e), -1);
	assert_string_equal(e.code, "auth.invalid");
	assert_int_equal(db_script(f->state,
				 "UPDATE user SET disabled_at=NULL;"
				 "UPDATE credential SET revoked_at=1",
				 &e),
		0);
	assert_int_equal(command_add(f->state, &c, &e), -1);
	assert_string_equal(e.code, "auth.invalid");
}

static int
count_until(void *arg, const struct command *c)
{
	int *left = arg;
	assert_string_equal(c->session, session_id);
	return --*left == 0;
}

static void
commands_are_read_in_order_and_the_reader_may_stop(void **state)
{
	struct fixture *f = *state;
	struct input_mark mark;
	struct command c;
	struct err e;
	int left = 2;
	for (int n = 1; n <= 3; n++)
		assert_int_equal(send_input(f, n, &mark, &c, &e), 0);
	assert_int_equal(command_each(f->state, session_id, 0, count_until, &left, &e),
		0);
	assert_int_equal(left, 0);
	left = 100;
	assert_int_equal(command_each(f->state, session_id, 0, count_until, &left, &e),
		0);
	assert_int_equal(left, 97);
	assert_int_equal(command_delete(f->state, (int64_t[]){1, 2, 3}, 3, &e), 0);
	assert_int_equal(command_each(f->state, session_id, 0, count_until, &left, &e),
		0);
	assert_int_equal(left, 97);
}

static int
send_op(struct fixture *f, int n, int64_t done, struct err *e)
{
	char token[16];
	struct command c = {.session = session_id,
		.user = user_id,
		.kind = "op",
		.body = "{}",
		.len = 2};
	const struct op_mark mark = {.token = token, .now = 1, .done = done};
	snprintf(token, sizeof token, "op-%d", n);
	return command_add_once(f->state, &c, &mark, e);
}

static void
only_operations_that_still_wait_fill_the_queue(void **state)
{
	struct fixture *f = *state;
	struct err e;
	for (int n = 1; n <= OP_COUNT; n++)
		assert_int_equal(send_op(f, n, 0, &e), 0);
	assert_int_equal(send_op(f, OP_COUNT + 1, 0, &e), -1);
	assert_string_equal(e.code, "command.queue");
	assert_int_equal(send_op(f, 1, 0, &e), 1);
	assert_int_equal(send_op(f, OP_COUNT + 1, 1, &e), 0);
	assert_int_equal(send_op(f, OP_COUNT + 2, 1, &e), -1);
	assert_int_equal(send_op(f, OP_COUNT + 2, OP_COUNT + 1, &e), 0);
}

/* ---- sessions and events ---- */

static struct session
new_session(struct fixture *f)
{
	struct session s = {.kind = xstrdup("pty"),
		.title = xstrdup("t"),
		.attention = xstrdup("none"),
		.cwd = xstrdup("/"),
		.command_json = xstrdup("[]"),
		.env_json = xstrdup("{}"),
		.cols = 80,
		.rows = 24,
		.exit_code = -1,
		.run = 1,
		.preview = xstrdup(""),
		.boot_id = xstrdup("b"),
		.created_at = 1};
	struct err e;
	snprintf(s.id, sizeof s.id, "%s", session_id);
	snprintf(s.owner, sizeof s.owner, "%s", user_id);
	assert_int_equal(session_insert(f->events, &s, &e), 0);
	return s;
}

static void
a_session_comes_back_as_it_was_written(void **state)
{
	struct fixture *f = *state;
	struct session s = new_session(f), read;
	struct err e;
	s.status = SESSION_EXITED;
	s.exit_code = 0;
	s.ended_at = 77;
	s.last_seq = 5;
	assert_int_equal(session_update(f->events, &s, &e), 0);
	assert_int_equal(session_find_owned(f->events, session_id, user_id, &read, &e),
		1);
	assert_int_equal(read.status, SESSION_EXITED);
	assert_int_equal(read.exit_code, 0);
	assert_int_equal(read.exit_signal, 0);
	assert_int_equal(read.ended_at, 77);
	assert_int_equal(read.last_seq, 5);
	assert_null(read.error_code);
	session_clear(&read);
	assert_int_equal(session_find_owned(f->events, session_id, writer_id, &read, &e),
		0);
	assert_int_equal(session_count_live(f->events, user_id, &e), 0);
	session_clear(&s);
}

static void
note_title(void *arg, const struct session *s)
{
	char *title = arg;
	snprintf(title, 40, "%s", s->title);
}

static void
a_session_that_is_lent_can_be_made_ones_own(void **state)
{
	struct fixture *f = *state;
	struct session s = new_session(f), own;
	char title[40] = "";
	struct err e;
	assert_int_equal(session_each(f->events, user_id, note_title, title, &e), 0);
	assert_string_equal(title, s.title);
	assert_int_equal(session_each(f->events, writer_id, note_title, NULL, &e), 0);
	own = s;
	session_own(&own);
	assert_string_equal(own.title, s.title);
	assert_ptr_not_equal(own.title, s.title);
	session_clear(&own);
	session_clear(&s);
}

static void
a_text_is_kept_until_someone_commits(void **state)
{
	static const char name[] = "list", other[] = "other";
	struct fixture *f = *state;
	struct session s = new_session(f);
	struct buf text = BUF_INIT, out = BUF_INIT;
	struct db *reader;
	struct err e;
	assert_int_equal(db_open(&reader, f->dir, "events.db", DB_READ, 0, &e), 0);
	buf_str(&text, "[1]");
	assert_false(db_recall(reader, name, user_id, &out));
	db_keep(reader, name, user_id, &text);
	assert_true(db_recall(reader, name, user_id, &out));
	assert_true(db_recall(reader, name, user_id, &out));
	assert_string_equal(out.data, "[1][1]");
	assert_false(db_recall(reader, name, writer_id, &out));
	assert_false(db_recall(reader, other, user_id, &out));
	s.last_seq++;
	assert_int_equal(session_advance(f->events, &s, &e), 0);
	assert_false(db_recall(reader, name, user_id, &out));

	/* Committed after the question: nobody knows what the text was made from. */
	s.last_seq++;
	assert_int_equal(session_advance(f->events, &s, &e), 0);
	db_keep(reader, name, user_id, &text);
	assert_false(db_recall(reader, name, user_id, &out));
	buf_free(&text);
	buf_free(&out);
	db_close(reader);
	session_clear(&s);
}

static int
sum_up(void *arg, const struct event *ev)
{
	int64_t *sum = arg;
	*sum = *sum * 10 + ev->seq;
	return 0;
}

static int64_t
read_range(struct fixture *f, int64_t session, int64_t after, int64_t before, int limit,
	int newest, const char *channel)
{
	struct event_range range = {session, after, before, limit, newest, channel};
	int64_t sum = 0;
	struct err e;
	assert_true(event_read(f->events, &range, sum_up, &sum, &e) >= 0);
	return sum;
}

static void
events_are_read_by_range_in_either_direction(void **state)
{
	struct fixture *f = *state;
	struct session s = new_session(f);
	struct err e;
	int64_t id;
	for (int i = 1; i <= 6; i++) {
		struct event ev = {.session = s.number,
			.seq = i,
			.ts = 1,
			.channel = i % 2 ? "a" : "b",
			.type = "t",
			.data = "{}"};
		assert_int_equal(event_append(f->events, &ev, &e), 0);
	}
	assert_int_equal(read_range(f, s.number, 0, 0, 100, 0, NULL), 123456);
	assert_int_equal(read_range(f, s.number, 2, 0, 2, 0, NULL), 34);
	assert_int_equal(read_range(f, s.number, 0, 6, 2, 1, NULL), 45);
	assert_int_equal(read_range(f, s.number, 0, 0, 100, 0, "b"), 246);
	assert_int_equal(event_next_id(f->events, s.number, 4, &id, &e), 1);
	assert_int_equal(event_seq_at(f->events, s.number, id, &e), 5);
	assert_int_equal(event_next_id(f->events, s.number, 6, &id, &e), 0);
	assert_int_equal(event_last_seq(f->events, s.number, &e), 6);
	session_clear(&s);
}

static void
a_deleted_session_is_invisible_and_goes_in_steps(void **state)
{
	struct fixture *f = *state;
	struct session s = new_session(f), read;
	struct err e;
	for (int i = 1; i <= 100; i++) {
		struct event ev = {.session = s.number,
			.seq = i,
			.channel = "a",
			.type = "t",
			.bytes = "x",
			.len = 1};
		assert_int_equal(event_append(f->events, &ev, &e), 0);
	}
	assert_int_equal(session_mark_deleted(f->events, s.number, 1, &e), 0);
	assert_int_equal(session_find(f->events, session_id, &read, &e), 0);
	assert_int_equal(retention_clean(f->events, s.number, &e), 1); /* 64 events */
	assert_int_equal(retention_clean(f->events, s.number, &e), 1); /* the others */
	assert_int_equal(retention_clean(f->events, s.number, &e), 1); /* the row */
	assert_int_equal(retention_clean(f->events, s.number, &e), 0);
	session_clear(&s);
}

static void
generations_grow_with_every_runner(void **state)
{
	struct fixture *f = *state;
	struct err e;
	assert_int_equal(runner_generation(f->events), 0);
	assert_int_equal(runner_begin(f->events, 1, 1, &e), 1);
	assert_int_equal(runner_begin(f->events, 2, 2, &e), 2);
}

/* ---- locks ---- */

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

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(migrations_are_applied_once_and_then_checked),
		TEST(an_unknown_or_changed_migration_stops_the_program),
		TEST(a_missing_migration_names_the_command_to_run),
		TEST(an_input_is_stored_once_and_gaps_are_refused),
		TEST(a_sign_in_that_was_just_revoked_stores_nothing),
		TEST(commands_are_read_in_order_and_the_reader_may_stop),
		TEST(only_operations_that_still_wait_fill_the_queue),
		TEST(a_session_comes_back_as_it_was_written),
		TEST(a_session_that_is_lent_can_be_made_ones_own),
		TEST(a_text_is_kept_until_someone_commits),
		TEST(events_are_read_by_range_in_either_direction),
		TEST(a_deleted_session_is_invisible_and_goes_in_steps),
		TEST(generations_grow_with_every_runner),
		TEST(a_locked_database_is_reported_as_busy_at_once),
		TEST(a_reader_cannot_write),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
