/*
 * What dispatch-editor says; see editing.h. A line is either bytes to be kept, or an
 * event with what of it goes into the history.
 */
#include "config.h"

#include "lib/buf.h"
#include "lib/clock.h"
#include "lib/json.h"
#include "lib/json_read.h"
#include "runner/editing.h"

#include <json-c/json.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { QUOTED_MAX = 400 }; /* bytes of a bad line, or of its words, in an event */

struct answer {
	struct json_object *data, *version;
	const char *type;
	bool done;
	const char *path;
};

void
editing_take_hash(char to[SHA256_TEXT_SIZE], struct json_object *json, const char *key)
{
	const char *text = json_member_text(json, key);
	snprintf(to, SHA256_TEXT_SIZE, "%s", text ? text : "");
}

/* How the file is written, for whoever comes later. */
static void
take_about(struct editing_file *file, struct json_object *data)
{
	static const char *const members[] = {"size", "mode", "encoding", "bom",
		"line_end", "read_only"};
	struct json_object *old = file->about ? json_tokener_parse(file->about) : NULL;
	struct buf b = BUF_INIT;
	json_begin(&b, '{');
	for (size_t i = 0; i < sizeof members / sizeof *members; i++)
		json_copy(&b, members[i], json_member(data, members[i]) ? data : old,
			members[i]);
	json_end(&b, '}');
	json_object_put(old);
	free(file->about);
	file->about = buf_take(&b);
}

static void
on_open(struct run *run, const struct answer *a, struct editing_record *r)
{
	struct editing_file *file = a->done ? editing_add(run, a->path) : NULL;
	(void)r;
	if (!file)
		return;
	file->open = true;
	editing_take_hash(file->sha256, a->data, "sha256");
	free(file->about);
	file->about = NULL;
	take_about(file, a->data);
}

static void
on_close(struct run *run, const struct answer *a, struct editing_record *r)
{
	struct editing_file *file = editing_find(run, a->path);
	(void)r;
	if (!file)
		return;
	file->open = false;
	editing_tidy(run, file);
}

/* What was saved is no draft any more. Another draft stays, upon what it was written: it
 * has not seen what was saved, and must be merged with it. */
static void
settle_draft(struct editing_file *file, const struct answer *a, struct editing_record *r)
{
	const char *text = json_member_text(a->data, "text_sha256");
	if (!*file->draft || (text && strcmp(text, file->draft) != 0))
		return;
	*file->draft = *file->base = '\0';
	r->path = a->path;
	r->draft = DRAFT_DROP;
}

static void
on_save(struct run *run, const struct answer *a, struct editing_record *r)
{
	struct editing_file *file = a->done ? editing_find(run, a->path) : NULL;
	if (a->done)
		run_preview(run, a->path, strlen(a->path));
	if (!file)
		return;
	editing_take_hash(file->sha256, a->data, "after");
	take_about(file, a->data);
	settle_draft(file, a, r);
}

static void
on_rename(struct run *run, const struct answer *a, struct editing_record *r)
{
	const char *to = json_member_text(a->data, "to");
	if (!a->done || !to)
		return;
	editing_rename(run, a->path, to);
	r->draft = DRAFT_RENAME;
	r->path = a->path;
	r->to = to;
}

static void
on_delete(struct run *run, const struct answer *a, struct editing_record *r)
{
	struct editing_file *file = a->done ? editing_find(run, a->path) : NULL;
	if (!file)
		return;
	*file->sha256 = '\0';
	file->open = false;
	editing_tidy(run, file);
	(void)r;
}

static void
on_changed(struct run *run, const struct answer *a, struct editing_record *r)
{
	struct editing_file *file = editing_find(run, a->path);
	(void)r;
	if (file)
		editing_take_hash(file->sha256, a->data, "sha256");
}

static void
on_nothing(struct run *run, const struct answer *a, struct editing_record *r)
{
	(void)run, (void)a, (void)r;
}

static const struct {
	const char *name, *channel;
	void (*take)(struct run *run, const struct answer *a,
		struct editing_record *record);
} events[] = {
	{"close", "editor:close", on_close},
	{"create", "editor:create", on_nothing},
	{"delete", "editor:delete", on_delete},
	{"error", "editor:error", on_nothing},
	{"file", "editor:file", on_changed},
	{"open", "editor:open", on_open},
	{"rename", "editor:rename", on_rename},
	{"restore", "editor:restore", on_save},
	{"save", "editor:save", on_save},
	{"watch", "editor:file", on_nothing},
};

static const char *
type_of(struct json_object *frame)
{
	static const char *const types[] = {"changed", "done", "line", "refused"};
	const char *type = json_member_text(frame, "type");
	for (size_t i = 0; type && i < sizeof types / sizeof *types; i++)
		if (strcmp(types[i], type) == 0)
			return types[i];
	return NULL;
}

static bool
take_event(struct run *run, struct json_object *frame)
{
	const char *name = json_member_text(frame, "event");
	struct json_object *data = json_member_object(frame, "data");
	const char *path = json_member_text(data, "path");
	const char *id = json_member_text(data, "op_id"), *type = type_of(frame);
	size_t i = 0, count = sizeof events / sizeof *events;
	while (name && i < count && strcmp(events[i].name, name) != 0)
		i++;
	if (!name || i == count || !data || !type)
		return false;
	const struct answer a = {.data = data,
		.path = path,
		.done = strcmp(type, "done") == 0};
	struct editing_record record = {.channel = events[i].channel,
		.type = type,
		.data = json_compact(data),
		.version = json_member_object(frame, "version"),
		.by = json_member_text(data, "by")};
	if (path)
		events[i].take(run, &a, &record);
	if (id)
		editing_answered(run, id);
	editing_emit(run, &record);
	return true;
}

static bool
take_content(struct run *run, struct json_object *frame)
{
	const char *sha256 = json_member_text(frame, "content");
	const char *base64 = json_member_text(frame, "base64");
	char hash[SHA256_TEXT_SIZE] = "";
	struct buf bytes = BUF_INIT;
	if (!sha256 || !base64 || crypt_unbase64(&bytes, base64, strlen(base64)) != 0)
		return false;
	crypt_sha256_text(bytes.data ? bytes.data : "", bytes.len, hash);
	bool good = strcmp(hash, sha256) == 0;
	if (good)
		editing_keep(run, hash, &bytes);
	buf_free(&bytes);
	return good;
}

/* It knows by now what is open. */
static bool
take_run(struct run *run, struct json_object *frame)
{
	struct editing *ed = run->state;
	ed->run = json_member_int(frame, "run", 0);
	run->listens = true;
	return true;
}

static void
emit_error(struct run *run, const char *type, const char *text, size_t len)
{
	struct buf b = BUF_INIT;
	json_begin(&b, '{');
	json_key(&b, "text");
	json_string_n(&b, text, len < QUOTED_MAX ? len : QUOTED_MAX);
	json_end(&b, '}');
	const struct editing_record record = {.channel = "editor:error",
		.type = type,
		.data = b.data};
	editing_emit(run, &record);
	buf_free(&b);
}

void
editing_line(struct run *run, const char *text, size_t len)
{
	struct json_object *frame = NULL;
	bool good = json_parse(&frame, text, len, NULL) == 0 &&
		(json_member(frame, "content")              ? take_content(run, frame)
				: json_member(frame, "run") ? take_run(run, frame)
							    : take_event(run, frame));
	json_object_put(frame);
	if (!good)
		emit_error(run, "line", text, len);
	editing_save(run);
}

void
editing_too_long(struct run *run, const char *text, size_t len)
{
	emit_error(run, "line", text, len);
}

void
editing_words(struct run *run, const char *bytes, size_t len)
{
	emit_error(run, "words", bytes, len);
}

const char *
editing_channel(const char *op)
{
	for (size_t i = 0; i < sizeof events / sizeof *events; i++)
		if (strcmp(events[i].name, op) == 0)
			return events[i].channel;
	return NULL;
}
