/* fcgi/git_*: what git writes, also when it is cut, forged, or in odd pieces. */
#include "config.h"

#include "fcgi/git_blame.h"
#include "fcgi/git_diff.h"
#include "fcgi/git_environment.h"
#include "fcgi/git_graph.h"
#include "fcgi/git_log.h"
#include "fcgi/git_records.h"
#include "fcgi/git_refs.h"
#include "fcgi/git_status.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define COUNT(a) (sizeof(a) / sizeof *(a))
#define TEXT_OF(literal) (literal), sizeof(literal) - 1
#define HASH_A "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
#define HASH_B "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"
#define HASH_0 "0000000000000000000000000000000000000000"

/* Everything that takes records, with all that it needs. */
struct parser {
	struct git_status status;
	struct git_diff diff;
	struct git_log log;
	struct git_blame blame;
	struct git_rows branches;
	struct git_worktrees worktrees;
	struct buf out;
};

static void
note_worktree(void *arg, const struct git_worktree *w, int index)
{
	(void)arg, (void)index;
	assert_non_null(w->path);
}

static void
begin(struct parser *p)
{
	*p = (struct parser){0};
	git_status_begin(&p->status, "", 3);
	git_diff_begin(&p->diff, 3);
	git_log_begin(&p->log, 3);
	p->branches = (struct git_rows){.fields = GIT_BRANCH_FIELDS,
		.limit = 3,
		.row = git_branch_row,
		.arg = &p->out};
	p->worktrees.each = note_worktree;
}

static void
end(struct parser *p)
{
	git_status_end(&p->status);
	git_diff_end(&p->diff);
	git_log_end(&p->log);
	git_status_free(&p->status);
	git_diff_free(&p->diff);
	git_log_free(&p->log);
	git_blame_free(&p->blame);
	git_rows_free(&p->branches);
	git_worktrees_free(&p->worktrees);
	buf_free(&p->out);
}

/* Feeds it in pieces of `size` bytes, in memory of exactly that size. */
static void
feed(struct git_records *records, const char *text, size_t len, size_t size)
{
	for (size_t at = 0; at < len;) {
		size_t n = len - at < size ? len - at : size;
		char *piece = malloc(n);
		assert_non_null(piece);
		memcpy(piece, text + at, n);
		bool more = git_records_take(records, piece, n);
		free(piece);
		at += n;
		if (!more)
			break;
	}
}

static void
feed_all(struct parser *p, const char *text, size_t len, size_t size)
{
	struct git_records all[] = {
		{.record = git_status_record, .arg = &p->status},
		{.record = git_diff_record, .arg = &p->diff},
		{.record = git_log_record, .arg = &p->log},
		{.record = git_blame_record, .arg = &p->blame, .end = '\n'},
		{.record = git_rows_record, .arg = &p->branches},
		{.record = git_worktree_record, .arg = &p->worktrees},
	};
	for (size_t i = 0; i < COUNT(all); i++) {
		feed(&all[i], text, len, size);
		git_records_free(&all[i]);
	}
}

static const char status_text[] =
	"# branch.oid " HASH_A "\0# branch.head main\0# branch.upstream origin/main\0"
	"# branch.ab +2 -1\0# stash 4\0# something.new x\0"
	"1 MM N... 100644 100644 100644 " HASH_A " " HASH_B " a\nb\0"
	"2 R. N... 100644 100644 100644 " HASH_A " " HASH_B " R100 new\0old\0"
	"u AA N... 000000 100644 100644 100644 " HASH_0 " " HASH_A " " HASH_B " c\0"
	"? dir/\0! x";
static const char diff_text[] = ":100644 100644 " HASH_A " " HASH_B " M\0f\0"
				":100644 100644 " HASH_A " " HASH_A " R090\0old\0new\0"
				":000000 100644 " HASH_0 " " HASH_0 " U\0c\0"
				":100644 100644 " HASH_A " " HASH_0 " M\0c\0"
				"1\t2\tf\0-\t-\t\0old\0new\0"
				"0\t0\tc\0"
				"4\t0\tc\0";
static const char log_text[] = HASH_A "\0" HASH_B "\0Ada\0ada@x\0"
				      "100\0Ada\0ada@x\0"
				      "-100\0HEAD -> refs/heads/main, tag: refs/tags/v\0"
				      "S\0Body\n\0";
static const char blame_text[] =
	HASH_A " 1 1 2\nauthor Ada\nauthor-mail <ada@x>\nauthor-time 5\nsummary S\n"
	       "previous " HASH_B " f\nfilename f\n\tone\n" HASH_A " 2 2\n\ttwo\n" HASH_B
	       " 9 3 1\nauthor B\nboundary\nfilename f\n\tthree\n";
static const char branch_text[] =
	"refs/heads/main\0" HASH_A "\0\0"
	"5\0S\0refs/remotes/o/main\0ahead 1, behind 2\0/x\0*\0\0\n"
	"refs/tags/v\0" HASH_A "\0" HASH_B "\0"
	"5\0S\0\0\0\0 \0\0\n"
	"refs/remotes/o/HEAD\0" HASH_A "\0\0"
	"5\0S\0\0\0\0 \0refs/remotes/o/main\0\n";
static const char worktree_text[] =
	"worktree /x\ny\0HEAD " HASH_A "\0branch refs/heads/main\0\0"
	"worktree /z\0detached\0locked why not\0prunable\0\0bare\0\0";

static const struct {
	const char *text;
	size_t len;
} samples[] = {
	{TEXT_OF(status_text)},
	{TEXT_OF(diff_text)},
	{TEXT_OF(log_text)},
	{TEXT_OF(blame_text)},
	{TEXT_OF(branch_text)},
	{TEXT_OF(worktree_text)},
};

static void
each_parser_takes_what_is_meant_for_any_other_and_what_is_cut(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(samples); i++)
		for (size_t len = 0; len <= samples[i].len; len++) {
			struct parser p;
			begin(&p);
			feed_all(&p, samples[i].text, len, 7);
			end(&p);
		}
}

/* A small generator, the same each time. */
static unsigned
next_random(unsigned *seed)
{
	*seed = *seed * 1103515245u + 12345u;
	return *seed >> 16;
}

static void
each_parser_takes_what_is_changed_anywhere(void **state)
{
	static const char odd[] = {'\0', '\n', ' ', '\t', ':', '-', '9', '/', '\xff',
		'R'};
	unsigned seed = 1;
	(void)state;
	for (int round = 0; round < 4000; round++) {
		size_t i = next_random(&seed) % COUNT(samples);
		char text[1024];
		struct parser p;
		assert_true(samples[i].len <= sizeof text);
		memcpy(text, samples[i].text, samples[i].len);
		for (unsigned n = 1 + next_random(&seed) % 4; n; n--)
			text[next_random(&seed) % samples[i].len] =
				odd[next_random(&seed) % COUNT(odd)];
		begin(&p);
		feed_all(&p, text, samples[i].len, 1 + next_random(&seed) % 40);
		end(&p);
	}
}

static void
a_status_is_the_same_in_whatever_pieces_it_comes(void **state)
{
	static const char head[] = "\"head\":{\"commit\":\"" HASH_A
				   "\",\"branch\":\"main\",\"upstream\":\"origin/main\","
				   "\"ahead\":2,\"behind\":1}";
	(void)state;
	for (size_t size = 1; size < 40; size++) {
		struct git_status s;
		struct git_records records = {.record = git_status_record, .arg = &s};
		git_status_begin(&s, "", 100);
		/* With the NUL behind the last record. */
		feed(&records, status_text, sizeof status_text, size);
		git_status_end(&s);
		assert_false(s.broken);
		assert_string_equal(s.head.data, head);
		assert_int_equal(s.item_count, 5);
		assert_int_equal(s.staged, 2);
		assert_int_equal(s.unstaged, 1);
		assert_int_equal(s.untracked, 1);
		assert_int_equal(s.conflicts, 1);
		assert_int_equal(s.stash, 4);
		assert_non_null(strstr(s.items.data,
			"\"path\":\"a\xee\xbc\x8a"
			"b\""));
		assert_non_null(strstr(s.items.data, "\"old_path\":\"old\""));
		git_records_free(&records);
		git_status_free(&s);
	}
}

static void
a_conflict_and_a_rename_are_one_file_each(void **state)
{
	struct git_diff d;
	struct git_records records = {.record = git_diff_record, .arg = &d};
	(void)state;
	git_diff_begin(&d, 100);
	feed(&records, diff_text, sizeof diff_text - 1, 5);
	git_diff_end(&d);
	assert_false(d.broken);
	assert_int_equal(d.count, 3);
	assert_string_equal(d.files[1].old_path, "old");
	assert_int_equal(d.files[1].similarity, 90);
	assert_true(d.files[1].counted && d.files[1].added < 0);
	assert_string_equal(d.files[2].status, "conflict");
	assert_int_equal(d.files[2].added, 4);
	git_diff_free(&d);
	git_records_free(&records);
}

static void
a_record_without_an_end_ends_it(void **state)
{
	struct git_status s;
	struct git_records records = {.record = git_status_record, .arg = &s};
	char *many = calloc(1, 65536);
	size_t fed = 0;
	(void)state;
	assert_non_null(many);
	memset(many, 'x', 65536);
	git_status_begin(&s, "", 1);
	while (git_records_take(&records, many, 65536))
		assert_true((fed += 65536) <= GIT_RECORD_MAX);
	free(many);
	git_records_free(&records);
	git_status_free(&s);
}

static void
lanes_are_written_and_read_and_nothing_else_is(void **state)
{
	static const char *const bad[] = {"", "x", "1~", "1~2", "1~2.x",
		"1~2." HASH_A "~", "99999999999", "1~-1." HASH_A, "1 ~2."};
	struct git_graph graph = {0}, again;
	struct buf b = BUF_INIT, row = BUF_INIT;
	(void)state;
	git_graph_row(&graph, HASH_A, HASH_B " " HASH_0, NULL, &row);
	assert_string_equal(row.data, "{\"column\":0,\"edges\":[[0,0,0],[0,1,1]]}");
	git_graph_save(&graph, &b);
	assert_true(git_graph_load(&again, b.data));
	assert_memory_equal(&graph, &again, sizeof graph);
	for (size_t i = 0; i < COUNT(bad); i++)
		assert_false(git_graph_load(&again, bad[i]));
	buf_free(&row);
	buf_free(&b);
}

static void
a_graph_of_many_lines_stays_within_its_lanes(void **state)
{
	struct git_graph graph = {0};
	struct buf row = BUF_INIT;
	(void)state;
	for (int i = 0; i < 3 * GIT_LANES_MAX; i++) {
		char commit[GIT_HASH_SIZE], parent[GIT_HASH_SIZE];
		snprintf(commit, sizeof commit, "%040d", 2 * i);
		snprintf(parent, sizeof parent, "%040d", 2 * i + 1);
		git_graph_row(&graph, commit, parent, NULL, &row);
		assert_true(graph.count <= GIT_LANES_MAX);
		buf_clear(&row);
	}
	buf_free(&row);
}

static const char *
value_of(const struct words *env, const char *key)
{
	size_t n = strlen(key);
	const char *found = NULL;
	for (size_t i = 0; i < env->count; i++) {
		const char *at = strchr(env->list[i], '=');
		if (strncmp(env->list[i], "GIT_CONFIG_KEY_", 15) == 0 &&
			strncmp(at + 1, key, n + 1) == 0)
			found = strchr(env->list[i + 1], '=') + 1;
	}
	return found;
}

static void
only_filters_of_the_repository_itself_are_switched_off(void **state)
{
	static const char list[] = "system\0filter.lfs.clean\ngit-lfs clean\0"
				   "global\0filter.own.clean\nmine\0"
				   "local\0filter.lfs.clean\nevil\0"
				   "local\0filter.a.b=c.process\nevil\0"
				   "worktree\0filter.novalue.required\0"
				   "local\0filter.\nx\0local\0filter.x\nx\0"
				   "local\0core.x\nfilter.y.clean\0local\0filter.cut";
	struct words env = WORDS_INIT;
	(void)state;
	git_environment(&env, false);
	assert_true(git_environment_harden(&env, list, sizeof list - 1));
	assert_string_equal(value_of(&env, "filter.lfs.clean"), "git-lfs clean");
	assert_string_equal(value_of(&env, "filter.lfs.process"), "");
	assert_string_equal(value_of(&env, "filter.a.b=c.process"), "");
	assert_string_equal(value_of(&env, "filter.novalue.required"), "false");
	assert_null(value_of(&env, "filter.own.clean"));
	assert_null(value_of(&env, "filter.y.clean"));
	words_free(&env);
}

static void
a_repository_with_very_many_filters_is_refused(void **state)
{
	struct words env = WORDS_INIT;
	struct buf list = BUF_INIT;
	(void)state;
	for (int i = 0; i < 100; i++) {
		buf_add(&list, "local", 6);
		buf_printf(&list, "filter.f%d.clean\nx", i);
		buf_char(&list, '\0');
	}
	git_environment(&env, false);
	assert_false(git_environment_harden(&env, list.data, list.len));
	words_free(&env);
	buf_free(&list);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
			each_parser_takes_what_is_meant_for_any_other_and_what_is_cut),
		cmocka_unit_test(each_parser_takes_what_is_changed_anywhere),
		cmocka_unit_test(a_status_is_the_same_in_whatever_pieces_it_comes),
		cmocka_unit_test(a_conflict_and_a_rename_are_one_file_each),
		cmocka_unit_test(a_record_without_an_end_ends_it),
		cmocka_unit_test(lanes_are_written_and_read_and_nothing_else_is),
		cmocka_unit_test(a_graph_of_many_lines_stays_within_its_lanes),
		cmocka_unit_test(only_filters_of_the_repository_itself_are_switched_off),
		cmocka_unit_test(a_repository_with_very_many_filters_is_refused),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
