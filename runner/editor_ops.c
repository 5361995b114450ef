/* See editor.h. A file is read anew for everything that is done to it: what it was, and
 * what the person who asks has seen, is told by its hash, never by what is remembered. */
#include "config.h"

#include "runner/editor.h"

#include "lib/crypt.h"
#include "lib/json.h"
#include "lib/json_read.h"
#include "lib/line_diff.h"
#include "lib/path_text.h"
#include "lib/save.h"

#include <json-c/json.h>

#include <errno.h>
#include <stdio.h>

#include <stdlib.h>
#include <string.h>

enum { FORCED_TRIES = 16 }; /* while somebody else writes the same file */

/* ---- opening and closing ---- */

static const char *
mode_text(const struct stat *st, char text[8])
{
	snprintf(text, 8, "%04o", (unsigned)st->st_mode & 07777);
	return text;
}

static void
put_format(struct buf *b, const struct text_format *format)
{
	json_key(b, "encoding"), json_string(b, text_encodings[format->encoding]);
	json_key(b, "bom"), json_truth(b, format->bom);
	json_key(b, "line_end"), json_string(b, line_ends[format->line_end]);
}

/* Tells its bytes unless they were told last. */
static void
keep(struct file *file, const struct content *c)
{
	if (!content_is_text(c) || (file && strcmp(file->kept, c->tag) == 0))
		return;
	say_content(c->tag, &c->bytes);
	if (file)
		memcpy(file->kept, c->tag, sizeof file->kept);
}

static void
tell_open(const struct request *r, const struct content *c)
{
	struct telling t;
	char mode[8];
	telling_begin(&t, r, "open", "done");
	put_hash(&t.data, "sha256", c->tag);
	json_key(&t.data, "size"), json_int(&t.data, c->st.st_size);
	json_key(&t.data, "mode"), json_string(&t.data, mode_text(&c->st, mode));
	put_format(&t.data, &c->format);
	if (c->read_only)
		json_key(&t.data, "read_only"), json_string(&t.data, c->read_only);
	if (content_is_text(c))
		telling_version(&t,
			&(struct version){.operation = "open",
				.path = r->path,
				.after = c->tag});
	telling_send(&t);
}

int
editor_open(struct editor *ed, struct request *r)
{
	struct content c;
	if (content_read(ed, r->path, &c, &r->e) != 0)
		return -1;
	struct file *file = NULL;
	if (!*c.tag)
		beneath_failed(&r->e, ENOENT, r->path);
	else
		file = files_open(ed, r->path, &r->e);
	if (file) {
		keep(file, &c);
		files_seen(ed, file, &c);
		tell_open(r, &c);
	}
	content_clear(&c);
	return file ? 0 : -1;
}

/* A file that was open before the program was started again: silence means that it is as
 * it was. */
int
editor_watch(struct editor *ed, struct request *r)
{
	const char *sha256 = json_member_text(r->json, "sha256");
	struct file *file = files_open(ed, r->path, &r->e);
	if (!file)
		return -1;
	snprintf(file->tag, sizeof file->tag, "%s", sha256 ? sha256 : "");
	file->noticed = ed->noticed = true;
	return 0;
}

int
editor_close(struct editor *ed, struct request *r)
{
	struct file *file = files_find(ed, r->path);
	struct telling t;
	if (file)
		files_close(ed, file);
	telling_begin(&t, r, "close", "done");
	telling_send(&t);
	return 0;
}

/* ---- saving ---- */

/* A save or a restore. */
struct saving {
	struct request *r;
	struct file *file; /* NULL: it is not open */
	bool force;
	const char *base; /* "": nothing must be there */
	const char *text; /* UTF-8; NULL: `bytes` are given */
	size_t text_len;
	struct buf bytes;
	struct text_format format;
	struct content before;
};

static int
refuse_changed(struct saving *s)
{
	keep(s->file, &s->before);
	json_key(&s->r->more, "current");
	json_string(&s->r->more, tag_is_hash(s->before.tag) ? s->before.tag : NULL);
	return err_set(&s->r->e, 412, "file.changed", "%s",
		*s->before.tag ? "Somebody else has changed this file meanwhile."
			       : "This file is not there any more.");
}

static int
check_before(struct saving *s)
{
	const struct content *c = &s->before;
	if (!s->force && strcmp(c->tag, s->base) != 0)
		return refuse_changed(s);
	if (c->read_only && strcmp(c->read_only, "large") == 0)
		return err_set(&s->r->e, 413, "file.too_large",
			"Files of more than 10 MB are only shown, not edited.");
	if (c->read_only && strcmp(c->read_only, "binary") == 0 && s->text && !s->force)
		return err_set(&s->r->e, 409, "editor.binary", "This file is not text.");
	return 0;
}

static void
choose(struct json_object *json, const char *key, const char *const *names, int *value)
{
	const char *text = json_member_text(json, key);
	for (int i = 0; text && names[i]; i++)
		if (strcmp(names[i], text) == 0)
			*value = i;
}

/* As asked for, else as it was when it was read last (an empty file has none of its own),
 * else as it is, else UTF-8 with line feeds. */
static void
choose_format(struct saving *s)
{
	struct json_object *json = s->r->json;
	if (s->file)
		s->format = s->file->format;
	bool known =
		s->file && s->file->known && strcmp(s->file->tag, s->before.tag) == 0;
	if (!known && content_is_text(&s->before) && s->before.bytes.len)
		s->format = s->before.format;
	int encoding = (int)s->format.encoding, line_end = (int)s->format.line_end;
	choose(json, "encoding", text_encodings, &encoding);
	choose(json, "line_end", line_ends, &line_end);
	s->format.encoding = (enum text_encoding)encoding;
	s->format.line_end = (enum line_end)line_end;
	if (json_member(json, "bom"))
		s->format.bom = json_member_truth(json, "bom");
	if (s->format.encoding == TEXT_LATIN1)
		s->format.bom = false;
	else if (s->format.encoding != TEXT_UTF8)
		s->format.bom = true; /* it could not be told from binary again */
}

static int
make_bytes(struct saving *s)
{
	const struct buf *old = &s->before.bytes;
	bool mixed = content_is_text(&s->before) &&
		s->format.encoding == s->before.format.encoding;
	if (!s->text)
		return 0;
	choose_format(s);
	buf_clear(&s->bytes);
	if (text_format_encode(&s->bytes, s->text, s->text_len, &s->format,
		    mixed ? old->data : NULL, old->len, &s->r->e) != 0)
		return -1;
	if (s->bytes.len > EDITOR_TEXT_MAX)
		return err_set(&s->r->e, 413, "file.too_large",
			"A file that is edited may have at most 10 MB.");
	return 0;
}

static int
try_save(struct editor *ed, struct saving *s, struct saved *done)
{
	content_clear(&s->before);
	if (content_read(ed, s->r->path, &s->before, &s->r->e) != 0 ||
		check_before(s) != 0 || make_bytes(s) != 0)
		return -1;
	const char *expected = *s->before.tag ? s->before.tag : SAVE_NOTHING;
	return save_bytes(&ed->b, s->r->path, expected,
		s->bytes.data ? s->bytes.data : "", s->bytes.len, done, &s->r->e);
}

/* Who insists gets their way, and still nothing is lost: what was there before is kept,
 * even when it has come a moment ago. */
static int
save(struct editor *ed, struct saving *s, struct saved *done)
{
	for (int i = 0; i < FORCED_TRIES; i++) {
		int rc = try_save(ed, s, done);
		if (rc == 0)
			return 0;
		if (strcmp(s->r->e.code, "file.changed") != 0 || s->r->more.len)
			return -1;
	}
	return -1;
}

static void
put_diff(struct telling *t, const struct saving *s, const struct content *after,
	struct version *v)
{
	struct buf old = BUF_INIT, new = BUF_INIT, diff = BUF_INIT;
	struct line_diff d;
	if (content_is_text(&s->before))
		content_text(&s->before, &old);
	if (content_is_text(after))
		content_text(after, &new);
	line_diff_make(&d, old.data ? old.data : "", old.len, new.data ? new.data : "",
		new.len);
	bool whole = line_diff_unified(&d, EDITOR_DIFF_MAX, &diff);
	json_key(&t->data, "added"), json_int(&t->data, d.added);
	json_key(&t->data, "removed"), json_int(&t->data, d.removed);
	json_key(&t->data, "diff");
	json_string_n(&t->data, diff.data ? diff.data : "", diff.len);
	if (!whole)
		json_key(&t->data, "truncated"), json_truth(&t->data, true);
	v->added = d.added;
	v->removed = d.removed;
	line_diff_free(&d);
	buf_free(&old);
	buf_free(&new);
	buf_free(&diff);
}

/* What the client's text was, so that a draft with the same text is known to be saved. */
static void
put_text_hash(struct telling *t, const struct saving *s)
{
	char sha256[SHA256_TEXT_SIZE];
	if (!s->text)
		return;
	crypt_sha256_text(s->text, s->text_len, sha256);
	json_key(&t->data, "text_sha256"), json_string(&t->data, sha256);
}

static void
tell_saved(struct editor *ed, struct saving *s, const struct saved *done)
{
	struct content after = {.st = done->st, .bytes = s->bytes};
	struct telling t;
	memcpy(after.tag, done->sha256, sizeof done->sha256);
	if (!text_format_detect(s->bytes.data ? s->bytes.data : "", s->bytes.len,
		    &after.format))
		after.read_only = "binary";
	if (s->text)
		after.format = s->format;
	keep(s->file, &s->before);
	keep(s->file, &after);
	telling_begin(&t, s->r, s->r->op, "done");
	put_hash(&t.data, "before", s->before.tag);
	put_hash(&t.data, "after", after.tag);
	json_key(&t.data, "size"), json_int(&t.data, done->st.st_size);
	put_format(&t.data, s->text ? &s->format : &after.format);
	put_text_hash(&t, s);
	struct version v = {.operation = s->r->op,
		.path = s->r->path,
		.before = content_is_text(&s->before) ? s->before.tag : "",
		.after = content_is_text(&after) ? after.tag : ""};
	put_diff(&t, s, &after, &v);
	telling_version(&t, &v);
	telling_send(&t);
	if (s->file)
		files_seen(ed, s->file, &after);
}

static int
run_saving(struct editor *ed, struct saving *s)
{
	struct saved done;
	s->file = files_find(ed, s->r->path);
	int rc = save(ed, s, &done);
	if (rc == 0)
		tell_saved(ed, s, &done);
	else if (strcmp(s->r->e.code, "file.changed") == 0 && !s->r->more.len) {
		content_clear(&s->before);
		content_read(ed, s->r->path, &s->before, NULL);
		refuse_changed(s);
	}
	content_clear(&s->before);
	buf_free(&s->bytes);
	return rc;
}

static const char *
base_of(const struct request *r)
{
	const char *base = json_member_text(r->json, "base");
	return base ? base : "";
}

int
editor_save(struct editor *ed, struct request *r)
{
	struct json_object *text = json_member(r->json, "text");
	struct saving s = {.r = r,
		.force = json_member_truth(r->json, "force"),
		.base = base_of(r)};
	if (!json_object_is_type(text, json_type_string))
		return err_set(&r->e, 400, "request.invalid", "A save needs a text.");
	s.text = json_object_get_string(text);
	s.text_len = (size_t)json_object_get_string_len(text);
	return run_saving(ed, &s);
}

int
editor_restore(struct editor *ed, struct request *r)
{
	const char *base64 = json_member_text(r->json, "base64");
	struct saving s = {.r = r,
		.force = json_member_truth(r->json, "force"),
		.base = base_of(r)};
	if (!base64 || crypt_unbase64(&s.bytes, base64, strlen(base64)) != 0)
		return err_set(&r->e, 400, "request.invalid",
			"A restore needs the bytes of a state.");
	return run_saving(ed, &s);
}
