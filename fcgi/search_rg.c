/*
 * ripgrep: argv only, in the workspace's directory, without its configuration, with
 * limits. What is ours in the workspace is left out by a pattern of our making, and so
 * is .git.
 */
#include "config.h"

#include "fcgi/search.h"

#include "fcgi/child.h"
#include "fcgi/words.h"
#include "lib/crypt.h"
#include "lib/json.h"
#include "lib/json_read.h"
#include "lib/os_file.h"
#include "lib/save.h"

#include <json-c/json.h>

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { LINE_MAX_BYTES = 4 << 20, GLOB_MAX = 2 * PATH_MAX };

struct reading {
	struct search *s;
	struct buf part; /* of a line that has not ended */
	bool skip;       /* the rest of a line that is too long */
};

/* Escaped, so that it means itself in a pattern. */
static void
put_literally(struct buf *b, const char *text)
{
	for (; *text; text++) {
		if (strchr("*?[]{}!\\", *text))
			buf_char(b, '\\');
		buf_char(b, *text);
	}
}

/* Our state directory, when it lies in the workspace. */
static void
leave_out_ours(struct words *argv, const struct beneath *b)
{
	char root[PATH_MAX];
	size_t n;
	struct buf glob = BUF_INIT;
	if (!os_path_of(b->root, root, sizeof root))
		return;
	n = strcmp(root, "/") == 0 ? 0 : strlen(root);
	if (strncmp(b->dir, root, n) != 0 || b->dir[n] != '/')
		return;
	buf_str(&glob, "!");
	put_literally(&glob, b->dir + n);
	WORDS_ADD(argv, "--glob", glob.data);
	buf_free(&glob);
}

/* Of patterns the last one that fits decides: ours, therefore. */
static void
add_basics(struct words *argv, const struct conf *conf, const struct beneath *b,
	const char *glob)
{
	words_add(argv, *conf->search_program ? conf->search_program : "rg");
	WORDS_ADD(argv, "--no-config", "--no-messages", "--hidden", "--color", "never",
		"--threads", "2");
	if (glob)
		words_format(argv, "--glob=%s", glob);
	WORDS_ADD(argv, "--glob", "!.git", "--glob", "!" SAVE_PREFIX "*");
	leave_out_ours(argv, b);
}

/* What child_talk() has returned, as the functions here do. */
static int
conclude(int status, bool *late, const struct buf *errors, struct err *e)
{
	*late = false;
	if (status < 0 && strcmp(e->code, "child.missing") == 0)
		return 0;
	if (status < 0 && strcmp(e->code, "child.timeout") == 0) {
		*late = true;
		return 1;
	}
	if (status < 0)
		return -1;
	/* Messages about files are off, so what it says is about the expression. */
	if (status == 2 && errors->len)
		return err_field(e, "text", "This is no expression that rg takes: %.300s",
			errors->data);
	return 1;
}

static int
run(const struct beneath *b, const struct words *argv, int ms,
	bool (*take)(void *arg, const char *bytes, size_t len), void *arg, bool *late,
	struct err *e)
{
	char *path =
		xasprintf("PATH=%s", getenv("PATH") ? getenv("PATH") : "/usr/bin:/bin");
	char *const env[] = {path, (char *)"LC_ALL=C.UTF-8", NULL};
	struct buf errors = BUF_INIT;
	const struct child child = {
		.argv = argv->list,
		.env = env,
		.dir = b->root,
		.ms = ms,
		.take = take,
		.arg = arg,
		.errors = &errors,
	};
	struct err why = {0};
	int rc = conclude(child_talk(&child, &why), late, &errors, &why);
	if (rc < 0)
		*e = why;
	buf_free(&errors);
	free(path);
	return rc;
}

static bool
is_off(const struct conf *conf)
{
	return strcmp(conf->search_program, "none") == 0;
}

int
search_list(const struct conf *conf, const struct beneath *b, int ms,
	bool (*take)(void *arg, const char *bytes, size_t len), void *arg, struct err *e)
{
	struct words argv = WORDS_INIT;
	bool late;
	if (is_off(conf))
		return 0;
	add_basics(&argv, conf, b, NULL);
	WORDS_ADD(&argv, "--files", "--null", "--", "./");
	int rc = run(b, &argv, ms, take, arg, &late, e);
	words_free(&argv);
	return rc;
}

/* ---- reading what it found: one JSON object in each line ---- */

/* {"text":…}, or {"bytes":…} when it is not UTF-8. */
static void
take_data(struct json_object *data, struct buf *to)
{
	const char *text = json_member_text(data, "text");
	const char *base64 = json_member_text(data, "bytes");
	buf_clear(to);
	if (text)
		buf_add(to, text,
			(size_t)json_object_get_string_len(json_member(data, "text")));
	else if (base64)
		crypt_unbase64(to, base64, strlen(base64));
	buf_add(to, "", 0);
}

static int
take_ranges(struct json_object *matches, struct search_range *ranges)
{
	size_t count = json_length(matches);
	if (count > SEARCH_RANGES)
		count = SEARCH_RANGES;
	for (size_t i = 0; i < count; i++) {
		struct json_object *match = json_object_array_get_idx(matches, i);
		ranges[i].from = (size_t)json_member_int(match, "start", 0);
		ranges[i].to = (size_t)json_member_int(match, "end", 0);
	}
	return (int)count;
}

static bool
take_match(struct search *s, struct json_object *data)
{
	struct search_range ranges[SEARCH_RANGES];
	struct buf path = BUF_INIT, text = BUF_INIT;
	take_data(json_member_object(data, "path"), &path);
	take_data(json_member_object(data, "lines"), &text);
	while (text.len &&
		(text.data[text.len - 1] == '\n' || text.data[text.len - 1] == '\r'))
		text.len--;
	int count = take_ranges(json_member_array(data, "submatches"), ranges);
	const char *name = path.len ? path.data : "";
	if (strncmp(name, "./", 2) == 0)
		name += 2;
	bool more = search_add(s, name, json_member_int(data, "line_number", 0),
		text.len ? text.data : "", text.len, ranges, count);
	buf_free(&path);
	buf_free(&text);
	return more;
}

static bool
take_line(struct search *s, const struct buf *line)
{
	struct json_object *json = NULL;
	bool more = true;
	if (line->len && json_parse(&json, line->data, line->len, NULL) == 0) {
		const char *type = json_member_text(json, "type");
		if (type && strcmp(type, "match") == 0)
			more = take_match(s, json_member_object(json, "data"));
	}
	json_object_put(json);
	return more;
}

/* A line with an enormous line of a file in it is passed over. */
static bool
take_output(void *arg, const char *bytes, size_t len)
{
	struct reading *r = arg;
	const char *end;
	bool more = true;
	while (more && (end = memchr(bytes, '\n', len))) {
		size_t n = (size_t)(end - bytes);
		if (!r->skip) {
			buf_add(&r->part, bytes, n);
			more = take_line(r->s, &r->part);
		}
		buf_clear(&r->part);
		r->skip = false;
		bytes += n + 1;
		len -= n + 1;
	}
	if (!r->skip && r->part.len + len <= LINE_MAX_BYTES)
		buf_add(&r->part, bytes, len);
	else
		r->skip = true;
	return more;
}

int
search_rg(struct search *s, struct err *e)
{
	struct words argv = WORDS_INIT;
	struct reading reading = {.s = s};
	bool late;
	if (is_off(s->conf))
		return 0;
	add_basics(&argv, s->conf, s->b, s->glob);
	WORDS_ADD(&argv, "--json", s->exact_case ? "--case-sensitive" : "--ignore-case");
	words_format(&argv, "--max-filesize=%d", SEARCH_FILE_MAX);
	if (!s->regex)
		words_add(&argv, "--fixed-strings");
	if (s->word)
		words_add(&argv, "--word-regexp");
	words_format(&argv, "--regexp=%s", s->text);
	WORDS_ADD(&argv, "--", "./");
	int rc = run(s->b, &argv, SEARCH_MS, take_output, &reading, &late, e);
	s->truncated = s->truncated || late;
	words_free(&argv);
	buf_free(&reading.part);
	return rc;
}
