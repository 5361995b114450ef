/* See editing.h. What is to be stored is copied, since it is stored with the next turn,
 * and again when that fails. */
#include "config.h"

#include "runner/editing.h"

#include "lib/clock.h"
#include "lib/json_read.h"
#include "lib/store/content.h"

#include <json-c/json.h>

#include <stdlib.h>
#include <string.h>

/* ---- contents ---- */

struct kept_content {
	int64_t session, now;
	char sha256[SHA256_TEXT_SIZE];
	struct buf bytes;
};

static int
store_content(struct db *events, const void *arg, struct err *e)
{
	const struct kept_content *k = arg;
	return content_put(events, k->session, k->sha256, k->bytes.data, k->bytes.len,
		k->now, e);
}

static void
forget_content(void *arg)
{
	struct kept_content *k = arg;
	buf_free(&k->bytes);
	free(k);
}

void
editing_keep(struct run *run, const char *sha256, struct buf *bytes)
{
	struct kept_content *k = xcalloc(1, sizeof *k);
	k->session = run->row.number;
	k->now = clock_now();
	memcpy(k->sha256, sha256, sizeof k->sha256);
	k->bytes = *bytes;
	*bytes = BUF_INIT;
	const struct emission emission = {.store = store_content,
		.forget = forget_content,
		.arg = k};
	run_emit_line(run, &emission);
}

/* ---- events with what belongs to them ---- */

struct stored {
	int64_t session, now;
	char *owner, *workspace, *by;
	struct json_object *version;
	int draft;
	char *path, *to, *base, *sha256;
	struct buf bytes;
};

static int
store_version(struct db *events, const struct stored *s, struct err *e)
{
	struct json_object *json = s->version;
	const struct file_version v = {
		.session = s->session,
		.owner = s->owner,
		.workspace = s->workspace,
		.by = s->by,
		.path = json_member_text(json, "path"),
		.path_to = json_member_text(json, "path_to"),
		.operation = json_member_text(json, "operation"),
		.before = json_member_text(json, "before"),
		.after = json_member_text(json, "after"),
		.added = json_member_int(json, "added", 0),
		.removed = json_member_int(json, "removed", 0),
		.at = s->now,
	};
	return file_version_add(events, &v, e);
}

static int
store_draft(struct db *events, const struct stored *s, struct err *e)
{
	switch (s->draft) {
	case DRAFT_PUT:
		return content_put(events, s->session, s->sha256, s->bytes.data,
			       s->bytes.len, s->now, e) != 0
			? -1
			: draft_put(events, s->session, s->path, s->base, s->sha256,
				  s->now, e);
	case DRAFT_DROP:
		return draft_drop(events, s->session, s->path, e);
	case DRAFT_RENAME:
		return draft_rename(events, s->session, s->path, s->to, e);
	default:
		return 0;
	}
}

static int
store(struct db *events, const void *arg, struct err *e)
{
	const struct stored *s = arg;
	if (s->version && store_version(events, s, e) != 0)
		return -1;
	return store_draft(events, s, e);
}

static void
forget(void *arg)
{
	struct stored *s = arg;
	json_object_put(s->version);
	free(s->owner);
	free(s->workspace);
	free(s->by);
	free(s->path);
	free(s->to);
	free(s->base);
	free(s->sha256);
	buf_free(&s->bytes);
	free(s);
}

/* What the table takes. */
static bool
is_version(struct json_object *json)
{
	static const char *const operations[] = {"open", "save", "create", "rename",
		"delete", "restore", "changed"};
	const char *operation = json_member_text(json, "operation");
	if (!operation || !json_member_text(json, "path"))
		return false;
	for (size_t i = 0; i < sizeof operations / sizeof *operations; i++)
		if (strcmp(operations[i], operation) == 0)
			return true;
	return false;
}

void
editing_emit(struct run *run, const struct editing_record *record)
{
	struct stored *s = xcalloc(1, sizeof *s);
	*s = (struct stored){
		.session = run->row.number,
		.now = clock_now(),
		.owner = xstrdup(run->row.owner),
		.workspace = xstrdup(run->row.workspace),
		.by = xstrdup(record->by),
		.version = run->row.workspace && is_version(record->version)
			? json_object_get(record->version)
			: NULL,
		.draft = (int)record->draft,
		.path = xstrdup(record->path),
		.to = xstrdup(record->to),
		.base = xstrdup(record->base),
		.sha256 = xstrdup(record->sha256),
	};
	buf_add(&s->bytes, record->bytes, record->len);
	const struct emission emission = {.channel = record->channel,
		.type = record->type,
		.data = xstrdup(record->data),
		.command = record->command,
		.store = store,
		.forget = forget,
		.arg = s};
	run_emit_line(run, &emission);
}
