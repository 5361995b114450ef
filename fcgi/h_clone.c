/*
 * A workspace whose directory is a clone. The directory is made here, empty, so that it
 * is known where it is; a job fills it (fcgi/job.h), and takes away what it made when it
 * fails or is cancelled. The workspace stays then, and the same request tries again.
 */
#include "config.h"

#include "fcgi/h_workspaces.h"
#include "fcgi/job.h"
#include "fcgi/param.h"
#include "fcgi/workspace_dir.h"
#include "lib/buf.h"
#include "lib/json.h"
#include "lib/path.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { CLONE_URL, CLONE_BRANCH, CLONE_DEPTH, CLONE_PARAMS };

static const struct param clone_params[] = {
	[CLONE_URL] = {"url", IN_BODY, TYPE_TEXT, true, 1, 2048},
	[CLONE_BRANCH] = {"branch", IN_BODY, TYPE_TEXT, false, 1, 255},
	[CLONE_DEPTH] = {"depth", IN_BODY, TYPE_INT, false, 1, 1000000000},
};

struct clone {
	struct value values[CLONE_PARAMS];
	char *path;
	bool made;  /* the directory, by us */
	bool added; /* the workspace, by us */
	struct workspace workspace;
};

/* Whether there is "name:secret@" before the host. */
static bool
has_password(const char *url)
{
	const char *from = strstr(url, "://");
	size_t n = from ? strcspn(from + 3, "/?#") : 0;
	const char *colon = from ? memchr(from + 3, ':', n) : NULL;
	return colon && memchr(colon, '@', n - (size_t)(colon - (from + 3)));
}

static int
take(struct clone *clone, struct json_object *json, struct err *e)
{
	const struct value *v = clone->values;
	if (param_take_members(clone_params, CLONE_PARAMS, json, clone->values, e) != 0)
		return param_within(e, "clone");
	if (!v[CLONE_URL].given)
		return err_field(e, "clone.url", "clone.url is missing.");
	if (*v[CLONE_URL].text == '-')
		return err_field(e, "clone.url", "clone.url must not begin with -.");
	if (has_password(v[CLONE_URL].text))
		return err_field(e, "clone.url",
			"Leave the password out of the address: it would be stored. If "
			"one is needed, Dispatch offers a terminal that asks for it.");
	return 0;
}

static int
find_directory(struct call *c, struct clone *clone, struct err *e)
{
	const char *said = c->values[NEW_PATH].text;
	char *whole = path_expand(said);
	clone->made = !workspace_dir_exists(whole);
	free(whole);
	clone->path = workspace_dir_resolve(&c->app->conf, said, true, e);
	if (!clone->path)
		return -1;
	return workspace_dir_is_empty(clone->path)
		? 0
		: err_set(e, 409, "workspace.not_empty",
			  "%s is not empty; a clone needs a new directory.", clone->path);
}

/* One that is there already, and whose directory is empty, is filled. */
static int
find_workspace(struct call *c, struct clone *clone, struct err *e)
{
	const struct value *name = &c->values[NEW_NAME];
	struct workspace *w = &clone->workspace;
	int rc = workspace_add(c, clone->path, name->given ? name->text : NULL, w, e);
	if (rc < 0)
		return -1;
	memcpy(c->subject, w->id, sizeof c->subject);
	clone->added = rc == 0;
	return clone->added ? 0 : workspace_check_jobs(c, w->id, e);
}

static int
start(struct call *c, const struct clone *clone, struct buf *job, struct err *e)
{
	const struct value *v = clone->values;
	const char *slash = strrchr(clone->path, '/');
	char *parent = xstrndup(clone->path,
		slash > clone->path ? (size_t)(slash - clone->path) : 1);
	char *label = xasprintf("Clone %s", clone->workspace.name);
	struct buf options = BUF_INIT;
	json_key(&options, "url"), json_string(&options, v[CLONE_URL].text);
	json_key(&options, "path"), json_string(&options, clone->path);
	if (v[CLONE_BRANCH].given)
		json_key(&options, "branch"), json_string(&options, v[CLONE_BRANCH].text);
	if (v[CLONE_DEPTH].given)
		json_key(&options, "depth"), json_int(&options, v[CLONE_DEPTH].number);
	const struct job_order order = {.op = "clone",
		.label = label,
		.cwd = parent,
		.workspace = clone->workspace.id,
		.options = options.data};
	int rc = job_start(c, &order, job, e);
	buf_free(&options);
	free(label);
	free(parent);
	return rc;
}

static int
answer(struct call *c, const struct clone *clone, const struct buf *job, struct err *e)
{
	struct buf *b = &c->response->body;
	c->response->status = 202;
	json_begin(b, '{');
	json_key(b, "workspace");
	int rc = workspace_put(c, &clone->workspace, e);
	json_key(b, "job"), json_raw(b, job->data);
	json_end(b, '}');
	return rc;
}

int
workspace_clone(struct call *c, struct err *e)
{
	struct clone clone = {0};
	struct buf job = BUF_INIT;
	int rc = take(&clone, c->values[NEW_CLONE].json, e);
	if (rc == 0)
		rc = find_directory(c, &clone, e);
	if (rc == 0)
		rc = find_workspace(c, &clone, e);
	if (rc == 0)
		rc = start(c, &clone, &job, e);
	if (rc == 0)
		rc = answer(c, &clone, &job, e);
	else if (clone.added)
		workspace_forget(c, clone.workspace.id, NULL);
	if (rc != 0 && clone.made && clone.path)
		rmdir(clone.path); /* stays when there is something in it */
	workspace_clear(&clone.workspace);
	buf_free(&job);
	free(clone.path);
	return rc;
}
