/* See git_operation.h. Git has no command that tells; it is told by files in its
 * directory, as in git's own prompt script. */
#include "config.h"

#include "fcgi/git_operation.h"

#include "fcgi/git_text.h"
#include "lib/json.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { MESSAGE_MAX = 64 * 1024 };

struct operation {
	const char *mark, *kind;
	const char *step, *of, *message; /* files; NULL: there is none */
};

static const struct operation operations[] = {
	{"rebase-merge", "rebase", "rebase-merge/msgnum", "rebase-merge/end",
		"rebase-merge/message"},
	{"rebase-apply/rebasing", "rebase", "rebase-apply/next", "rebase-apply/last",
		"rebase-apply/final-commit"},
	{"rebase-apply", "am", "rebase-apply/next", "rebase-apply/last",
		"rebase-apply/final-commit"},
	{"MERGE_HEAD", "merge", NULL, NULL, "MERGE_MSG"},
	{"CHERRY_PICK_HEAD", "cherry-pick", NULL, NULL, "MERGE_MSG"},
	{"REVERT_HEAD", "revert", NULL, NULL, "MERGE_MSG"},
	{"BISECT_LOG", "bisect", NULL, NULL, NULL},
};

/* git's directory for this work tree, open; -1: error. */
static int
open_directory(struct git *g, struct err *e)
{
	struct words words = WORDS_INIT;
	struct buf out = BUF_INIT;
	WORDS_ADD(&words, "rev-parse", "--absolute-git-dir");
	int status = git_read(g, &words, GIT_TEXT_MAX, &out, e), fd = -1;
	words_free(&words);
	if (status == 0 && out.len) {
		out.data[--out.len] = '\0';
		fd = open(out.data, O_PATH | O_DIRECTORY | O_CLOEXEC);
		if (fd < 0)
			err_set(e, 409, "git.not_repository",
				"The directory of this repository cannot be opened.");
	}
	buf_free(&out);
	return fd;
}

static const struct operation *
find(int dir)
{
	struct stat st;
	for (size_t i = 0; i < sizeof operations / sizeof *operations; i++)
		if (fstatat(dir, operations[i].mark, &st, AT_SYMLINK_NOFOLLOW) == 0)
			return &operations[i];
	return NULL;
}

/* The text of a small file; false: there is none. */
static bool
read_file(int dir, const char *name, struct buf *text)
{
	struct stat st;
	int fd = name ? openat(dir, name,
				O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC | O_NOCTTY)
		      : -1;
	bool good = fd >= 0 && fstat(fd, &st) == 0 && S_ISREG(st.st_mode);
	ssize_t n = good ? read(fd, buf_room(text, MESSAGE_MAX), MESSAGE_MAX) : -1;
	if (n > 0)
		text->len += (size_t)n;
	if (fd >= 0)
		close(fd);
	return n > 0;
}

static void
put_number(struct buf *b, const char *key, int dir, const char *name)
{
	struct buf text = BUF_INIT;
	int64_t n;
	json_key(b, key);
	read_file(dir, name, &text);
	struct git_text t = GIT_TEXT(text.data, text.len);
	if (git_text_number(&t, &n))
		json_int(b, n);
	else
		json_null(b);
	buf_free(&text);
}

static void
put_message(struct buf *b, int dir, const char *name)
{
	struct buf text = BUF_INIT;
	json_key(b, "message");
	if (read_file(dir, name, &text))
		json_string_n(b, text.data, text.len);
	else
		json_null(b);
	buf_free(&text);
}

int
git_operation_put(struct git *g, struct buf *b, struct err *e)
{
	int dir = open_directory(g, e);
	if (dir < 0)
		return -1;
	const struct operation *operation = find(dir);
	json_key(b, "operation");
	if (operation) {
		json_begin(b, '{');
		json_key(b, "kind"), json_string(b, operation->kind);
		put_number(b, "step", dir, operation->step);
		put_number(b, "of", dir, operation->of);
		put_message(b, dir, operation->message);
		json_end(b, '}');
	} else {
		json_null(b);
	}
	close(dir);
	return 0;
}

const char *
git_operation_kind(struct git *g, struct err *e)
{
	int dir = open_directory(g, e);
	const struct operation *operation = dir >= 0 ? find(dir) : NULL;
	if (dir >= 0)
		close(dir);
	return operation ? operation->kind : NULL;
}
