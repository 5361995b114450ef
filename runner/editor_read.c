/* See editor.h. */
#include "config.h"

#include "runner/editor.h"

#include "lib/crypt.h"
#include "lib/os_file.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

bool
tag_is_hash(const char *tag)
{
	return strlen(tag) == SHA256_TEXT_SIZE - 1 && !strchr(tag, '-');
}

void
content_clear(struct content *content)
{
	buf_free(&content->bytes);
	*content = (struct content){0};
}

bool
content_is_text(const struct content *c)
{
	return *c->tag && (!c->read_only || strcmp(c->read_only, "denied") == 0);
}

void
content_text(const struct content *content, struct buf *text)
{
	if (content->bytes.len)
		text_format_decode(text, content->bytes.data, content->bytes.len,
			&content->format);
}

/* All there is; -1 with errno: EFBIG when it has grown beyond what can be edited. */
static int
read_all(int fd, struct buf *bytes)
{
	enum { PIECE = 256 * 1024 };
	ssize_t n;
	while ((n = read(fd, buf_room(bytes, PIECE), PIECE)) != 0) {
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -1;
		bytes->len += (size_t)n;
		bytes->data[bytes->len] = '\0';
		if (bytes->len > EDITOR_TEXT_MAX)
			return errno = EFBIG, -1;
	}
	return 0;
}

/* The tag is of these very bytes, even while somebody writes the file. */
static int
read_small(int fd, const char *path, struct content *c, struct err *e)
{
	if (read_all(fd, &c->bytes) != 0)
		return beneath_failed(e, errno, path);
	crypt_sha256_text(c->bytes.data ? c->bytes.data : "", c->bytes.len, c->tag);
	if (!text_format_detect(c->bytes.data ? c->bytes.data : "", c->bytes.len,
		    &c->format))
		c->read_only = "binary";
	else if (!os_may_write(fd))
		c->read_only = "denied";
	return 0;
}

int
content_read(const struct editor *ed, const char *path, struct content *c, struct err *e)
{
	struct err own = {0};
	*c = (struct content){0};
	int fd = beneath_read(&ed->b, path, &c->st, &own), rc = 0;
	if (fd < 0 && strcmp(own.code, "file.missing") == 0)
		return 0;
	if (fd < 0) {
		if (e)
			*e = own;
		return -1;
	}
	if (S_ISDIR(c->st.st_mode))
		rc = beneath_failed(e, EISDIR, path);
	else if (c->st.st_size <= EDITOR_TEXT_MAX)
		rc = read_small(fd, path, c, e);
	else if (file_tag(fd, &c->st, c->tag) != 0)
		rc = beneath_failed(e, errno, path);
	else
		c->read_only = "large";
	close(fd);
	if (rc != 0)
		content_clear(c);
	return rc;
}
