/* See template.h. Values are put in as they are: the caller quotes. */
#include "config.h"

#include "cli/template.h"

#include "lib/buf.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

static int
read_file(const char *path, struct buf *to, struct err *e)
{
	size_t n = 0;
	FILE *f = fopen(path, "re");
	if (!f)
		return err_errno(e, errno, 500, "template.file", "Cannot read %s", path);
	do {
		to->len += n;
		n = fread(buf_room(to, 4096), 1, 4096, f);
	} while (n > 0);
	int failed = ferror(f);
	fclose(f);
	if (failed)
		return err_set(e, 500, "template.file", "Cannot read %s.", path);
	buf_char(to, '\0');
	return 0;
}

static int
write_file(const char *path, const struct buf *from, struct err *e)
{
	FILE *f = fopen(path, "we");
	if (!f)
		return err_errno(e, errno, 500, "template.file", "Cannot write %s", path);
	fchmod(fileno(f), 0600);
	fwrite(from->data, 1, from->len, f);
	int failed = ferror(f);
	if (fclose(f) != 0 || failed)
		return err_errno(e, errno, 500, "template.file", "Cannot write %s", path);
	return 0;
}

static const char *
find_value(const struct template_value *values, const char *name, size_t len)
{
	for (; values->name; values++)
		if (strlen(values->name) == len && memcmp(values->name, name, len) == 0)
			return values->text;
	return NULL;
}

static int
substitute(const char *text, const struct template_value *values, struct buf *to,
	struct err *e)
{
	const char *at;
	while ((at = strchr(text, '@'))) {
		size_t n = strspn(at + 1, "ABCDEFGHIJKLMNOPQRSTUVWXYZ_");
		buf_add(to, text, (size_t)(at - text));
		text = at + 1;
		if (n == 0 || text[n] != '@') {
			buf_char(to, '@');
			continue;
		}
		const char *value = find_value(values, text, n);
		if (!value)
			return err_set(e, 500, "template.name",
				"There is no value for @%.*s@.", (int)n, text);
		buf_str(to, value);
		text += n + 1;
	}
	buf_str(to, text);
	return 0;
}

int
template_write(const char *from, const char *to, const struct template_value *values,
	struct err *e)
{
	struct buf in = BUF_INIT, out = BUF_INIT;
	int result = -1;
	if (read_file(from, &in, e) == 0 && substitute(in.data, values, &out, e) == 0)
		result = write_file(to, &out, e);
	buf_free(&in);
	buf_free(&out);
	return result;
}
