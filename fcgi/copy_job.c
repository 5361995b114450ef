/* See copy_job.h. */
#include "config.h"

#include "fcgi/copy_job.h"

#include "fcgi/h_workspaces.h"
#include "fcgi/job.h"
#include "lib/tree.h"
#include "lib/json.h"
#include "lib/path_text.h"

#include <stdlib.h>
#include <string.h>

/* Whether what is there is more than is copied while one waits. */
static int
is_large(const struct file_change *change, struct err *e)
{
	struct tree_limit limit = {COPY_JOB_BYTES, COPY_JOB_ENTRIES, NULL, NULL};
	struct beneath_entry entry = BENEATH_ENTRY_INIT;
	if (beneath_entry(change->b, change->path, &entry, e) != 0) {
		beneath_entry_close(&entry);
		return -1;
	}
	int64_t size = tree_size(entry.parent, entry.name, &limit);
	beneath_entry_close(&entry);
	return size > COPY_JOB_BYTES || limit.entries <= 0;
}

static char *
label_of(const char *path)
{
	const char *slash = strrchr(path, '/');
	char *name = path_text(slash ? slash + 1 : path);
	char *label = xasprintf("Copy %.200s", name);
	free(name);
	return label;
}

static char *
options_of(const struct call *c, const struct file_change *change, const char *root)
{
	struct buf b = BUF_INIT;
	json_key(&b, "dir"), json_string(&b, c->app->conf.dir);
	json_key(&b, "root"), json_string(&b, root);
	json_key(&b, "workspace"), json_string(&b, change->workspace);
	json_key(&b, "from"), path_text_json(&b, change->path);
	json_key(&b, "path"), path_text_json(&b, change->to);
	json_key(&b, "replace"), json_truth(&b, change->replace);
	return buf_take(&b);
}

int
copy_job_if_large(struct call *c, const struct file_change *change, struct err *e)
{
	struct workspace w = {0};
	int large = is_large(change, e);
	if (large <= 0 || workspace_use(c, change->workspace, &w, e) != 0)
		return large > 0 ? -1 : large;
	char *label = label_of(change->path), *options = options_of(c, change, w.path);
	const struct job_order order = {.op = "copy",
		.label = label,
		.cwd = w.path,
		.workspace = w.id,
		.options = options};
	int result = job_start(c, &order, &c->response->body, e);
	c->response->status = 202;
	free(label);
	free(options);
	workspace_clear(&w);
	return result == 0 ? 1 : -1;
}
