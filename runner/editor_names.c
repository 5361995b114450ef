/* See editor.h. */
#include "config.h"

#include "runner/editor.h"

#include "lib/clock.h"
#include "lib/json.h"
#include "lib/json_read.h"
#include "lib/os_file.h"
#include "lib/path_text.h"
#include "lib/save.h"
#include "lib/trash.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum { DIRECTORY_MODE = 0755 };

/* ---- making ---- */

static int
make_directory(struct editor *ed, struct request *r)
{
	struct beneath_entry entry;
	if (beneath_entry(&ed->b, r->path, &entry, &r->e) != 0)
		return -1;
	int rc = mkdirat(entry.parent, entry.name, DIRECTORY_MODE);
	if (rc == 0)
		rc = fchmodat(entry.parent, entry.name, DIRECTORY_MODE, 0);
	if (rc != 0)
		beneath_failed(&r->e, errno, r->path);
	beneath_entry_close(&entry);
	return rc;
}

static int
make_file(struct editor *ed, struct request *r, struct saved *done)
{
	int rc = save_bytes(&ed->b, r->path, SAVE_NOTHING, "", 0, done, &r->e);
	if (rc != 0 && strcmp(r->e.code, "file.changed") == 0)
		return beneath_failed(&r->e, EEXIST, r->path);
	return rc;
}

int
editor_create(struct editor *ed, struct request *r)
{
	static const struct buf nothing;
	const char *kind = json_member_text(r->json, "kind");
	bool directory = kind && strcmp(kind, "directory") == 0;
	struct saved done = {0};
	struct telling t;
	if ((directory ? make_directory(ed, r) : make_file(ed, r, &done)) != 0)
		return -1;
	if (!directory)
		say_content(done.sha256, &nothing);
	telling_begin(&t, r, "create", "done");
	json_key(&t.data, "kind");
	json_string(&t.data, directory ? "directory" : "file");
	if (!directory) {
		put_hash(&t.data, "after", done.sha256);
		telling_version(&t,
			&(struct version){.operation = "create",
				.path = r->path,
				.after = done.sha256});
	}
	telling_send(&t);
	return 0;
}

/* ---- renaming ---- */

static int
rename_entry(struct editor *ed, struct request *r, const char *to)
{
	struct beneath_entry from, place;
	struct stat st;
	if (beneath_entry(&ed->b, r->path, &from, &r->e) != 0)
		return -1;
	int rc = beneath_entry(&ed->b, to, &place, &r->e);
	if (rc == 0 && (rc = beneath_entry_stat(&ed->b, &from, &st, &r->e)) >= 0) {
		errno = ENOENT;
		if (rc > 0)
			rc = os_rename_new(from.parent, from.name, place.parent,
				place.name);
		else
			rc = -1;
		if (rc != 0)
			beneath_failed(&r->e, errno, errno == EEXIST ? to : r->path);
	}
	beneath_entry_close(&from);
	beneath_entry_close(&place);
	return rc;
}

/* The hash of a text that is in the history; "" for anything else. */
static void
find_hash(struct editor *ed, const char *path, char tag[FILE_TAG_SIZE])
{
	const struct file *file = files_find(ed, path);
	memcpy(tag, file ? file->kept : "", file ? sizeof file->kept : 1);
}

int
editor_rename(struct editor *ed, struct request *r)
{
	const char *text = json_member_text(r->json, "to");
	char *to = text ? path_text_relative(text, strlen(text), "to", &r->e) : NULL;
	char tag[FILE_TAG_SIZE] = "";
	struct telling t;
	int rc = -1;
	if (!text)
		err_field(&r->e, "to", "A rename needs a new name.");
	else if (to && (rc = rename_entry(ed, r, to)) == 0) {
		find_hash(ed, r->path, tag);
		files_renamed(ed, r->path, to);
		telling_begin(&t, r, "rename", "done");
		put_path(&t.data, "to", to);
		telling_version(&t,
			&(struct version){.operation = "rename",
				.path = r->path,
				.to = to,
				.before = tag,
				.after = tag});
		telling_send(&t);
	}
	free(to);
	return rc;
}

/* ---- deleting ---- */

/* What it was is kept, too, as far as it is a text. */
static void
keep_deleted(struct editor *ed, const char *path, char tag[FILE_TAG_SIZE])
{
	struct content c;
	*tag = '\0';
	if (content_read(ed, path, &c, NULL) != 0)
		return;
	if (content_is_text(&c)) {
		say_content(c.tag, &c.bytes);
		memcpy(tag, c.tag, sizeof c.tag);
	}
	content_clear(&c);
}

int
editor_delete(struct editor *ed, struct request *r)
{
	char id[ID_SIZE], tag[FILE_TAG_SIZE];
	struct telling t;
	keep_deleted(ed, r->path, tag);
	if (trash_put(&ed->b, ed->workspace, r->path, clock_now(), id, &r->e) != 0)
		return -1;
	struct file *file = files_find(ed, r->path);
	if (file)
		files_close(ed, file);
	telling_begin(&t, r, "delete", "done");
	put_hash(&t.data, "before", tag);
	json_key(&t.data, "trash"), json_string(&t.data, id);
	telling_version(&t,
		&(struct version){.operation = "delete", .path = r->path, .before = tag});
	telling_send(&t);
	return 0;
}
