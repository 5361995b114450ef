/* runner/job_words: what git says while it works. */
#include "config.h"

#include "lib/plain_words.h"
#include "runner/job_words.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define COUNT(a) (sizeof(a) / sizeof *(a))

static void
progress_is_told_from_other_words(void **state)
{
	static const struct {
		const char *line, *phase; /* NULL: no progress */
		int percent;
		int64_t done, of;
		bool finished;
	} cases[] = {
		{"Receiving objects:  42% (420/1000), 1.20 MiB | 3.00 MiB/s",
			"Receiving objects", 42, 420, 1000, false},
		{"remote: Counting objects: 100% (5/5), done.", "Counting objects", 100,
			5, 5, true},
		{"remote: Enumerating objects: 5, done.", "Enumerating objects", -1, 5,
			-1, true},
		{"Updating files: 100% (3/3), done.   ", "Updating files", 100, 3, 3,
			true},
		{"Enumerating objects: 17", "Enumerating objects", -1, 17, -1, false},
		{"Cloning into 'x'...", NULL, 0, 0, 0, false},
		{"fatal: 128", NULL, 0, 0, 0, false},
		{"Error9: 12", NULL, 0, 0, 0, false},
		{"Total 12 (delta 0), reused 0", NULL, 0, 0, 0, false},
		{"Counting: ", NULL, 0, 0, 0, false},
		{"Counting: 5% (", NULL, 0, 0, 0, false},
		{"Counting: 5% (1/", NULL, 0, 0, 0, false},
		{"Counting: 5% (/2)", NULL, 0, 0, 0, false},
		{"Counting: 5x", NULL, 0, 0, 0, false},
		{"Counting: 99999999999999999999", NULL, 0, 0, 0, false},
		{":", NULL, 0, 0, 0, false},
		{"", NULL, 0, 0, 0, false},
	};
	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct job_progress p;
		const char *line = cases[i].line;
		bool is = job_words_progress(line, strlen(line), &p);
		if (is != (cases[i].phase != NULL))
			fail_msg("\"%s\"", line);
		if (!is)
			continue;
		assert_string_equal(p.phase, cases[i].phase);
		assert_int_equal(p.percent, cases[i].percent);
		assert_int_equal(p.done, cases[i].done);
		assert_int_equal(p.of, cases[i].of);
		assert_int_equal(p.finished, cases[i].finished);
	}
}

static void
a_line_that_is_cut_anywhere_is_read_within_its_bounds(void **state)
{
	static const char *const lines[] = {
		"Receiving objects:  42% (420/1000), done.",
		" * [new branch]      main       -> origin/main  (why)",
		"   1234567..89abcde  main       -> origin/main",
		"*\trefs/heads/main:refs/heads/main\t[new branch] (why)",
		" \trefs/heads/main:refs/heads/main\t1234567..89abcde",
		"fatal: unable to access 'https://me:secret@host/x': \033[1m no",
	};
	(void)state;
	for (size_t i = 0; i < COUNT(lines); i++)
		for (size_t n = 0; n <= strlen(lines[i]); n++) {
			/* In memory of exactly that size, for the sanitizers. */
			char *cut = malloc(n ? n : 1);
			struct job_progress p;
			struct buf b = BUF_INIT;
			assert_non_null(cut);
			memcpy(cut, lines[i], n);
			job_words_progress(cut, n, &p);
			job_words_fetched(cut, n, &b);
			buf_clear(&b);
			job_words_pushed(cut, n, &b);
			plain_words(&b, cut, n);
			buf_free(&b);
			free(cut);
		}
}

#define REF(from, to, local, remote, flag) \
	"{\"from\":" from ",\"to\":" to ",\"local\":\"" local "\",\"remote\":\"" remote \
	"\",\"flag\":\"" flag "\"}"

static void
references_are_read_as_git_writes_them(void **state)
{
	static const struct {
		const char *(*read)(const char *line, size_t len, struct buf *b);
		const char *line, *json; /* NULL: none */
	} cases[] = {
		{job_words_fetched, " * [new branch]      main       -> origin/main",
			REF("null", "null", "origin/main", "main", "new")},
		{job_words_fetched, "   1234567..89abcde  main       -> origin/main",
			REF("\"1234567\"", "\"89abcde\"", "origin/main", "main",
				"fast-forward")},
		{job_words_fetched, " - [deleted]         (none)     -> origin/gone",
			REF("null", "null", "origin/gone", "(none)", "pruned")},
		{job_words_fetched, " + 1234567...89abcde b -> origin/b  (forced update)",
			"{\"from\":\"1234567\",\"to\":\"89abcde\",\"local\":\"origin/"
			"b\",\"remote\":\"b\",\"flag\":\"forced\",\"reason\":\"forced "
			"update\"}"},
		{job_words_fetched, " * branch            main       -> FETCH_HEAD",
			REF("null", "null", "FETCH_HEAD", "main", "new")},
		{job_words_fetched, " * [new branch", NULL},
		{job_words_fetched, "From /srv/x", NULL},
		{job_words_fetched, " file.c | 2 +-", NULL},
		{job_words_pushed, "*\trefs/heads/a:refs/heads/b\t[new branch]",
			REF("null", "null", "refs/heads/a", "refs/heads/b", "new")},
		{job_words_pushed,
			"!\trefs/heads/a:refs/heads/a\t[rejected] (fetch first)",
			"{\"from\":null,\"to\":null,\"local\":\"refs/heads/"
			"a\",\"remote\":\"refs/heads/"
			"a\",\"flag\":\"rejected\",\"reason\":\"fetch first\"}"},
		{job_words_pushed, "-\t:refs/heads/a\t[deleted]",
			"{\"from\":null,\"to\":null,\"local\":null,\"remote\":\"refs/"
			"heads/a\",\"flag\":\"pruned\"}"},
		{job_words_pushed, "To /srv/x", NULL},
		{job_words_pushed, "Done", NULL},
	};
	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct buf b = BUF_INIT;
		const char *flag =
			cases[i].read(cases[i].line, strlen(cases[i].line), &b);
		if (cases[i].json)
			assert_string_equal(b.data, cases[i].json);
		else
			assert_true(!flag && b.len == 0);
		buf_free(&b);
	}
}

static void
what_people_see_has_no_escapes_and_no_password(void **state)
{
	static const struct {
		const char *line, *text;
	} cases[] = {
		{"plain", "plain"},
		{"remote: \033[1mbold\033[m text\033[K   ", "remote: bold text"},
		{"'https://me:s3cret@host/x.git/': no", "'https://me@host/x.git/': no"},
		{"https://me@host:80/x@y", "https://me@host:80/x@y"},
		{"https://host:80/a@b", "https://host:80/a@b"},
		{"a://b:c d@e", "a://b:c d@e"},
		{"://:x@", "://:x@"},
		{"a\001b\033", "ab"},
		{"\033[", ""},
	};
	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct buf b = BUF_INIT;
		plain_words(&b, cases[i].line, strlen(cases[i].line));
		assert_string_equal(b.data ? b.data : "", cases[i].text);
		buf_free(&b);
	}
}

static void
a_reason_has_a_stable_code(void **state)
{
	static const struct {
		const char *words, *code;
	} cases[] = {
		{"fatal: could not read Username for 'https://x': terminal prompts "
		 "disabled",
			"git.login"},
		{"git@x: Permission denied (publickey).\nfatal: Could not read from "
		 "remote repository.",
			"git.login"},
		{"fatal: unable to access 'https://x/': Could not resolve host: x",
			"git.network"},
		{" ! [rejected] main -> main (fetch first)\nerror: failed to push",
			"git.rejected"},
		{"CONFLICT (content): Merge conflict in f", "git.conflict"},
		{"fatal: repository '/x' does not exist", "git.refused"},
		{"", "git.refused"},
	};
	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++)
		assert_string_equal(job_words_problem(cases[i].words), cases[i].code);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(progress_is_told_from_other_words),
		cmocka_unit_test(a_line_that_is_cut_anywhere_is_read_within_its_bounds),
		cmocka_unit_test(references_are_read_as_git_writes_them),
		cmocka_unit_test(what_people_see_has_no_escapes_and_no_password),
		cmocka_unit_test(a_reason_has_a_stable_code),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
