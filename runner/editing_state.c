/* See editing.h. What must survive a restart is in two columns of the session's row:
 * detail_json, which people see, and private_json. */
#include "config.h"

#include "runner/editing.h"

#include "lib/json.h"
#include "lib/json_read.h"

#include <json-c/json.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- files ---- */

struct editing_file *
editing_find(struct run *run, const char *path)
{
	struct editing *ed = run->state;
	for (int i = 0; i < ed->file_count; i++)
		if (strcmp(ed->files[i].path, path) == 0)
			return &ed->files[i];
	return NULL;
}

struct editing_file *
editing_add(struct run *run, const char *path)
{
	struct editing *ed = run->state;
	struct editing_file *file = editing_find(run, path);
	if (file || ed->file_count == EDITING_FILES_MAX)
		return file;
	file = &ed->files[ed->file_count++];
	*file = (struct editing_file){.path = xstrdup(path)};
	return file;
}

static void
drop_file(struct editing *ed, struct editing_file *file)
{
	free(file->path);
	free(file->about);
	ed->file_count--;
	memmove(file, file + 1,
		(size_t)(&ed->files[ed->file_count] - file) * sizeof *file);
}

void
editing_tidy(struct run *run, struct editing_file *file)
{
	if (!file->open && !*file->draft)
		drop_file(run->state, file);
}

/* What was there under the new name before is gone. */
void
editing_rename(struct run *run, const char *from, const char *to)
{
	struct editing *ed = run->state;
	size_t len = strlen(from);
	for (int i = 0; i < ed->file_count; i++) {
		struct editing_file *file = &ed->files[i];
		if (strncmp(file->path, from, len) != 0 ||
			(file->path[len] && file->path[len] != '/'))
			continue;
		char *path = xasprintf("%s%s", to, file->path + len);
		struct editing_file *there = editing_find(run, path);
		free(file->path);
		file->path = path;
		if (there && there != file) {
			drop_file(ed, there);
			i = -1; /* they have moved; those that are renamed are not met
			           again */
		}
	}
}

/* ---- operations under way ---- */

static void
drop_wait(struct editing *ed, int i)
{
	free(ed->waiting[i].op);
	free(ed->waiting[i].path);
	ed->waiting_count--;
	memmove(&ed->waiting[i], &ed->waiting[i + 1],
		(size_t)(ed->waiting_count - i) * sizeof *ed->waiting);
}

void
editing_answered(struct run *run, const char *id)
{
	struct editing *ed = run->state;
	for (int i = ed->waiting_count - 1; i >= 0; i--)
		if (strcmp(ed->waiting[i].id, id) == 0)
			drop_wait(ed, i);
}

void
editing_wait_for(struct run *run, const struct editing_wait *wait)
{
	struct editing *ed = run->state;
	for (int i = 0; i < ed->waiting_count; i++)
		if (ed->waiting[i].command == wait->command)
			return;
	if (ed->waiting_count == EDITING_WAITING_MAX)
		return;
	struct editing_wait *w = &ed->waiting[ed->waiting_count++];
	*w = *wait;
	w->op = xstrdup(wait->op);
	w->path = xstrdup(wait->path);
}

/* ---- into the row ---- */

static void
put_hash(struct buf *b, const char *key, const char *hash)
{
	json_key(b, key), json_string(b, *hash ? hash : NULL);
}

static void
put_file(struct buf *b, const struct editing_file *file)
{
	json_begin(b, '{');
	json_key(b, "path"), json_string(b, file->path);
	put_hash(b, "sha256", file->sha256);
	json_key(b, "open"), json_truth(b, file->open);
	json_key(b, "dirty"), json_truth(b, *file->draft);
	if (file->about)
		json_key(b, "about"), json_raw(b, file->about);
	if (*file->draft) {
		json_key(b, "draft"), json_begin(b, '{');
		put_hash(b, "base", file->base);
		put_hash(b, "sha256", file->draft);
		json_key(b, "at"), json_int(b, file->drafted_at);
		json_end(b, '}');
	}
	json_end(b, '}');
}

static void
show(struct run *run)
{
	const struct editing *ed = run->state;
	struct buf b = BUF_INIT;
	json_begin(&b, '{');
	json_key(&b, "files"), json_begin(&b, '[');
	for (int i = 0; i < ed->file_count; i++)
		put_file(&b, &ed->files[i]);
	json_end(&b, ']');
	json_end(&b, '}');
	run_show(run, buf_take(&b));
}

static void
remember(struct run *run)
{
	const struct editing *ed = run->state;
	struct buf b = BUF_INIT;
	json_begin(&b, '{');
	json_key(&b, "run"), json_int(&b, ed->run);
	json_key(&b, "refused"), json_int(&b, ed->refused);
	json_key(&b, "waiting"), json_begin(&b, '[');
	for (int i = 0; i < ed->waiting_count; i++) {
		const struct editing_wait *w = &ed->waiting[i];
		json_begin(&b, '{');
		json_key(&b, "command"), json_int(&b, w->command);
		json_key(&b, "id"), json_string(&b, w->id);
		json_key(&b, "op"), json_string(&b, w->op);
		json_key(&b, "path"), json_string(&b, w->path);
		json_end(&b, '}');
	}
	json_end(&b, ']');
	json_end(&b, '}');
	run_remember(run, buf_take(&b));
}

void
editing_save(struct run *run)
{
	show(run);
	remember(run);
}

/* ---- from the row ---- */

static void
recall_file(struct run *run, struct json_object *json)
{
	const char *path = json_member_text(json, "path");
	struct editing_file *file = path ? editing_add(run, path) : NULL;
	struct json_object *draft = json_member_object(json, "draft");
	struct json_object *about = json_member_object(json, "about");
	if (!file)
		return;
	file->open = json_member_truth(json, "open");
	editing_take_hash(file->sha256, json, "sha256");
	file->about = about ? xstrdup(json_compact(about)) : NULL;
	editing_take_hash(file->draft, draft, "sha256");
	editing_take_hash(file->base, draft, "base");
	file->drafted_at = json_member_int(draft, "at", 0);
}

static void
recall_wait(struct run *run, struct json_object *json)
{
	const char *id = json_member_text(json, "id"), *op = json_member_text(json, "op");
	struct editing_wait wait = {.command = json_member_int(json, "command", 0)};
	if (!id || !op)
		return;
	snprintf(wait.id, sizeof wait.id, "%s", id);
	wait.op = (char *)(uintptr_t)op;
	wait.path = (char *)(uintptr_t)json_member_text(json, "path");
	editing_wait_for(run, &wait);
}

static void
recall(struct run *run)
{
	struct editing *ed = run->state;
	struct json_object *detail = json_tokener_parse(run->row.detail_json);
	struct json_object *own = json_tokener_parse(run->row.private_json);
	struct json_object *files = json_member_array(detail, "files");
	struct json_object *waiting = json_member_array(own, "waiting");
	for (size_t i = 0; i < json_length(files); i++)
		recall_file(run, json_object_array_get_idx(files, i));
	for (size_t i = 0; i < json_length(waiting); i++)
		recall_wait(run, json_object_array_get_idx(waiting, i));
	ed->run = json_member_int(own, "run", 0);
	ed->refused = json_member_int(own, "refused", 0);
	json_object_put(detail);
	json_object_put(own);
}

void
editing_attach(struct run *run)
{
	struct editing *ed = run->state = xcalloc(1, sizeof *ed);
	if (run->row.detail_json && run->row.private_json)
		recall(run);
	run->listens = run->listening = ed->run == run->row.run;
	if (!run->row.number)
		editing_save(run);
}

void
editing_detach(struct run *run)
{
	struct editing *ed = run->state;
	while (ed->file_count)
		drop_file(ed, &ed->files[ed->file_count - 1]);
	while (ed->waiting_count)
		drop_wait(ed, ed->waiting_count - 1);
	free(ed);
	run->state = NULL;
}
