/*
 * Searching without rg: every file of the walk is read, one at a time, unless it is large
 * or binary (a NUL in its beginning). Lines that are very long are cut.
 */
#include "config.h"

#include "fcgi/search.h"

#include "fcgi/walk.h"
#include "lib/clock.h"
#include "lib/os_file.h"

#include <dirent.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <regex.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

enum {
	ENTRIES_MAX = 1000 * 1000,
	BINARY_LOOK = 8192, /* bytes in which a NUL means that it is no text */
	LINE_BYTES = 10000, /* of a line that are looked at */
};

struct own {
	struct search *s;
	regex_t regex;
	struct buf file;
};

static bool
is_word_byte(unsigned char c)
{
	return c == '_' || c >= 0x80 || (c >= '0' && c <= '9') ||
		(c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool
is_whole_word(const char *line, size_t len, const struct search_range *r)
{
	return (r->from == 0 || !is_word_byte((unsigned char)line[r->from - 1]) ||
		       !is_word_byte((unsigned char)line[r->from])) &&
		(r->to == len || !is_word_byte((unsigned char)line[r->to]) ||
			!is_word_byte((unsigned char)line[r->to - 1]));
}

/* The next occurrence of the text itself. */
static bool
find_plain(const struct search *s, const char *line, size_t len, size_t from,
	struct search_range *r)
{
	size_t n = strlen(s->text);
	for (size_t i = from; i + n <= len; i++) {
		const char *at =
			s->exact_case ? memmem(line + i, len - i, s->text, n) : line + i;
		if (!at)
			return false;
		i = (size_t)(at - line);
		if (s->exact_case || strncasecmp(at, s->text, n) == 0) {
			*r = (struct search_range){i, i + n};
			return true;
		}
	}
	return false;
}

/* The line ends with a NUL. */
static bool
find_regex(const struct own *own, const char *line, size_t from, struct search_range *r)
{
	regmatch_t match;
	if (regexec(&own->regex, line + from, 1, &match, from ? REG_NOTBOL : 0) != 0)
		return false;
	*r = (struct search_range){from + (size_t)match.rm_so,
		from + (size_t)match.rm_eo};
	return true;
}

static int
find_all(const struct own *own, const char *line, size_t len, struct search_range *ranges)
{
	const struct search *s = own->s;
	int count = 0;
	size_t from = 0;
	struct search_range r;
	while (count < SEARCH_RANGES && from <= len &&
		(s->regex ? find_regex(own, line, from, &r)
			  : find_plain(s, line, len, from, &r))) {
		bool counts = r.to > r.from || from == 0;
		if (counts && (!s->word || is_whole_word(line, len, &r)))
			ranges[count++] = r;
		from = r.to > r.from ? r.to : r.to + 1;
	}
	return count;
}

/* False: that is enough. */
static bool
search_lines(struct own *own, const char *path)
{
	struct search_range ranges[SEARCH_RANGES];
	char *at = own->file.data, *end = at + own->file.len;
	int64_t number = 0;
	for (char *next; at < end; at = next) {
		char *stop = memchr(at, '\n', (size_t)(end - at));
		next = stop ? stop + 1 : end;
		size_t len = (size_t)((stop ? stop : end) - at);
		if (len && at[len - 1] == '\r')
			len--;
		if (len > LINE_BYTES)
			len = LINE_BYTES;
		char after = at[len];
		at[len] = '\0';
		int count = find_all(own, at, len, ranges);
		at[len] = after;
		number++;
		if (count && !search_add(own->s, path, number, at, len, ranges, count))
			return false;
	}
	return true;
}

static bool
is_wanted(const struct search *s, const struct walk_entry *entry)
{
	const char *glob = s->glob;
	if (!glob)
		return true;
	bool without = *glob == '!';
	glob += without;
	const char *what = strchr(glob, '/') ? entry->path : entry->name;
	int flags = strstr(glob, "**") ? 0 : FNM_PATHNAME;
	return (fnmatch(glob, what, flags) == 0) != without;
}

/* Opens a file that is none of ours; see beneath.h. */
static int
open_file(const struct search *s, const struct walk_entry *entry, struct stat *st)
{
	int found = openat(entry->dir, entry->name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
	int fd = -1;
	if (found >= 0 && fstat(found, st) == 0 && S_ISREG(st->st_mode) &&
		st->st_size <= SEARCH_FILE_MAX && !os_is_made_up(found) &&
		beneath_check_ours(s->b, found, st, NULL) == 0)
		fd = os_reopen(found, O_RDONLY | O_NONBLOCK);
	if (found >= 0)
		close(found);
	return fd;
}

static bool
read_file(struct own *own, int fd, size_t size)
{
	struct buf *file = &own->file;
	buf_clear(file);
	while (file->len < size) {
		ssize_t n = read(fd, buf_room(file, size - file->len), size - file->len);
		if (n <= 0)
			break;
		bool first = file->len == 0;
		file->len += (size_t)n;
		size_t look = file->len < BINARY_LOOK ? file->len : BINARY_LOOK;
		if (first && memchr(file->data, '\0', look))
			return false;
	}
	if (file->len)
		file->data[file->len] = '\0';
	return file->len > 0;
}

static bool
search_file(void *arg, const struct walk_entry *entry)
{
	struct own *own = arg;
	struct stat st;
	if (entry->type != DT_REG || !is_wanted(own->s, entry))
		return true;
	int fd = open_file(own->s, entry, &st);
	if (fd < 0)
		return true;
	bool text = read_file(own, fd, (size_t)st.st_size);
	close(fd);
	return !text || search_lines(own, entry->path);
}

int
search_own(struct search *s, struct err *e)
{
	struct own own = {.s = s};
	struct walk walk = {
		.b = s->b,
		.end = clock_monotonic() + SEARCH_MS,
		.entries = ENTRIES_MAX,
		.each = search_file,
		.arg = &own,
	};
	int flags = REG_EXTENDED | (s->exact_case ? 0 : REG_ICASE);
	int wrong = s->regex ? regcomp(&own.regex, s->text, flags) : 0;
	if (wrong) {
		char why[200];
		regerror(wrong, &own.regex, why, sizeof why);
		return err_field(e, "text", "This is no regular expression: %s.", why);
	}
	if (!walk_all(&walk))
		s->truncated = true;
	if (s->regex)
		regfree(&own.regex);
	buf_free(&own.file);
	return 0;
}
