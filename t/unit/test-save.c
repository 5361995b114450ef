/* lib/beneath and lib/save: files of a workspace, reached and changed safely. */
#include "config.h"

#include "lib/beneath.h"
#include "lib/buf.h"
#include "lib/path.h"
#include "lib/save.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <cmocka.h>

struct place {
	char *top, *workspace, *state;
	struct beneath b;
};

static char *
make(const char *dir, const char *name)
{
	char *path = path_join(dir, name);
	assert_int_equal(mkdir(path, 0755), 0);
	return path;
}

static int
set_up(void **state)
{
	struct place *p = xcalloc(1, sizeof *p);
	char top[] = "/tmp/test-save-XXXXXX";
	struct err e = {0};
	p->top = xstrdup(mkdtemp(top));
	p->workspace = make(p->top, "work");
	p->state = make(p->workspace, "state");
	free(make(p->state, "run"));
	assert_int_equal(beneath_open(&p->b, p->workspace, p->state, &e), 0);
	assert_int_equal(chdir(p->workspace), 0);
	*state = p;
	return 0;
}

static int
tear_down(void **state)
{
	struct place *p = *state;
	char *argv[] = {(char *)"rm", (char *)"-rf", p->top, NULL};
	pid_t pid = fork();
	if (pid == 0) {
		execvp(argv[0], argv);
		_exit(1);
	}
	waitpid(pid, NULL, 0);
	beneath_close(&p->b);
	free(p->top);
	free(p->workspace);
	free(p->state);
	free(p);
	return chdir("/");
}

static void
put(const char *path, const char *text)
{
	FILE *f = fopen(path, "w");
	assert_non_null(f);
	fputs(text, f);
	fclose(f);
}

static const char *
get(const char *path)
{
	static char text[256];
	FILE *f = fopen(path, "r");
	assert_non_null(f);
	text[fread(text, 1, sizeof text - 1, f)] = '\0';
	fclose(f);
	return text;
}

static int
entries(const char *path)
{
	DIR *dir = opendir(path);
	int count = 0;
	while (readdir(dir))
		count++;
	closedir(dir);
	return count - 2;
}

static const char *
code_of_read(const struct place *p, const char *path)
{
	static struct err e;
	struct stat st;
	e = (struct err){0};
	int fd = beneath_read(&p->b, path, &st, &e);
	if (fd >= 0)
		close(fd);
	return e.code;
}

static const char *
code_of_save(const struct place *p, const char *path, const char *expected)
{
	static struct err e;
	struct saved done;
	e = (struct err){0};
	save_bytes(&p->b, path, expected, "new", 3, &done, &e);
	return e.code;
}

static void
only_files_beneath_are_read(void **state)
{
	struct place *p = *state;
	put("../secret", "secret");
	put("file", "text");
	put("state/state.db", "database");
	assert_int_equal(mkdir("dir", 0755), 0);
	assert_int_equal(symlink("file", "good-link"), 0);
	assert_int_equal(symlink("../file", "dir/good-link"), 0);
	assert_int_equal(symlink("../secret", "bad-link"), 0);
	assert_int_equal(symlink("/etc/passwd", "absolute"), 0);
	assert_int_equal(symlink("..", "up"), 0);
	assert_int_equal(symlink("loop", "loop"), 0);
	assert_int_equal(symlink("/proc/self/root", "magic"), 0);
	assert_int_equal(symlink("state/state.db", "database-link"), 0);
	assert_int_equal(link("state/state.db", "database-name"), 0);
	assert_int_equal(mkfifo("fifo", 0644), 0);
	static const struct {
		const char *path, *code;
	} cases[] = {{"file", ""}, {"good-link", ""}, {"dir/good-link", ""},
		{"bad-link", "file.outside"}, {"absolute", "file.outside"},
		{"up/secret", "file.outside"}, {"up/work/file", ""},
		{"loop", "file.outside"}, {"magic/etc/passwd", "file.outside"},
		{"state/state.db", "file.ours"}, {"database-link", "file.ours"},
		{"database-name", "file.ours"}, {"state/run", "file.ours"},
		{"fifo", "file.kind"}, {"dir", "file.directory"},
		{"none", "file.missing"}, {"file/x", "file.not_directory"}};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
		assert_string_equal(code_of_read(p, cases[i].path), cases[i].code);
}

static void
a_workspace_that_leads_elsewhere_by_now_is_not_opened(void **state)
{
	struct place *p = *state;
	struct beneath b;
	struct err e = {0};
	char *link = path_join(p->top, "link"), *state_dir = path_join(p->state, "run");
	assert_int_equal(symlink("work", link), 0);
	assert_int_equal(beneath_open(&b, link, p->state, &e), -1);
	assert_string_equal(e.code, "workspace.missing");
	beneath_close(&b);
	assert_int_equal(beneath_open(&b, state_dir, p->state, &e), -1);
	assert_string_equal(e.code, "file.ours");
	beneath_close(&b);
	free(link);
	free(state_dir);
}

static void
a_save_keeps_mode_and_attributes_and_leaves_nothing_behind(void **state)
{
	struct place *p = *state;
	struct saved first, second;
	struct err e = {0};
	struct stat st;
	char value[8] = "";
	assert_int_equal(save_bytes(&p->b, "file", SAVE_NOTHING, "one", 3, &first, &e),
		0);
	assert_true(first.created);
	assert_int_equal(stat("file", &st), 0);
	assert_int_equal(st.st_mode & 07777, 0644);
	assert_int_equal(chmod("file", 0751), 0);
	int attributes = setxattr("file", "user.note", "kept", 4, 0);
	assert_int_equal(save_bytes(&p->b, "file", first.tag, "two", 3, &second, &e), 0);
	assert_string_equal(second.before, first.sha256);
	assert_false(second.created);
	assert_string_equal(get("file"), "two");
	assert_int_equal(stat("file", &st), 0);
	assert_int_equal(st.st_mode & 07777, 0751);
	if (attributes == 0)
		assert_int_equal(getxattr("file", "user.note", value, sizeof value), 4);
	assert_int_equal(entries("."), 2);
}

static void
what_is_not_as_expected_is_not_overwritten(void **state)
{
	struct place *p = *state;
	struct saved done;
	struct err e = {0};
	put("file", "theirs");
	assert_string_equal(code_of_save(p, "file", SAVE_NOTHING), "file.changed");
	assert_string_equal(code_of_save(p, "file", "0123"), "file.changed");
	assert_string_equal(code_of_save(p, "none", "0123"), "file.changed");
	assert_string_equal(get("file"), "theirs");
	assert_string_equal(code_of_save(p, "file", SAVE_ANYTHING), "");
	assert_string_equal(get("file"), "new");
	/* Changed between the look and the exchange. */
	char tag[FILE_TAG_SIZE];
	struct stat st;
	int fd = open("file", O_RDONLY);
	assert_int_equal(file_tag(fd, &st, tag), 0);
	close(fd);
	struct save *s = save_begin(&p->b, "file", tag, &e);
	assert_non_null(s);
	assert_int_equal(save_write(s, "mine", 4, &e), 0);
	put("file", "meanwhile");
	assert_int_equal(save_commit(s, &done, &e), -1);
	assert_string_equal(e.code, "file.changed");
	save_end(s);
	assert_string_equal(get("file"), "meanwhile");
	assert_int_equal(entries("."), 2);
}

static void
a_save_goes_through_a_link_that_stays_and_no_other(void **state)
{
	struct place *p = *state;
	put("../secret", "secret");
	put("file", "text");
	assert_int_equal(mkdir("dir", 0755), 0);
	assert_int_equal(symlink("../file", "dir/link"), 0);
	assert_int_equal(symlink("made", "dangling"), 0);
	assert_int_equal(symlink("../secret", "bad"), 0);
	assert_int_equal(symlink("../new", "bad-new"), 0);
	assert_int_equal(symlink("/tmp/x", "absolute"), 0);
	assert_int_equal(mkfifo("fifo", 0644), 0);
	assert_string_equal(code_of_save(p, "dir/link", SAVE_ANYTHING), "");
	assert_string_equal(get("file"), "new");
	assert_string_equal(code_of_save(p, "dangling", SAVE_NOTHING), "");
	assert_string_equal(get("made"), "new");
	assert_string_equal(code_of_save(p, "bad", SAVE_ANYTHING), "file.outside");
	assert_string_equal(code_of_save(p, "bad-new", SAVE_ANYTHING), "file.outside");
	assert_string_equal(code_of_save(p, "absolute", SAVE_ANYTHING), "file.outside");
	assert_string_equal(code_of_save(p, "fifo", SAVE_ANYTHING), "file.kind");
	assert_string_equal(code_of_save(p, "dir", SAVE_ANYTHING), "file.directory");
	assert_string_equal(code_of_save(p, "state/x", SAVE_ANYTHING), "file.ours");
	assert_string_equal(code_of_save(p, "none/x", SAVE_ANYTHING), "file.missing");
	assert_string_equal(get("../secret"), "secret");
	assert_int_equal(access("../new", F_OK), -1);
}

static void
what_holds_our_directory_is_not_moved(void **state)
{
	struct place *p = *state;
	struct beneath_entry entry;
	struct beneath b;
	struct err e = {0};
	struct stat st;
	assert_int_equal(beneath_open(&b, p->top, p->state, &e), 0);
	assert_int_equal(beneath_entry(&b, "work", &entry, &e), 0);
	assert_int_equal(beneath_entry_stat(&b, &entry, &st, &e), -1);
	assert_string_equal(e.code, "file.ours");
	beneath_entry_close(&entry);
	assert_int_equal(beneath_entry(&b, "", &entry, &e), -1);
	beneath_close(&b);
}

/* Saves the letter a thousand bytes long, then the next, until it is killed. */
static void
save_for_ever(const struct place *p)
{
	char text[1000];
	struct saved done;
	for (int i = 0;; i = (i + 1) % 26) {
		memset(text, 'a' + i, sizeof text);
		if (save_bytes(&p->b, "file", SAVE_ANYTHING, text, sizeof text, &done,
			    NULL) != 0)
			_exit(1);
	}
}

static void
a_kill_leaves_the_old_bytes_or_the_new_ones(void **state)
{
	struct place *p = *state;
	struct stat st;
	char text[1001];
	put("file", "");
	assert_int_equal(chmod("file", 0640), 0);
	for (int round = 0; round < 300; round++) {
		int status;
		pid_t pid = fork();
		if (pid == 0)
			save_for_ever(p);
		usleep(1000 + (useconds_t)(round * 137 % 8000));
		kill(pid, SIGKILL);
		waitpid(pid, &status, 0);
		assert_true(WIFSIGNALED(status));
		int fd = open("file", O_RDONLY);
		assert_true(fd >= 0);
		assert_int_equal(fstat(fd, &st), 0);
		assert_int_equal(st.st_mode & 07777, 0640);
		ssize_t n = read(fd, text, sizeof text);
		close(fd);
		assert_true(n == 0 || n == 1000);
		for (ssize_t i = 1; i < n; i++)
			assert_int_equal(text[i], text[0]);
	}
	assert_int_equal(entries(".") <= 3, true);
	assert_int_equal(strlen(get("file")) > 0, true);
	assert_string_equal(code_of_save(p, "file", SAVE_ANYTHING), "");
	assert_int_equal(entries("."), 2);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(only_files_beneath_are_read),
		TEST(a_workspace_that_leads_elsewhere_by_now_is_not_opened),
		TEST(a_save_keeps_mode_and_attributes_and_leaves_nothing_behind),
		TEST(what_is_not_as_expected_is_not_overwritten),
		TEST(a_save_goes_through_a_link_that_stays_and_no_other),
		TEST(what_holds_our_directory_is_not_moved),
		TEST(a_kill_leaves_the_old_bytes_or_the_new_ones),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
