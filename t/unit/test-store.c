/* lib/store: sessions, events and runners. */
#include "config.h"

#include "lib/store/event.h"
#include "lib/store/retention.h"
#include "lib/store/session.h"
#include "t/unit/stores.h"

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
	snprintf(s.id, sizeof s.id, "%s", SESSION_ID);
	snprintf(s.owner, sizeof s.owner, "%s", USER_ID);
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
	assert_int_equal(session_find_owned(f->events, SESSION_ID, USER_ID, &read, &e),
		1);
	assert_int_equal(read.status, SESSION_EXITED);
	assert_int_equal(read.exit_code, 0);
	assert_int_equal(read.exit_signal, 0);
	assert_int_equal(read.ended_at, 77);
	assert_int_equal(read.last_seq, 5);
	assert_null(read.error_code);
	session_clear(&read);
	assert_int_equal(session_find_owned(f->events, SESSION_ID, WRITER_ID, &read, &e),
		0);
	assert_int_equal(session_count_live(f->events, USER_ID, &e), 0);
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
	assert_int_equal(session_each(f->events, USER_ID, note_title, title, &e), 0);
	assert_string_equal(title, s.title);
	assert_int_equal(session_each(f->events, WRITER_ID, note_title, NULL, &e), 0);
	own = s;
	session_own(&own);
	assert_string_equal(own.title, s.title);
	assert_ptr_not_equal(own.title, s.title);
	session_clear(&own);
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
	struct event_ids ids = {0};
	struct err e;
	int64_t id;
	for (int i = 1; i <= 6; i++) {
		struct event ev = {.session = s.number,
			.seq = i,
			.ts = 1,
			.channel = i % 2 ? "a" : "b",
			.type = "t",
			.data = "{}"};
		assert_int_equal(event_append(f->events, &ids, &ev, &e), 0);
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
the_id_of_an_event_never_comes_again(void **state)
{
	struct fixture *f = *state;
	struct session s = new_session(f);
	struct event ev = {.session = s.number,
		.channel = "a",
		.type = "t",
		.data = "{}"};
	int64_t last = 0;
	for (int start = 0; start < 3; start++) {
		struct event_ids ids = {0};
		for (int i = 0; i < 2000; i++) {
			ev.seq++;
			assert_int_equal(event_append(f->events, &ids, &ev, NULL), 0);
			assert_true(ev.id > last);
			last = ev.id;
		}
		assert_int_equal(db_script(f->events, "DELETE FROM session_event", NULL),
			0);
	}
	session_clear(&s);
}

static void
a_deleted_session_is_invisible_and_goes_in_steps(void **state)
{
	struct fixture *f = *state;
	struct session s = new_session(f), read;
	struct event_ids ids = {0};
	struct err e;
	for (int i = 1; i <= 100; i++) {
		struct event ev = {.session = s.number,
			.seq = i,
			.channel = "a",
			.type = "t",
			.bytes = "x",
			.len = 1};
		assert_int_equal(event_append(f->events, &ids, &ev, &e), 0);
	}
	assert_int_equal(session_mark_deleted(f->events, s.number, 1, &e), 0);
	assert_int_equal(session_find(f->events, SESSION_ID, &read, &e), 0);
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
	assert_false(db_recall(reader, name, USER_ID, &out));
	db_keep(reader, name, USER_ID, &text);
	assert_true(db_recall(reader, name, USER_ID, &out));
	assert_true(db_recall(reader, name, USER_ID, &out));
	assert_string_equal(out.data, "[1][1]");
	assert_false(db_recall(reader, name, WRITER_ID, &out));
	assert_false(db_recall(reader, other, USER_ID, &out));
	s.last_seq++;
	assert_int_equal(session_advance(f->events, &s, &e), 0);
	assert_false(db_recall(reader, name, USER_ID, &out));

	/* Committed after the question: nobody knows what the text was made from. */
	s.last_seq++;
	assert_int_equal(session_advance(f->events, &s, &e), 0);
	db_keep(reader, name, USER_ID, &text);
	assert_false(db_recall(reader, name, USER_ID, &out));
	buf_free(&text);
	buf_free(&out);
	db_close(reader);
	session_clear(&s);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		STORES_TEST(a_session_comes_back_as_it_was_written),
		STORES_TEST(a_session_that_is_lent_can_be_made_ones_own),
		STORES_TEST(a_text_is_kept_until_someone_commits),
		STORES_TEST(events_are_read_by_range_in_either_direction),
		STORES_TEST(the_id_of_an_event_never_comes_again),
		STORES_TEST(a_deleted_session_is_invisible_and_goes_in_steps),
		STORES_TEST(generations_grow_with_every_runner),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
