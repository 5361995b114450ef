/* Contents of files, their history and drafts, in a real database. */
#include "config.h"

#include "lib/db.h"
#include "lib/migrate.h"
#include "lib/store/content.h"
#include "lib/store/event.h"
#include "lib/store/session.h"
#include "t/unit/databases.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static const char session_id[] = "aaaaaaaaaaaaaaaaaaaaaaaaaa";
static const char owner[] = "cccccccccccccccccccccccccc";
static const char other[] = "dddddddddddddddddddddddddd";

struct fixture {
	char dir[32];
	struct db *events;
	struct event_ids ids;
	int64_t session, seq;
};

static int
set_up(void **state)
{
	struct fixture *f = calloc(1, sizeof *f);
	struct err e = {0};
	struct session s = {.kind = (char *)"file-editor",
		.title = (char *)"Editor",
		.status = SESSION_RUNNING,
		.attention = (char *)"none",
		.cwd = (char *)"/",
		.command_json = (char *)"[]",
		.env_json = (char *)"{}",
		.preview = (char *)"",
		.boot_id = (char *)"",
		.run = 1,
		.cols = 80,
		.rows = 24,
		.created_at = 1};
	memcpy(s.id, session_id, sizeof s.id);
	memcpy(s.owner, owner, sizeof s.owner);
	snprintf(f->dir, sizeof f->dir, "%s", "/tmp/dispatch-XXXXXX");
	if (!mkdtemp(f->dir) || migrate_apply(f->dir, NULL, &e) < 1 ||
		db_open(&f->events, f->dir, "events.db", DB_WRITE, 0, &e) != 0 ||
		session_insert(f->events, &s, &e) != 0) {
		fprintf(stderr, "%s\n", e.text);
		return -1;
	}
	f->session = s.number;
	*state = f;
	return 0;
}

static int
tear_down(void **state)
{
	struct fixture *f = *state;
	db_close(f->events);
	remove_databases(f->dir);
	free(f);
	return 0;
}

/* Keeps a text; its hash. */
static const char *
keep(struct fixture *f, const char *text, int64_t now, char sha256[SHA256_TEXT_SIZE])
{
	crypt_sha256_text(text, strlen(text), sha256);
	assert_int_equal(content_put(f->events, f->session, sha256, text, strlen(text),
				 now, NULL),
		0);
	return sha256;
}

static int
find(struct fixture *f, const char *who, const char *sha256)
{
	struct buf b = BUF_INIT;
	int rc = content_find(f->events, who, session_id, sha256, &b, NULL);
	buf_free(&b);
	return rc;
}

static void
add(struct fixture *f, const char *operation, const char *path, const char *to,
	const char *after)
{
	struct event ev = {.session = f->session,
		.seq = ++f->seq,
		.ts = f->seq,
		.channel = "editor:save",
		.type = "done",
		.data = "{}"};
	const struct file_version v = {.session = f->session,
		.owner = owner,
		.workspace = "w",
		.path = path,
		.path_to = to,
		.operation = operation,
		.after = after,
		.at = f->seq};
	assert_int_equal(event_append(f->events, &f->ids, &ev, NULL), 0);
	assert_int_equal(file_version_add(f->events, &v, NULL), 0);
}

static void
put_path(void *arg, const struct file_version *v)
{
	buf_printf(arg, "%s%s %s", ((struct buf *)arg)->len ? ", " : "", v->operation,
		v->path);
}

static void
assert_history(struct fixture *f, const char *path, const char *expected)
{
	const struct history h = {.owner = owner,
		.workspace = "w",
		.path = path,
		.at = INT64_MAX,
		.most = 100};
	struct buf b = BUF_INIT;
	assert_int_equal(file_version_each(f->events, &h, put_path, &b, NULL), 0);
	assert_string_equal(b.data ? b.data : "", expected);
	buf_free(&b);
}

static void
a_content_is_for_those_who_have_told_of_it(void **state)
{
	struct fixture *f = *state;
	char sha256[SHA256_TEXT_SIZE];
	keep(f, "text", 1, sha256);
	keep(f, "text", 2, sha256);
	assert_int_equal(find(f, owner, sha256), 1);
	assert_int_equal(find(f, other, sha256), 0);
	assert_int_equal(find(f, owner, "00"), 0);
	keep(f, "", 3, sha256);
	assert_int_equal(find(f, owner, sha256), 1);
}

static void
a_history_follows_names_also_of_directories(void **state)
{
	struct fixture *f = *state;
	char sha256[SHA256_TEXT_SIZE];
	keep(f, "text", 1, sha256);
	add(f, "save", "d/a", NULL, sha256);
	add(f, "rename", "d/a", "d/b", sha256);
	add(f, "save", "d/a", NULL, sha256); /* another file by now */
	add(f, "rename", "d", "e", NULL);
	add(f, "save", "e/b", NULL, sha256);
	add(f, "save", "ee/b", NULL, sha256);
	assert_history(f, "e/b", "save e/b, rename d/a, save d/a");
	assert_history(f, "e/a", "save d/a, rename d/a, save d/a");
	/* There and back again does not go round for ever. */
	add(f, "rename", "e/b", "x", sha256);
	add(f, "rename", "x", "e/b", sha256);
	assert_history(f, "e/b", "rename x, rename e/b, save e/b, rename d/a, save d/a");
	/* That it was opened as it is known is no news. */
	add(f, "open", "ee/b", NULL, sha256);
	assert_history(f, "ee/b", "save ee/b");
	keep(f, "other", 1, sha256);
	add(f, "open", "ee/b", NULL, sha256);
	assert_history(f, "ee/b", "open ee/b, save ee/b");
}

static void
expire_all(struct fixture *f, int64_t before, int64_t most)
{
	int rc, steps = 0;
	while ((rc = content_expire(f->events, before, most, NULL)) > 0)
		assert_true(++steps < 100);
	assert_int_equal(rc, 0);
}

static void
what_is_old_goes_and_what_is_needed_stays(void **state)
{
	struct fixture *f = *state;
	char draft[SHA256_TEXT_SIZE], old[SHA256_TEXT_SIZE], new[SHA256_TEXT_SIZE];
	f->seq = 1000;
	add(f, "save", "kept", NULL, keep(f, "first", 1, old));
	add(f, "save", "kept", NULL, keep(f, "second", 2, new));
	keep(f, "typed", 3, draft);
	assert_int_equal(draft_put(f->events, f->session, "kept", new, draft, 3, NULL),
		0);
	expire_all(f, 900, 0);
	assert_int_equal(find(f, owner, old), 1); /* used by a version after 1000 */
	expire_all(f, 5000, 0);
	assert_int_equal(find(f, owner, old), 0);
	assert_int_equal(find(f, owner, new), 1);
	assert_int_equal(find(f, owner, draft), 1);
	/* A draft that is replaced needs its text no more. */
	char next[SHA256_TEXT_SIZE];
	keep(f, "typed on", 4, next);
	assert_int_equal(draft_put(f->events, f->session, "kept", new, next, 4, NULL), 0);
	expire_all(f, 0, 0);
	assert_int_equal(find(f, owner, draft), 0);
	assert_int_equal(find(f, owner, next), 1);
}

static void
what_is_too_much_goes_from_the_oldest_on(void **state)
{
	struct fixture *f = *state;
	char sha256[40][SHA256_TEXT_SIZE], text[1000];
	f->seq = 10000;
	for (int i = 0; i < 40; i++) {
		snprintf(text, sizeof text, "%0900d", i);
		add(f, "save", "long", NULL, keep(f, text, 10000 + i, sha256[i]));
	}
	expire_all(f, 0, 20000);
	assert_int_equal(find(f, owner, sha256[0]), 0);
	assert_int_equal(find(f, owner, sha256[39]), 1);
	assert_int_equal(content_forget_session(f->events, f->session, NULL), 0);
	expire_all(f, 0, 0);
	int64_t left = -1;
	assert_int_equal(db_int(f->events, &left, NULL, "SELECT count(*) FROM content",
				 ""),
		1);
	assert_int_equal(left, 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_content_is_for_those_who_have_told_of_it),
		cmocka_unit_test(a_history_follows_names_also_of_directories),
		cmocka_unit_test(what_is_old_goes_and_what_is_needed_stays),
		cmocka_unit_test(what_is_too_much_goes_from_the_oldest_on),
	};
	return cmocka_run_group_tests(tests, set_up, tear_down);
}
