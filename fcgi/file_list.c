/*
 * See file_list.h. All names are read and sorted for each part of the list, since a
 * directory has no order of its own; only what is in the part is looked at (stat). The
 * names lie in one block, so that a hundred thousand cost a few megabytes for a moment.
 */
#include "config.h"

#include "fcgi/file_list.h"

#include "fcgi/file_entry.h"
#include "lib/json.h"
#include "lib/path_text.h"
#include "lib/save.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct name {
	bool directory;
	const char *text;
};

struct names {
	struct buf texts; /* each: '1' for a directory or '0', the name, NUL */
	size_t count;
};

static int
fold(unsigned char c)
{
	return c >= 'A' && c <= 'Z' ? c + 32 : c;
}

static bool
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* Of two numbers, which are passed over. */
static int
compare_numbers(const char **a, const char **b)
{
	*a += strspn(*a, "0");
	*b += strspn(*b, "0");
	size_t n = strspn(*a, "0123456789"), m = strspn(*b, "0123456789");
	int order = n != m ? (n < m ? -1 : 1) : strncmp(*a, *b, n);
	*a += n;
	*b += m;
	return order;
}

/* <0, 0, >0: numbers in names by their value, cases alike. */
static int
compare_names(const char *a, const char *b)
{
	const char *x = a, *y = b;
	while (*x && *y) {
		int order;
		if (is_digit(*x) && is_digit(*y))
			order = compare_numbers(&x, &y);
		else
			order = fold((unsigned char)*x++) - fold((unsigned char)*y++);
		if (order)
			return order;
	}
	if (*x || *y)
		return *x ? 1 : -1;
	return strcmp(a, b);
}

static int
compare(const void *a, const void *b)
{
	const struct name *x = a, *y = b;
	if (x->directory != y->directory)
		return x->directory ? -1 : 1;
	return compare_names(x->text, y->text);
}

static bool
is_directory(const struct located *l, int fd, const struct dirent *entry)
{
	struct stat st;
	if (entry->d_type == DT_DIR)
		return true;
	if (entry->d_type == DT_LNK) {
		const char *type = file_link_type(&l->b, l->path, entry->d_name);
		return type && strcmp(type, "directory") == 0;
	}
	return entry->d_type == DT_UNKNOWN &&
		fstatat(fd, entry->d_name, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
		S_ISDIR(st.st_mode);
}

static bool
is_shown(const char *name, bool hidden)
{
	if (*name != '.')
		return true;
	return hidden && strcmp(name, ".") != 0 && strcmp(name, "..") != 0 &&
		strncmp(name, SAVE_PREFIX, strlen(SAVE_PREFIX)) != 0;
}

static void
read_names(const struct located *l, DIR *dir, bool hidden, struct names *names)
{
	struct dirent *entry;
	while ((entry = readdir(dir))) {
		if (!is_shown(entry->d_name, hidden))
			continue;
		buf_char(&names->texts, is_directory(l, dirfd(dir), entry) ? '1' : '0');
		buf_add(&names->texts, entry->d_name, strlen(entry->d_name) + 1);
		names->count++;
	}
}

static struct name *
sort_names(const struct names *names)
{
	struct name *sorted = xcalloc(names->count + 1, sizeof *sorted);
	const char *at = names->texts.data;
	for (size_t i = 0; i < names->count; i++) {
		sorted[i] = (struct name){*at == '1', at + 1};
		at += strlen(at) + 1;
	}
	qsort(sorted, names->count, sizeof *sorted, compare);
	return sorted;
}

/* Where the part begins that comes after this name, which may be gone by now. */
static size_t
find_after(const struct name *sorted, size_t count, const char *after)
{
	struct name last = {after[0] == '1', after + 1};
	size_t low = 0, high = count;
	while (low < high) {
		size_t middle = low + (high - low) / 2;
		if (compare(&sorted[middle], &last) <= 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static void
put_next(struct buf *b, const struct name *last)
{
	json_key(b, "next");
	if (!last) {
		json_null(b);
		return;
	}
	char *cursor = xasprintf("%c%s", last->directory ? '1' : '0', last->text);
	path_text_json(b, cursor);
	free(cursor);
}

static void
put_names(struct buf *b, const struct located *l, int fd, const struct names *names,
	const struct file_list *list, const char *after)
{
	struct name *sorted = sort_names(names);
	struct owner owner = {0};
	size_t from = after ? find_after(sorted, names->count, after) : 0;
	size_t end = names->count - from > (size_t)list->limit
		? from + (size_t)list->limit
		: names->count;
	json_key(b, "items"), json_begin(b, '[');
	for (size_t i = from; i < end; i++)
		file_entry_put(b, &l->b, fd, l->path, sorted[i].text, &owner);
	json_end(b, ']');
	put_next(b, end < names->count ? &sorted[end - 1] : NULL);
	free(sorted);
}

int
file_list_put(struct buf *b, const struct located *l, const struct file_list *list,
	struct err *e)
{
	struct names names = {0};
	struct stat st;
	char *after = NULL;
	if (list->after) {
		after = path_text_bytes(list->after, strlen(list->after));
		if (!after || (*after != '0' && *after != '1')) {
			free(after);
			return err_field(e, "after", "after is no cursor of a list.");
		}
	}
	int fd = beneath_directory(&l->b, l->path, &st, e), rc = -1;
	DIR *dir = fd >= 0 ? fdopendir(fd) : NULL;
	if (dir) {
		read_names(l, dir, list->hidden, &names);
		json_key(b, "mtime"), json_int(b, file_mtime(&st));
		put_names(b, l, dirfd(dir), &names, list, after);
		rc = 0;
		closedir(dir);
	} else if (fd >= 0) {
		beneath_failed(e, errno, l->path);
		close(fd);
	}
	buf_free(&names.texts);
	free(after);
	return rc;
}
