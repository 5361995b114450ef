/* See editor.h. A file is watched through its directory, since whoever saves it as one
 * step puts another file in its place. */
#include "config.h"

#include "runner/editor.h"

#include "lib/json.h"
#include "runner/os_inotify.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct file *
files_find(struct editor *ed, const char *path)
{
	struct file *file;
	LIST_FOREACH(file, &ed->files, link)
	if (strcmp(file->path, path) == 0)
		return file;
	return NULL;
}

/* ---- watching ---- */

static bool
is_watched(struct editor *ed, int watch)
{
	struct file *file;
	LIST_FOREACH(file, &ed->files, link)
	if (file->watch == watch)
		return true;
	return false;
}

static void
unwatch(struct editor *ed, struct file *file)
{
	int watch = file->watch;
	file->watch = -1;
	if (watch >= 0 && !is_watched(ed, watch))
		os_inotify_remove(ed->inotify, watch);
}

static void
watch(struct editor *ed, struct file *file)
{
	struct beneath_entry entry;
	if (ed->inotify < 0 || beneath_target(&ed->b, file->path, &entry, NULL) != 0)
		return;
	file->watch = os_inotify_add(ed->inotify, entry.parent);
	memcpy(file->name, entry.name, sizeof file->name);
	beneath_entry_close(&entry);
}

bool
files_unwatched(const struct editor *ed)
{
	const struct file *file;
	LIST_FOREACH(file, &ed->files, link)
	if (file->watch < 0)
		return true;
	return false;
}

static void
on_notice(void *arg, const struct notice *notice)
{
	struct editor *ed = arg;
	struct file *file;
	LIST_FOREACH(file, &ed->files, link)
	{
		bool meant = notice->watch < 0 ||
			(notice->watch == file->watch &&
				(!*notice->name ||
					strcmp(notice->name, file->name) == 0));
		if (!meant)
			continue;
		if (notice->gone)
			file->watch = -1;
		file->noticed = ed->noticed = true;
	}
}

void
files_notice(struct editor *ed)
{
	while (os_inotify_read(ed->inotify, on_notice, ed))
		;
}

/* ---- opening and closing ---- */

struct file *
files_open(struct editor *ed, const char *path, struct err *e)
{
	struct file *file = files_find(ed, path);
	if (file)
		return file;
	if (ed->count >= EDITOR_FILES_MAX) {
		err_set(e, 409, "editor.files",
			"%d files are open here, which is the limit; close one first.",
			EDITOR_FILES_MAX);
		return NULL;
	}
	file = xcalloc(1, sizeof *file);
	file->path = xstrdup(path);
	file->watch = -1;
	LIST_INSERT_HEAD(&ed->files, file, link);
	ed->count++;
	watch(ed, file);
	return file;
}

void
files_close(struct editor *ed, struct file *file)
{
	LIST_REMOVE(file, link);
	unwatch(ed, file);
	free(file->path);
	free(file);
	ed->count--;
}

void
files_close_all(struct editor *ed)
{
	while (!LIST_EMPTY(&ed->files))
		files_close(ed, LIST_FIRST(&ed->files));
}

void
files_seen(struct editor *ed, struct file *file, const struct content *content)
{
	bool same = file->known && strcmp(file->tag, content->tag) == 0;
	memcpy(file->tag, content->tag, sizeof file->tag);
	file->st = content->st;
	if (!same && *content->tag && !content->read_only) {
		file->format = content->format;
		file->known = true;
	}
	if (file->watch < 0)
		watch(ed, file);
}

/* What was open under the new name before is gone. */
void
files_renamed(struct editor *ed, const char *from, const char *to)
{
	size_t len = strlen(from);
	struct file *file;
	LIST_FOREACH(file, &ed->files, link)
	{
		if (strncmp(file->path, from, len) != 0 ||
			(file->path[len] && file->path[len] != '/'))
			continue;
		char *path = xasprintf("%s%s", to, file->path + len);
		struct file *there = files_find(ed, path);
		if (there && there != file)
			files_close(ed, there);
		free(file->path);
		file->path = path;
		unwatch(ed, file);
		watch(ed, file);
	}
}

/* ---- what has become of them ---- */

static bool
is_same(const struct stat *a, const struct stat *b)
{
	return a->st_ino == b->st_ino && a->st_dev == b->st_dev &&
		a->st_size == b->st_size && a->st_mtim.tv_sec == b->st_mtim.tv_sec &&
		a->st_mtim.tv_nsec == b->st_mtim.tv_nsec &&
		a->st_ctim.tv_sec == b->st_ctim.tv_sec &&
		a->st_ctim.tv_nsec == b->st_ctim.tv_nsec;
}

static void
tell_change(struct editor *ed, struct file *file, const struct content *c)
{
	struct telling t;
	bool text = content_is_text(c);
	if (text) {
		say_content(c->tag, &c->bytes);
		memcpy(file->kept, c->tag, sizeof file->kept);
	}
	telling_begin(&t, NULL, "file", "changed");
	put_path(&t.data, "path", file->path);
	put_hash(&t.data, "sha256", c->tag);
	json_key(&t.data, "size"), json_int(&t.data, c->st.st_size);
	json_key(&t.data, "mtime");
	json_int(&t.data,
		(int64_t)c->st.st_mtim.tv_sec * 1000 + c->st.st_mtim.tv_nsec / 1000000);
	json_key(&t.data, "gone"), json_truth(&t.data, !*c->tag);
	if (c->read_only)
		json_key(&t.data, "read_only"), json_string(&t.data, c->read_only);
	telling_version(&t,
		&(struct version){.operation = "changed",
			.path = file->path,
			.before = file->tag,
			.after = text ? c->tag : ""});
	telling_send(&t);
	files_seen(ed, file, c);
}

/* What cannot be read now is looked at again when something happens to it. */
static void
look(struct editor *ed, struct file *file)
{
	struct content c;
	struct err e = {0};
	struct stat st;
	int fd = beneath_find(&ed->b, file->path, &st, NULL);
	if (fd >= 0)
		close(fd);
	if (fd >= 0 && *file->tag && is_same(&st, &file->st))
		return;
	if (content_read(ed, file->path, &c, &e) != 0)
		return;
	if (strcmp(c.tag, file->tag) != 0)
		tell_change(ed, file, &c);
	else
		files_seen(ed, file, &c);
	content_clear(&c);
}

void
files_look(struct editor *ed, bool all)
{
	struct file *file;
	ed->noticed = false;
	LIST_FOREACH(file, &ed->files, link)
	{
		bool due = file->noticed || (all && file->watch < 0);
		file->noticed = false;
		if (file->watch < 0)
			watch(ed, file);
		if (due)
			look(ed, file);
	}
}
