/* See editor.h. Lines are written as a whole to the pipe that the shim reads; when nobody
 * does, the program has to wait, and when nobody ever will, it ends. */
#include "config.h"

#include "runner/editor.h"

#include "lib/json.h"
#include "lib/json_read.h"
#include "lib/path_text.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { QUOTED_MAX = 200 }; /* bytes of a bad line that are told */

static void
write_line(struct buf *b)
{
	buf_char(b, '\n');
	for (size_t at = 0; at < b->len;) {
		ssize_t n = write(STDOUT_FILENO, b->data + at, b->len - at);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			exit(1);
		at += (size_t)n;
	}
	buf_free(b);
}

void
say_content(const char *sha256, const struct buf *bytes)
{
	struct buf b = BUF_INIT;
	json_begin(&b, '{');
	json_key(&b, "content"), json_string(&b, sha256);
	json_key(&b, "base64");
	json_base64(&b, bytes->data ? bytes->data : "", bytes->len);
	json_end(&b, '}');
	write_line(&b);
}

void
put_path(struct buf *b, const char *key, const char *path)
{
	json_key(b, key);
	if (path)
		path_text_json(b, path);
	else
		json_null(b);
}

void
put_hash(struct buf *b, const char *key, const char *tag)
{
	json_key(b, key), json_string(b, tag && tag_is_hash(tag) ? tag : NULL);
}

void
telling_begin(struct telling *t, const struct request *r, const char *event,
	const char *type)
{
	*t = (struct telling){.event = event, .type = type};
	json_begin(&t->data, '{');
	if (!r)
		return;
	json_put_text(&t->data, "op_id", r->id);
	json_put_text(&t->data, "by", json_member_text(r->json, "by"));
	if (r->path)
		put_path(&t->data, "path", r->path);
}

void
telling_version(struct telling *t, const struct version *v)
{
	struct buf *b = &t->version;
	json_begin(b, '{');
	json_key(b, "operation"), json_string(b, v->operation);
	put_path(b, "path", v->path);
	if (v->to)
		put_path(b, "path_to", v->to);
	put_hash(b, "before", v->before);
	put_hash(b, "after", v->after);
	json_key(b, "added"), json_int(b, v->added);
	json_key(b, "removed"), json_int(b, v->removed);
	json_end(b, '}');
}

void
telling_send(struct telling *t)
{
	struct buf b = BUF_INIT;
	json_end(&t->data, '}');
	json_begin(&b, '{');
	json_key(&b, "event"), json_string(&b, t->event);
	json_key(&b, "type"), json_string(&b, t->type);
	json_key(&b, "data"), json_raw(&b, t->data.data);
	if (t->version.len)
		json_key(&b, "version"), json_raw(&b, t->version.data);
	json_end(&b, '}');
	write_line(&b);
	buf_free(&t->data);
	buf_free(&t->version);
}

void
say_refused(const struct request *r)
{
	struct telling t;
	telling_begin(&t, r, r->op, "refused");
	json_key(&t.data, "code"), json_string(&t.data, r->e.code);
	json_key(&t.data, "detail"), json_string(&t.data, r->e.text);
	if (r->more.len) {
		buf_char(&t.data, ',');
		buf_add(&t.data, r->more.data, r->more.len);
	}
	telling_send(&t);
}

void
say_run(int64_t run)
{
	struct buf b = BUF_INIT;
	json_begin(&b, '{');
	json_key(&b, "run"), json_int(&b, run);
	json_end(&b, '}');
	write_line(&b);
}

void
say_bad_line(const char *why, const char *text, size_t len)
{
	struct telling t;
	telling_begin(&t, NULL, "error", "line");
	json_key(&t.data, "detail"), json_string(&t.data, why);
	json_key(&t.data, "text");
	json_string_n(&t.data, text, len < QUOTED_MAX ? len : QUOTED_MAX);
	telling_send(&t);
}
