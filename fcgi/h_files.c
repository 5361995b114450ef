/* Files of a workspace: reading, writing, making, moving, and removing to the trash. */
#include "config.h"

#include "fcgi/h_files.h"

#include "fcgi/body.h"
#include "fcgi/file_body.h"
#include "fcgi/copy_job.h"
#include "fcgi/file_change.h"
#include "fcgi/file_entry.h"
#include "fcgi/file_list.h"
#include "fcgi/located.h"
#include "fcgi/tar.h"
#include "fcgi/trash.h"
#include "lib/json.h"
#include "lib/os_file.h"
#include "lib/path_text.h"
#include "lib/save.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { DEFAULT_LIMIT = 2000 };

static int
get_list(struct call *c, const struct located *l, struct err *e)
{
	const struct value *v = c->values;
	const struct file_list list = {
		.limit =
			v[FILES_LIMIT].given ? (int)v[FILES_LIMIT].number : DEFAULT_LIMIT,
		.hidden = !v[FILES_HIDDEN].given || v[FILES_HIDDEN].number,
		.after = v[FILES_AFTER].given ? v[FILES_AFTER].text : NULL,
	};
	struct buf *b = &c->response->body;
	json_begin(b, '{');
	json_key(b, "path"), path_text_json(b, l->path);
	if (file_list_put(b, l, &list, e) != 0)
		return -1;
	json_end(b, '}');
	return 0;
}

/* Under the directory's own name, also where that is the workspace. */
static int
get_tar(struct call *c, struct located *l, struct err *e)
{
	char root[PATH_MAX] = "workspace";
	if (!*l->path)
		os_path_of(l->b.root, root, sizeof root);
	const char *path = *l->path ? l->path : root, *slash = strrchr(path, '/');
	const char *name = slash && slash[1] ? slash + 1 : path;
	char *file = xasprintf("%s.tar", name);
	int rc = tar_open(&c->response->stream, &l->b, l->path, name, e);
	if (rc == 0) {
		file_body_headers(c->response, file);
		c->response->type = "application/x-tar";
	}
	free(file);
	return rc;
}

static int
get_file(struct call *c, struct located *l, struct err *e)
{
	const struct value *as = &c->values[FILES_AS];
	struct stat st;
	if (as->given && as->number == FILES_AS_INFO)
		return file_entry_of(&c->response->body, &l->b, l->path, e);
	if (as->given)
		return get_tar(c, l, e);
	int fd = beneath_find(&l->b, l->path, &st, e);
	if (fd < 0)
		return -1;
	close(fd);
	return S_ISDIR(st.st_mode) ? get_list(c, l, e) : file_body(c, l, e);
}

int
h_files_get(struct call *c, struct err *e)
{
	struct located l;
	int rc = located_open(c, FILES_WORKSPACE, FILES_PATH, &l, e);
	if (rc == 0)
		rc = get_file(c, &l, e);
	located_close(&l);
	return rc;
}

/* The one tag of an If-Match header, in `tag`; false when it is none of ours. */
static bool
take_tag(const char *header, char tag[FILE_TAG_SIZE])
{
	size_t n = strlen(header);
	if (n < 3 || n - 2 >= FILE_TAG_SIZE || header[0] != '"' || header[n - 1] != '"')
		return false;
	memcpy(tag, header + 1, n - 2);
	tag[n - 2] = '\0';
	return !strchr(tag, '"');
}

/* What must be there: as save_begin() takes it. */
static int
take_expected(const struct request *r, char tag[FILE_TAG_SIZE], const char **expected,
	struct err *e)
{
	*expected = tag;
	*tag = '\0';
	if (r->if_none_match && !r->if_match && strcmp(r->if_none_match, "*") == 0)
		return 0;
	if (r->if_match && !r->if_none_match && strcmp(r->if_match, "*") == 0) {
		*expected = SAVE_ANYTHING;
		return 0;
	}
	if (r->if_match && !r->if_none_match && take_tag(r->if_match, tag))
		return 0;
	return err_set(e, 428, "file.precondition",
		"Say what must be there: If-Match with the ETag that was seen, or "
		"If-None-Match: * for nothing, or If-Match: * for anything.");
}

static int
write_piece(void *arg, const char *bytes, size_t len, struct err *e)
{
	return save_write(arg, bytes, len, e);
}

static int
put_file(struct call *c, const struct located *l, struct err *e)
{
	char tag[FILE_TAG_SIZE];
	const char *expected;
	struct saved done;
	if (take_expected(c->request, tag, &expected, e) != 0)
		return -1;
	struct save *save = save_begin(&l->b, l->path, expected, e);
	int rc = save ? body_take(c, write_piece, save, e) : -1;
	if (rc == 0)
		rc = save_commit(save, &done, e);
	save_end(save);
	if (rc != 0)
		return -1;
	c->response->status = done.created ? 201 : 200;
	file_body_tag(c->response, done.tag);
	return file_entry_of(&c->response->body, &l->b, l->path, e);
}

int
h_files_put(struct call *c, struct err *e)
{
	struct located l;
	int rc = located_open(c, FILE_WORKSPACE, FILE_PATH, &l, e);
	if (rc == 0)
		rc = put_file(c, &l, e);
	located_close(&l);
	return rc;
}

int
h_files_delete(struct call *c, struct err *e)
{
	struct buf *b = &c->response->body;
	char id[ID_SIZE];
	struct located l;
	int rc = located_open(c, FILE_WORKSPACE, FILE_PATH, &l, e);
	if (rc == 0)
		rc = trash_put(&l.b, l.workspace, l.path, c->now, id, e);
	if (rc == 0) {
		json_begin(b, '{');
		json_key(b, "id"), json_string(b, id);
		json_end(b, '}');
		trash_expire(c->app->conf.dir, c->app->conf.trash_days, c->now);
	}
	located_close(&l);
	return rc;
}

/* ---- operations; in the order of the parameter's values ---- */

struct operation {
	bool path, to, id; /* what it needs */
	int (*run)(const struct file_change *change, struct err *e);
};

static const struct operation operations[] = {
	{.path = true, .run = file_mkdir},
	{.path = true, .to = true, .run = file_move},
	{.path = true, .to = true, .run = file_copy},
	{.id = true, .run = file_restore},
};

static int
check_needs(const struct call *c, const struct operation *op, struct err *e)
{
	const struct value *v = c->values;
	if (op->path && !v[FILES_OP_PATH].given)
		return err_field(e, "path", "path is missing.");
	if (op->to && !v[FILES_OP_TO].given)
		return err_field(e, "to", "to is missing.");
	if (op->id && !v[FILES_OP_ID].given)
		return err_field(e, "id", "id is missing.");
	return 0;
}

static int
run_operation(struct call *c, const struct operation *op, const struct located *l,
	struct err *e)
{
	char *to = located_path(c, FILES_OP_TO), *at = NULL;
	const struct file_change change = {
		.b = &l->b,
		.workspace = l->workspace,
		.path = l->path,
		.to = to,
		.id = c->values[FILES_OP_ID].text,
		.replace = c->values[FILES_OP_REPLACE].number != 0,
		.now = c->now,
		.at = &at,
	};
	int rc = op->run == file_copy ? copy_job_if_large(c, &change, e) : 0;
	if (rc > 0) {
		free(to);
		return 0;
	}
	if (rc == 0)
		rc = op->run(&change, e);
	if (rc == 0) {
		c->response->status = 201;
		rc = file_entry_of(&c->response->body, &l->b, at, e);
	}
	free(to);
	free(at);
	return rc;
}

int
h_files_op(struct call *c, struct err *e)
{
	const struct operation *op = &operations[c->values[FILES_OP_OP].number];
	struct located l;
	if (check_needs(c, op, e) != 0)
		return -1;
	int rc = located_open(c, FILES_WORKSPACE, FILES_OP_PATH, &l, e);
	if (rc == 0)
		rc = run_operation(c, op, &l, e);
	located_close(&l);
	return rc;
}
