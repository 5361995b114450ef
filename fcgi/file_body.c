/* See file_body.h. One range is answered; of several, the whole. */
#include "config.h"

#include "fcgi/file_body.h"

#include "lib/file_tag.h"
#include "lib/path_text.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

struct file {
	int fd;
	off_t at, end;
};

static int
next_piece(void *arg, struct buf *out)
{
	struct file *f = arg;
	size_t left = (size_t)(f->end - f->at);
	size_t want = left < STREAM_PIECE ? left : STREAM_PIECE;
	ssize_t n;
	if (!want)
		return 0;
	do {
		n = pread(f->fd, buf_room(out, want), want, f->at);
	} while (n < 0 && errno == EINTR);
	if (n <= 0)
		return -1;
	out->len += (size_t)n;
	out->data[out->len] = '\0';
	f->at += n;
	return f->at < f->end;
}

static void
end_file(void *arg)
{
	struct file *f = arg;
	close(f->fd);
	free(f);
}

/* Whether a list of entity tags, as in If-Match, has this one. "*" has all. */
static bool
is_listed(const char *list, const char *tag)
{
	size_t length = strlen(tag);
	while (*list) {
		list += strspn(list, ", \t");
		if (*list == '*')
			return true;
		if (strncmp(list, "W/", 2) == 0)
			list += 2;
		size_t n = strcspn(list, ",");
		while (n && (list[n - 1] == ' ' || list[n - 1] == '\t'))
			n--;
		if (n == length + 2 && list[0] == '"' && list[n - 1] == '"' &&
			strncmp(list + 1, tag, length) == 0)
			return true;
		list += strcspn(list, ",");
	}
	return false;
}

void
file_body_tag(struct response *response, const char *tag)
{
	char *quoted = xasprintf("\"%s\"", tag);
	response_header(response, "ETag", quoted);
	free(quoted);
}

/* As in RFC 8187; the plain one for those who do not know it. */
static void
put_name(struct buf *b, const char *name)
{
	static const char plain[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-";
	char *text = path_text(name);
	buf_str(b, "attachment; filename=\"");
	for (const char *p = text; *p; p++)
		buf_char(b, strchr(plain, *p) ? *p : '_');
	buf_str(b, "\"; filename*=UTF-8''");
	for (const char *p = text; *p; p++)
		if (strchr(plain, *p))
			buf_char(b, *p);
		else
			buf_printf(b, "%%%02X", (unsigned char)*p);
	free(text);
}

void
file_body_headers(struct response *response, const char *name)
{
	struct buf b = BUF_INIT;
	put_name(&b, name);
	response_header(response, "Content-Disposition", b.data);
	response->is_file = true;
	buf_free(&b);
}

static void
put_times(struct response *response, const struct stat *st)
{
	char text[64];
	struct tm tm;
	gmtime_r(&st->st_mtim.tv_sec, &tm);
	strftime(text, sizeof text, "%a, %d %b %Y %H:%M:%S GMT", &tm);
	response_header(response, "Last-Modified", text);
	response_header(response, "Accept-Ranges", "bytes");
}

/* Reads "bytes=from-to". 1: a range; 0: none that we answer; -1: nothing is in it. */
static int
read_range(const char *text, off_t size, off_t *from, off_t *end)
{
	char *rest;
	if (!text || strncmp(text, "bytes=", 6) != 0)
		return 0;
	text += 6;
	bool suffix = *text == '-';
	if (!suffix && !(*text >= '0' && *text <= '9'))
		return 0;
	errno = 0;
	long long first = suffix ? 0 : strtoll(text, &rest, 10);
	if (suffix)
		rest = (char *)text;
	if (*rest++ != '-' || errno)
		return 0;
	bool open = !*rest;
	long long last = open ? 0 : strtoll(rest, &rest, 10);
	if (*rest || errno || (suffix && open) || (!suffix && !open && last < first))
		return 0;
	if (suffix)
		first = last > size ? 0 : size - last;
	*from = first;
	*end = suffix || open || last >= size ? size : last + 1;
	return first < size && (!suffix || last > 0) ? 1 : -1;
}

static int
apply_range(struct call *c, struct file *f, const char *tag, struct err *e)
{
	const struct request *r = c->request;
	off_t size = f->end;
	char text[80];
	int rc = 0;
	if (!r->if_range || is_listed(r->if_range, tag))
		rc = read_range(r->range, size, &f->at, &f->end);
	if (rc == 0) {
		f->at = 0;
		f->end = size;
		return 0;
	}
	if (rc < 0) {
		snprintf(text, sizeof text, "bytes */%lld", (long long)size);
		response_header(c->response, "Content-Range", text);
		return err_set(e, 416, "file.range", "The file ends before that.");
	}
	snprintf(text, sizeof text, "bytes %lld-%lld/%lld", (long long)f->at,
		(long long)f->end - 1, (long long)size);
	response_header(c->response, "Content-Range", text);
	c->response->status = 206;
	return 0;
}

/* 1: the conditions leave nothing to send; 0: they hold; -1: they do not. */
static int
check_conditions(struct call *c, const char *tag, struct err *e)
{
	const struct request *r = c->request;
	if (r->if_match && !is_listed(r->if_match, tag))
		return err_set(e, 412, "file.changed", "The file is another one by now.");
	if (!r->if_none_match || !is_listed(r->if_none_match, tag))
		return 0;
	c->response->status = 304;
	return 1;
}

static int
answer(struct call *c, const struct located *l, int fd, struct err *e)
{
	char tag[FILE_TAG_SIZE];
	struct stat st;
	if (file_tag(fd, &st, tag) != 0)
		return beneath_failed(e, errno, l->path);
	file_body_tag(c->response, tag);
	put_times(c->response, &st);
	int rc = check_conditions(c, tag, e);
	if (rc != 0)
		return rc < 0 ? -1 : 0;
	struct file f = {.fd = -1, .end = st.st_size};
	if (apply_range(c, &f, tag, e) != 0)
		return -1;
	const char *slash = strrchr(l->path, '/');
	file_body_headers(c->response, slash ? slash + 1 : l->path);
	struct file *file = xcalloc(1, sizeof *file);
	*file = (struct file){fcntl(fd, F_DUPFD_CLOEXEC, 0), f.at, f.end};
	c->response->type = "application/octet-stream";
	c->response->stream =
		(struct stream){next_piece, end_file, file, file->end - file->at};
	if (file->fd < 0)
		return beneath_failed(e, errno, l->path);
	return 0;
}

int
file_body(struct call *c, const struct located *l, struct err *e)
{
	struct stat st;
	int fd = beneath_read(&l->b, l->path, &st, e);
	if (fd < 0)
		return -1;
	int rc = answer(c, l, fd, e);
	close(fd);
	return rc;
}
