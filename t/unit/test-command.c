/* lib/store/command: what waits for the runner. */
#include "config.h"

#include "lib/store/command.h"
#include "t/unit/stores.h"

static int
send_input(struct fixture *f, int64_t n, struct input_mark *mark, struct command *c,
	struct err *e)
{
	*c = (struct command){.session = SESSION_ID,
		.user = USER_ID,
		.kind = "input",
		.k = -1,
		.deadline = 1000,
		.body = "x",
		.len = 1};
	*mark = (struct input_mark){.writer = WRITER_ID, .n = n, .now = 1};
	return command_add_input(f->state, c, mark, e);
}

static int64_t
count_rows(struct db *db)
{
	int64_t rows = -1;
	assert_int_equal(db_int(db, &rows, NULL, "SELECT count(*) FROM command", ""), 1);
	return rows;
}

static void
an_input_is_stored_once_and_gaps_are_refused(void **state)
{
	struct fixture *f = *state;
	struct input_mark mark;
	struct command c;
	struct err e;
	assert_int_equal(send_input(f, 2, &mark, &c, &e), -1);
	assert_string_equal(e.code, "input.gap");
	assert_int_equal(mark.expect, 1);
	assert_int_equal(send_input(f, 1, &mark, &c, &e), 0);
	assert_int_equal(c.k, 1);
	assert_int_equal(send_input(f, 1, &mark, &c, &e), 1);
	assert_int_equal(send_input(f, 2, &mark, &c, &e), 0);
	assert_int_equal(c.k, 2);
	assert_int_equal(count_rows(f->state), 2);
}

static void
a_sign_in_that_was_just_revoked_stores_nothing(void **state)
{
	struct fixture *f = *state;
	struct command c = {.session = SESSION_ID,
		.user = USER_ID,
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
	assert_string_equal(c->session, SESSION_ID);
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
	assert_int_equal(command_each(f->state, SESSION_ID, 0, count_until, &left, &e),
		0);
	assert_int_equal(left, 0);
	left = 100;
	assert_int_equal(command_each(f->state, SESSION_ID, 0, count_until, &left, &e),
		0);
	assert_int_equal(left, 97);
	assert_int_equal(command_delete(f->state, (int64_t[]){1, 2, 3}, 3, &e), 0);
	assert_int_equal(command_each(f->state, SESSION_ID, 0, count_until, &left, &e),
		0);
	assert_int_equal(left, 97);
}

static void
no_session(void *arg, const char *session, int64_t id)
{
	(void)arg, (void)id;
	fail_msg("session '%s' has a command", session);
}

static void
the_id_of_a_command_never_comes_again(void **state)
{
	struct fixture *f = *state;
	struct command c = {.session = SESSION_ID,
		.user = USER_ID,
		.kind = "stop",
		.body = "{}",
		.len = 2};
	struct err e;
	for (int i = 1; i <= 9; i += 3) {
		for (int64_t id = i; id < i + 3; id++) {
			assert_int_equal(command_add(f->state, &c, &e), 0);
			assert_int_equal(c.id, id);
		}
		assert_int_equal(command_delete(f->state, (int64_t[]){i, i + 1, i + 2}, 3,
					 &e),
			0);
		assert_int_equal(count_rows(f->state), 1);
		assert_int_equal(command_sessions(f->state, 0, no_session, NULL, &e), 0);
	}
	assert_int_equal(command_add(f->state, &c, &e), 0);
	assert_int_equal(command_refuse(f->state, USER_ID, "", &e), 0);
	assert_int_equal(command_sessions(f->state, 0, no_session, NULL, &e), 0);
	assert_int_equal(command_add(f->state, &c, &e), 0);
	assert_int_equal(c.id, 11);
}

static int
send_op(struct fixture *f, int n, int64_t done, struct err *e)
{
	char token[16];
	struct command c = {.session = SESSION_ID,
		.user = USER_ID,
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

int
main(void)
{
	const struct CMUnitTest tests[] = {
		STORES_TEST(an_input_is_stored_once_and_gaps_are_refused),
		STORES_TEST(a_sign_in_that_was_just_revoked_stores_nothing),
		STORES_TEST(commands_are_read_in_order_and_the_reader_may_stop),
		STORES_TEST(the_id_of_a_command_never_comes_again),
		STORES_TEST(only_operations_that_still_wait_fill_the_queue),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
