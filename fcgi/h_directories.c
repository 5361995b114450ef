/* The directories there are, for who chooses one for a workspace. */
#include "config.h"

#include "fcgi/h_workspaces.h"
#include "fcgi/workspace_dir.h"
#include "lib/buf.h"
#include "lib/json.h"
#include "lib/path.h"
#include "lib/roots.h"
#include "lib/utf8.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum { DIRECTORIES_MOST = 2000 };

static int
put_directory(struct call *c, const char *name, const char *path, struct err *e)
{
	struct buf *b = &c->response->body;
	struct workspace w;
	int found = workspace_at(c->state, c->auth.user, path, &w, e);
	if (found < 0)
		return -1;
	json_begin(b, '{');
	json_key(b, "name"), json_string(b, name);
	json_key(b, "path"), json_string(b, path);
	json_key(b, "git"), json_truth(b, workspace_dir_is_git(path));
	json_key(b, "workspace"), json_string(b, found > 0 ? w.id : NULL);
	json_end(b, '}');
	workspace_clear(&w);
	return 0;
}

static int
is_shown(const struct dirent *entry)
{
	return entry->d_name[0] != '.' &&
		(entry->d_type == DT_DIR || entry->d_type == DT_LNK ||
			entry->d_type == DT_UNKNOWN) &&
		utf8_count(entry->d_name, strlen(entry->d_name)) >= 0;
}

/* A link is shown by its own name and leads where it leads, if that is allowed. */
static int
put_entry(struct call *c, const char *dir, const char *name, struct err *e)
{
	char *path = path_join(strcmp(dir, "/") == 0 ? "" : dir, name);
	char *real = realpath(path, NULL);
	int rc = 0;
	if (real && workspace_dir_exists(real) && roots_hold(&c->app->conf, real))
		rc = put_directory(c, name, real, e);
	free(real);
	free(path);
	return rc;
}

static int
put_entries(struct call *c, const char *dir, struct err *e)
{
	struct dirent **list;
	int count = scandir(dir, &list, is_shown, alphasort), rc = 0;
	if (count < 0)
		return err_errno(e, errno, 403, "workspace.denied", "Cannot read %s",
			dir);
	for (int i = 0; i < count; i++) {
		if (rc == 0 && i < DIRECTORIES_MOST)
			rc = put_entry(c, dir, list[i]->d_name, e);
		free(list[i]);
	}
	free(list);
	return rc;
}

struct roots {
	struct call *call;
	struct err *e;
	int rc;
};

static void
put_root(void *arg, const char *said, const char *path)
{
	struct roots *r = arg;
	(void)said;
	if (path && r->rc == 0)
		r->rc = put_directory(r->call, path, path, r->e);
}

static void
put_head(struct buf *b, const char *path, const char *parent, bool root)
{
	json_begin(b, '{');
	json_key(b, "path"), json_string(b, path);
	json_key(b, "parent"), json_string(b, parent);
	json_key(b, "root"), json_truth(b, root);
	json_key(b, "items"), json_begin(b, '[');
}

static void
put_end(struct buf *b)
{
	json_end(b, ']');
	json_key(b, "next"), json_null(b);
	json_end(b, '}');
}

struct level {
	const char *path;
	int roots;
	bool is_root;
};

static void
look_at_root(void *arg, const char *said, const char *root)
{
	struct level *p = arg;
	(void)said;
	p->roots += root != NULL;
	p->is_root = p->is_root || (root && strcmp(p->path, root) == 0);
}

/* The directory above, when one may go there, or the list of roots when there are several
 * to choose from; the caller frees. */
static char *
parent_of(const struct call *c, const struct level *p)
{
	const char *slash = strrchr(p->path, '/');
	size_t n = slash > p->path ? (size_t)(slash - p->path) : 1;
	char *parent = xstrndup(p->path, n);
	if (strcmp(p->path, "/") != 0 && roots_hold(&c->app->conf, parent))
		return parent;
	free(parent);
	return p->roots > 1 ? xstrdup("") : NULL;
}

int
h_directories(struct call *c, struct err *e)
{
	const struct value *path = &c->values[DIRECTORIES_PATH];
	struct buf *b = &c->response->body;
	if (!path->given) {
		struct roots roots = {c, e, 0};
		put_head(b, "", NULL, false);
		roots_each(&c->app->conf, put_root, &roots);
		put_end(b);
		return roots.rc;
	}
	char *dir = workspace_dir_resolve(&c->app->conf, path->text, false, e);
	if (!dir)
		return -1;
	struct level level = {.path = dir};
	roots_each(&c->app->conf, look_at_root, &level);
	char *parent = parent_of(c, &level);
	put_head(b, dir, parent, level.is_root);
	int rc = put_entries(c, dir, e);
	put_end(b);
	free(parent);
	free(dir);
	return rc;
}
