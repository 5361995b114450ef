/*
 * Files that come in pieces, so that an upload goes on where it was broken off. The
 * pieces lie in a hidden file beside the place where it will be, whose size is how far it
 * has come; what nobody goes on with is removed after a week.
 */
#include "config.h"

#include "fcgi/h_files.h"

#include "fcgi/body.h"
#include "fcgi/file_body.h"
#include "fcgi/file_change.h"
#include "fcgi/file_entry.h"
#include "fcgi/located.h"
#include "lib/file_tag.h"
#include "lib/json.h"
#include "lib/os_file.h"
#include "lib/path_text.h"
#include "lib/save.h"
#include "lib/store/upload.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { NEW_MODE = 0644, EXPIRED_AT_ONCE = 20 };

static const int64_t week_ms = (int64_t)7 * 24 * 3600 * 1000;

/* An upload that a request is about. */
struct part {
	struct upload row;
	struct located l; /* where it will be */
	struct beneath_entry entry;
	int fd; /* of the hidden file; -1: not opened */
	int64_t offset;
};

static void
part_close(struct part *part)
{
	if (part->fd >= 0)
		close(part->fd);
	beneath_entry_close(&part->entry);
	located_close(&part->l);
	upload_clear(&part->row);
}

static char *
bytes_of(const char *text)
{
	return path_text_relative(text, strlen(text), "path", NULL);
}

/* Opens the hidden file. */
static int
open_part(struct part *part, struct err *e)
{
	char *path = bytes_of(part->row.part);
	struct stat st;
	int rc = path ? beneath_entry(&part->l.b, path, &part->entry, e)
		      : err_set(e, 500, "file.failed", "The upload's path is broken.");
	free(path);
	if (rc != 0)
		return -1;
	part->fd = openat(part->entry.parent, part->entry.name,
		O_RDWR | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	if (part->fd < 0 || fstat(part->fd, &st) != 0)
		return err_set(e, 404, "upload.unknown",
			"What was uploaded is not there any more.");
	part->offset = st.st_size;
	return 0;
}

/* part_close() is legal afterwards in any case. */
static int
part_open(struct call *c, struct part *part, struct err *e)
{
	*part = (struct part){.l = LOCATED_INIT, .entry = BENEATH_ENTRY_INIT, .fd = -1};
	int rc = upload_find(c->state, c->values[PIECE_ID].text, c->auth.user, &part->row,
		e);
	if (rc == 0)
		return err_set(e, 404, "upload.unknown", "There is no such upload.");
	if (rc < 0 || located_open_id(c, part->row.workspace, &part->l, e) != 0)
		return -1;
	part->l.path = bytes_of(part->row.path);
	return open_part(part, e);
}

static int
take_turn(struct part *part, struct err *e)
{
	struct stat st;
	if (os_try_lock(part->fd) != 0 || fstat(part->fd, &st) != 0)
		return err_set(e, 503, "upload.busy",
			"A piece of this upload is still coming in.");
	part->offset = st.st_size;
	return 0;
}

static void
put_state(struct call *c, const struct part *part)
{
	struct buf *b = &c->response->body;
	json_begin(b, '{');
	json_key(b, "id"), json_string(b, part->row.id);
	json_key(b, "offset"), json_int(b, part->offset);
	json_key(b, "size"), json_int(b, part->row.size);
	json_end(b, '}');
}

/* ---- begin ---- */

static int
take_hash(const struct value *v, char hash[SHA256_TEXT_SIZE], struct err *e)
{
	*hash = '\0';
	if (!v->given)
		return 0;
	if (strspn(v->text, "0123456789abcdef") != SHA256_TEXT_SIZE - 1)
		return err_field(e, "sha256", "sha256 must be hexadecimal, lower case.");
	memcpy(hash, v->text, SHA256_TEXT_SIZE);
	return 0;
}

/* Whether there is, or may be made, room for it. */
static int
check_room(const struct located *l, bool replace, struct err *e)
{
	struct beneath_entry entry;
	struct stat st;
	if (beneath_entry(&l->b, l->path, &entry, e) != 0)
		return -1;
	int rc = beneath_entry_stat(&l->b, &entry, &st, e);
	beneath_entry_close(&entry);
	if (rc > 0)
		rc = S_ISDIR(st.st_mode) ? beneath_failed(e, EISDIR, l->path)
			: replace        ? 0
					 : beneath_failed(e, EEXIST, l->path);
	return rc;
}

/* The hidden file's path, beside the other one. */
static char *
part_path(const char *path, const char *id)
{
	const char *slash = strrchr(path, '/');
	return xasprintf("%.*s" SAVE_PREFIX "%s", slash ? (int)(slash - path) + 1 : 0,
		path, id);
}

static int
make_part(struct call *c, struct part *part, struct err *e)
{
	char *path = part_path(part->l.path, part->row.id);
	int rc = beneath_entry(&part->l.b, path, &part->entry, e);
	part->row.part = path_text(path);
	if (rc == 0) {
		part->fd = openat(part->entry.parent, part->entry.name,
			O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
		rc = part->fd < 0
			? beneath_failed(e, errno, path)
			: upload_add(c->state, &part->row, c->auth.user, c->now, e);
	}
	if (rc != 0 && part->fd >= 0)
		unlinkat(part->entry.parent, part->entry.name, 0);
	free(path);
	return rc;
}

static void
drop(struct call *c, struct part *part)
{
	struct err why;
	if (part->entry.parent >= 0)
		unlinkat(part->entry.parent, part->entry.name, 0);
	upload_remove(c->state, part->row.id, &why);
}

/* Removes some of those that nobody went on with. */
static void
expire(struct call *c)
{
	struct call theirs = *c;
	struct err why;
	for (int i = 0; i < EXPIRED_AT_ONCE; i++) {
		struct part part = {.l = LOCATED_INIT,
			.entry = BENEATH_ENTRY_INIT,
			.fd = -1};
		if (upload_oldest(c->state, c->now - week_ms, &part.row, theirs.auth.user,
			    &why) <= 0)
			return;
		if (located_open_id(&theirs, part.row.workspace, &part.l, &why) == 0)
			open_part(&part, &why);
		drop(c, &part);
		part_close(&part);
	}
}

int
h_upload_begin(struct call *c, struct err *e)
{
	const struct value *v = c->values;
	struct part part = {.l = LOCATED_INIT, .entry = BENEATH_ENTRY_INIT, .fd = -1};
	part.row.size = v[UPLOAD_SIZE].number;
	part.row.replace = v[UPLOAD_REPLACE].number != 0;
	memcpy(part.row.workspace, v[FILES_WORKSPACE].text, ID_SIZE);
	crypt_id(part.row.id);
	expire(c);
	int rc = take_hash(&v[UPLOAD_SHA256], part.row.sha256, e);
	if (rc == 0)
		rc = located_open(c, FILES_WORKSPACE, UPLOAD_PATH, &part.l, e);
	if (rc == 0)
		rc = file_make_parents(&part.l.b, part.l.path, e);
	if (rc == 0)
		rc = check_room(&part.l, part.row.replace, e);
	if (rc == 0) {
		part.row.path = path_text(part.l.path);
		rc = make_part(c, &part, e);
	}
	if (rc == 0) {
		c->response->status = 201;
		put_state(c, &part);
	}
	part_close(&part);
	return rc;
}

/* ---- pieces ---- */

int
h_upload_get(struct call *c, struct err *e)
{
	struct part part;
	int rc = part_open(c, &part, e);
	if (rc == 0)
		put_state(c, &part);
	part_close(&part);
	return rc;
}

static int
wrong_offset(struct call *c, const struct part *part, struct err *e)
{
	buf_printf(&c->response->extra, "\"offset\":%lld", (long long)part->offset);
	return err_set(e, 409, "upload.offset", "%lld bytes have come so far.",
		(long long)part->offset);
}

/* What has come stays, also when the rest does not. */
static int
write_piece(void *arg, const char *bytes, size_t len, struct err *e)
{
	struct part *part = arg;
	for (size_t at = 0; at < len;) {
		ssize_t n = pwrite(part->fd, bytes + at, len - at, part->offset);
		if (n < 0 && errno != EINTR)
			return beneath_failed(e, errno, part->l.path);
		at += n > 0 ? (size_t)n : 0;
		part->offset += n > 0 ? n : 0;
	}
	return 0;
}

int
h_upload_piece(struct call *c, struct err *e)
{
	struct part part;
	int rc = part_open(c, &part, e);
	if (rc == 0)
		rc = take_turn(&part, e);
	if (rc == 0 && c->values[PIECE_OFFSET].number != part.offset)
		rc = wrong_offset(c, &part, e);
	if (rc == 0 && c->request->length > part.row.size - part.offset)
		rc = err_set(e, 413, "request.too_large",
			"This is more than the upload was said to have.");
	if (rc == 0)
		rc = body_take(c, write_piece, &part, e);
	if (rc == 0)
		rc = upload_touch(c->state, part.row.id, c->now, e);
	if (rc == 0)
		put_state(c, &part);
	part_close(&part);
	return rc;
}

int
h_upload_cancel(struct call *c, struct err *e)
{
	struct part part;
	int rc = part_open(c, &part, e);
	if (rc == 0 || *part.row.id) {
		drop(c, &part);
		rc = 0;
	}
	part_close(&part);
	return rc;
}

/* ---- finish ---- */

static int
check_hash(struct call *c, const struct part *part, struct err *e)
{
	char said[SHA256_TEXT_SIZE], has[SHA256_TEXT_SIZE];
	if (take_hash(&c->values[FINISH_SHA256], said, e) != 0)
		return -1;
	const char *want = *said ? said : part->row.sha256;
	if (!*want)
		return 0;
	if (file_sha256(part->fd, has) != 0)
		return beneath_failed(e, errno, part->l.path);
	if (strcmp(want, has) == 0 &&
		(!*part->row.sha256 || strcmp(part->row.sha256, has) == 0))
		return 0;
	/* There is nothing in it to go on from. */
	if (ftruncate(part->fd, 0) != 0)
		return beneath_failed(e, errno, part->l.path);
	return err_set(e, 422, "upload.hash",
		"What has come is not what was sent; it begins anew.");
}

/* The mode of what it takes the place of. */
static mode_t
mode_for(const struct part *part)
{
	struct stat st;
	int fd = beneath_find(&part->l.b, part->l.path, &st, NULL);
	if (fd < 0)
		return NEW_MODE;
	close(fd);
	return S_ISREG(st.st_mode) ? st.st_mode & 07777 : NEW_MODE;
}

static int
put_in_place(struct call *c, struct part *part, struct err *e)
{
	char *at = NULL;
	const struct file_change change = {
		.b = &part->l.b,
		.workspace = part->row.workspace,
		.path = part->row.path,
		.replace = part->row.replace,
		.now = c->now,
		.at = &at,
	};
	mode_t mode = mode_for(part);
	if (fchmod(part->fd, mode) != 0 || fsync(part->fd) != 0)
		return beneath_failed(e, errno, part->l.path);
	if (file_make_room(&change, part->l.path, e) != 0)
		return -1;
	int rc = file_rename(&change, &part->entry, part->l.path, e);
	free(at);
	return rc;
}

static int
finish(struct call *c, struct part *part, struct err *e)
{
	char tag[FILE_TAG_SIZE];
	struct stat st;
	if (take_turn(part, e) != 0)
		return -1;
	if (part->offset != part->row.size)
		return wrong_offset(c, part, e);
	if (check_hash(c, part, e) != 0 || put_in_place(c, part, e) != 0 ||
		upload_remove(c->state, part->row.id, e) != 0)
		return -1;
	if (file_tag(part->fd, &st, tag) == 0)
		file_body_tag(c->response, tag);
	c->response->status = 201;
	return file_entry_of(&c->response->body, &part->l.b, part->l.path, e);
}

int
h_upload_finish(struct call *c, struct err *e)
{
	struct part part;
	int rc = part_open(c, &part, e);
	if (rc == 0)
		rc = finish(c, &part, e);
	part_close(&part);
	return rc;
}
