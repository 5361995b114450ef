/* See claude_history.h. */
#include "config.h"

#include "fcgi/claude_history.h"

#include "lib/json.h"
#include "lib/json_read.h"
#include "lib/path.h"
#include "lib/utf8.h"

#include <json-c/json.h>

#include <dirent.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
	PIECE = 64 * 1024,           /* read of a file at its beginning, and at its end */
	SLUG_MAX = 200,              /* of a folder's name, before a hash is needed */
	PROMPT_BYTES = 400,          /* of a first prompt that are told */
	FILES_MAX = 4096,            /* of a project; others are not looked at */
	COUNT_MAX = 4 * 1024 * 1024, /* of a file whose messages are counted, in bytes */
};

/* ---- the folder ---- */

/* Each unit of UTF-16 that is no letter or digit becomes a dash. */
static void
put_unit(struct buf *slug, uint32_t *hash, uint32_t unit)
{
	bool plain = (unit >= '0' && unit <= '9') || (unit >= 'A' && unit <= 'Z') ||
		(unit >= 'a' && unit <= 'z');
	buf_char(slug, plain ? (char)unit : '-');
	*hash = *hash * 31 + unit;
}

static void
put_base36(struct buf *b, uint32_t n)
{
	char text[8];
	int at = sizeof text;
	do
		text[--at] = "0123456789abcdefghijklmnopqrstuvwxyz"[n % 36];
	while (n /= 36);
	buf_add(b, text + at, sizeof text - (size_t)at);
}

static char *
slug_of(const char *cwd)
{
	struct buf slug = BUF_INIT;
	uint32_t hash = 0, c;
	size_t len = strlen(cwd), n;
	for (size_t i = 0; i < len; i += n) {
		n = utf8_decode(cwd + i, len - i, &c);
		if (n == 0)
			n = 1, c = 0xfffd;
		if (c >= 0x10000) {
			put_unit(&slug, &hash, 0xd800 + ((c - 0x10000) >> 10));
			c = 0xdc00 + ((c - 0x10000) & 0x3ff);
		}
		put_unit(&slug, &hash, c);
	}
	if (slug.len > SLUG_MAX) {
		int32_t value = (int32_t)hash;
		slug.len = SLUG_MAX;
		buf_char(&slug, '-');
		put_base36(&slug, value < 0 ? 0 - hash : hash);
	}
	return buf_take(&slug);
}

char *
claude_history_folder(const char *config, const char *cwd)
{
	char *slug = slug_of(cwd);
	char *folder = xasprintf("%s/projects/%s", config, slug);
	free(slug);
	return folder;
}

/* ---- one file ---- */

/* What is found out of a file. */
struct look {
	const char *cwd;
	bool foreign; /* of another project, or of a sub-agent */
	bool known;   /* that it is of this project */
	char *prompt, *custom, *generated, *last, *summary;
};

static void
keep(char **to, const char *text)
{
	if (!text || !*text)
		return;
	free(*to);
	*to = xstrdup(text);
}

static const char *
prompt_of(struct json_object *line)
{
	struct json_object *message = json_member_object(line, "message");
	struct json_object *content = json_member_array(message, "content");
	const char *text = json_member_text(message, "content");
	for (size_t i = 0; !text && i < json_length(content); i++)
		text = json_member_text(json_object_array_get_idx(content, i), "text");
	return text;
}

/* What was injected begins with a tag. */
static bool
is_prompt(struct json_object *line, const char *text)
{
	return text && *text && *text != '<' && !json_member_truth(line, "isMeta");
}

static void
take_line(struct look *look, struct json_object *line)
{
	const char *type = json_member_text(line, "type");
	const char *cwd = json_member_text(line, "cwd");
	if (cwd && !look->known) {
		look->known = true;
		look->foreign |= strcmp(cwd, look->cwd) != 0;
	}
	look->foreign |= json_member_truth(line, "isSidechain");
	keep(&look->custom, json_member_text(line, "customTitle"));
	keep(&look->generated, json_member_text(line, "aiTitle"));
	keep(&look->last, json_member_text(line, "lastPrompt"));
	if (type && strcmp(type, "summary") == 0)
		keep(&look->summary, json_member_text(line, "summary"));
	if (type && strcmp(type, "user") == 0 && !look->prompt) {
		const char *text = prompt_of(line);
		if (is_prompt(line, text))
			look->prompt = xstrdup(text);
	}
}

/* Whole lines of the piece; a torn one at either end is no JSON and falls out. */
static void
take_piece(struct look *look, const char *piece, size_t len)
{
	while (len > 0) {
		const char *newline = memchr(piece, '\n', len);
		size_t n = newline ? (size_t)(newline - piece) : len;
		struct json_object *line = NULL;
		if (n && *piece == '{' && json_parse(&line, piece, n, NULL) == 0)
			take_line(look, line);
		json_object_put(line);
		piece += n + (newline != NULL);
		len -= n + (newline != NULL);
	}
}

static void
read_piece(struct look *look, int fd, off_t at)
{
	char *piece = xcalloc(PIECE + 1, 1);
	ssize_t n = pread(fd, piece, PIECE, at);
	if (n > 0)
		take_piece(look, piece, (size_t)n);
	free(piece);
}

/* Inside a text its quotes would be escaped: these are members of a line. */
static bool
is_message(const char *line, size_t len)
{
	static const char *const types[] = {"\"type\":\"user\"",
		"\"type\":\"assistant\""};
	for (size_t i = 0; i < sizeof types / sizeof *types; i++)
		if (memmem(line, len, types[i], strlen(types[i])))
			return true;
	return false;
}

static int64_t
count_messages(int fd, int64_t bytes)
{
	char *text = bytes <= COUNT_MAX ? xcalloc((size_t)bytes + 1, 1) : NULL, *line,
	     *end;
	ssize_t n = text ? pread(fd, text, (size_t)bytes, 0) : -1;
	int64_t count = n < 0 ? -1 : 0;
	for (line = text; n > 0 && (end = memchr(line, '\n', (size_t)(text + n - line)));
		line = end + 1)
		count += is_message(line, (size_t)(end - line));
	free(text);
	return count;
}

/* The first line of a text, cut at the end of a character. */
static char *
shorten(const char *text)
{
	size_t len = text ? strcspn(text, "\n") : 0;
	if (len > PROMPT_BYTES)
		for (len = PROMPT_BYTES; ((unsigned char)text[len] & 0xc0) == 0x80;)
			len--;
	return text ? xstrndup(text, len) : NULL;
}

/* False when it is none of this project's conversations. */
static bool
look_into(int dir, const char *name, const char *cwd, struct conversation *c)
{
	struct look look = {.cwd = cwd};
	int fd = openat(dir, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	if (fd < 0)
		return false;
	read_piece(&look, fd, 0);
	if (c->bytes > PIECE)
		read_piece(&look, fd, c->bytes > 2 * PIECE ? c->bytes - PIECE : PIECE);
	c->messages = count_messages(fd, c->bytes);
	close(fd);
	const char *title = look.custom ? look.custom
		: look.generated        ? look.generated
		: look.last             ? look.last
					: look.summary;
	bool good = !look.foreign && (look.prompt || title);
	if (good) {
		c->title = shorten(title ? title : look.prompt);
		c->first_prompt = shorten(look.prompt);
	}
	char *texts[] = {look.prompt, look.custom, look.generated, look.last,
		look.summary};
	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
		free(texts[i]);
	return good;
}

/* ---- all of them ---- */

static int
newest_first(const void *a, const void *b)
{
	const struct conversation *x = a, *y = b;
	if (x->updated_at != y->updated_at)
		return x->updated_at < y->updated_at ? 1 : -1;
	return strcmp(x->id, y->id);
}

static bool
examine(int dir, const char *name, int64_t before, struct conversation *c)
{
	struct stat st;
	size_t len = strlen(name);
	*c = (struct conversation){0};
	if (len != UUID_SIZE - 1 + 6 || strcmp(name + UUID_SIZE - 1, ".jsonl") != 0)
		return false;
	memcpy(c->id, name, UUID_SIZE - 1);
	if (!crypt_is_uuid(c->id) || fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) != 0 ||
		!S_ISREG(st.st_mode))
		return false;
	c->updated_at = st.st_mtim.tv_sec * INT64_C(1000) + st.st_mtim.tv_nsec / 1000000;
	c->bytes = st.st_size;
	return c->updated_at < before;
}

static int
collect(DIR *dir, int64_t before, struct conversation **list)
{
	struct dirent *entry;
	struct conversation c;
	int count = 0;
	while (count < FILES_MAX && (entry = readdir(dir))) {
		if (!examine(dirfd(dir), entry->d_name, before, &c))
			continue;
		*list = xrealloc(*list, sizeof **list * (size_t)(count + 1));
		(*list)[count++] = c;
	}
	if (count)
		qsort(*list, (size_t)count, sizeof **list, newest_first);
	return count;
}

int
claude_history_list(const char *folder, const char *cwd, int64_t before, int most,
	struct conversation **list, int *more)
{
	DIR *dir = opendir(folder);
	int kept = 0;
	*list = NULL;
	*more = 0;
	if (!dir)
		return 0;
	int count = collect(dir, before, list);
	for (int i = 0; i < count; i++) {
		struct conversation c = (*list)[i];
		char name[UUID_SIZE + 6];
		if (kept == most) {
			*more = 1;
			break;
		}
		snprintf(name, sizeof name, "%s.jsonl", c.id);
		if (look_into(dirfd(dir), name, cwd, &c))
			(*list)[kept++] = c;
	}
	closedir(dir);
	return kept;
}

void
claude_history_free(struct conversation *list, int count)
{
	for (int i = 0; i < count; i++) {
		free(list[i].title);
		free(list[i].first_prompt);
	}
	free(list);
}
