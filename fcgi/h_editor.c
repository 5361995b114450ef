/*
 * What is asked of a file editor, the contents that its events name, and the history of a
 * file. A draft is stored by the runner alone; everything else becomes a line for the
 * program. See sql/state/0004-ops.sql for the form of such a command.
 */
#include "config.h"

#include "fcgi/h_editor.h"

#include "fcgi/file_body.h"
#include "fcgi/h_workspaces.h"
#include "fcgi/handlers.h"
#include "fcgi/owned.h"
#include "fcgi/param.h"
#include "lib/json.h"
#include "lib/store/content.h"

#include <json-c/json.h>

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum { DEFAULT_VERSIONS = 100, CURSOR_SIZE = 80 };

/* In the order of the table below. */
const char *const editor_ops[] = {"close", "create", "delete", "discard", "draft", "open",
	"rename", "restore", "save", NULL};

/* ---- what an operation needs ---- */

static void
put_optional(struct buf *b, const char *key, const struct value *v)
{
	if (v->given)
		json_key(b, key), json_string_n(b, v->text, v->len);
}

static void
put_head(struct buf *b, const struct call *c, const char *sha256)
{
	const struct value *v = c->values;
	json_begin(b, '{');
	json_key(b, "op"), json_string(b, v[OP_OP].text);
	json_key(b, "id"), json_string(b, v[OP_ID].text);
	json_key(b, "path"), json_string(b, v[OP_PATH].text);
	put_optional(b, "base", &v[OP_BASE]);
	if (sha256)
		json_key(b, "sha256"), json_string(b, sha256);
	json_end(b, '}');
	buf_char(b, '\n');
}

/* The event of what the runner does alone. */
static void
put_event(struct buf *b, const struct call *c, const char *sha256)
{
	const struct value *v = c->values;
	json_begin(b, '{');
	json_key(b, "op_id"), json_string(b, v[OP_ID].text);
	json_key(b, "path"), json_string(b, v[OP_PATH].text);
	if (sha256) {
		json_key(b, "base");
		json_string(b, v[OP_BASE].given ? v[OP_BASE].text : NULL);
		json_key(b, "sha256"), json_string(b, sha256);
		json_key(b, "size"), json_int(b, (int64_t)v[OP_TEXT].len);
	}
	json_key(b, "by"), json_string(b, c->auth.user);
	put_optional(b, "writer", &v[OP_WRITER]);
	json_end(b, '}');
	buf_char(b, '\n');
}

static int
put_draft(struct buf *b, struct call *c, struct err *e)
{
	const struct value *text = &c->values[OP_TEXT];
	char sha256[SHA256_TEXT_SIZE];
	(void)e;
	crypt_sha256_text(text->text, text->len, sha256);
	put_head(b, c, sha256);
	put_event(b, c, sha256);
	buf_add(b, text->text, text->len);
	return 0;
}

static int
put_discard(struct buf *b, struct call *c, struct err *e)
{
	(void)e;
	put_head(b, c, NULL);
	put_event(b, c, NULL);
	return 0;
}

/* The line for the program, up to where more can be added. */
static void
put_line(struct buf *b, const struct call *c)
{
	static const struct {
		int index;
		const char *key;
	} members[] = {{OP_TO, "to"}, {OP_KIND, "kind"}, {OP_BASE, "base"},
		{OP_TEXT, "text"}, {OP_ENCODING, "encoding"}, {OP_LINE_END, "line_end"},
		{OP_SHA256, "sha256"}};
	const struct value *v = c->values;
	put_head(b, c, NULL);
	buf_char(b, '\n');
	json_begin(b, '{');
	json_key(b, "op"), json_string(b, v[OP_OP].text);
	json_key(b, "id"), json_string(b, v[OP_ID].text);
	json_key(b, "path"), json_string(b, v[OP_PATH].text);
	json_key(b, "by"), json_string(b, c->auth.user);
	for (size_t i = 0; i < sizeof members / sizeof *members; i++)
		put_optional(b, members[i].key, &v[members[i].index]);
	if (v[OP_BOM].given)
		json_key(b, "bom"), json_truth(b, v[OP_BOM].number);
	if (v[OP_FORCE].given)
		json_key(b, "force"), json_truth(b, v[OP_FORCE].number);
}

static int
put_plain(struct buf *b, struct call *c, struct err *e)
{
	(void)e;
	put_line(b, c);
	json_end(b, '}');
	buf_char(b, '\n');
	return 0;
}

static int
unknown_content(struct err *e)
{
	return err_set(e, 404, "content.unknown",
		"This state is not kept, or is not one of yours.");
}

/* The program has no database: it is given the bytes. */
static int
put_restore(struct buf *b, struct call *c, struct err *e)
{
	struct buf bytes = BUF_INIT;
	int rc = content_find(c->events, c->auth.user, NULL, c->values[OP_SHA256].text,
		&bytes, e);
	if (rc == 0)
		unknown_content(e);
	if (rc > 0) {
		put_line(b, c);
		json_key(b, "base64");
		json_base64(b, bytes.data ? bytes.data : "", bytes.len);
		json_end(b, '}');
		buf_char(b, '\n');
	}
	buf_free(&bytes);
	return rc > 0 ? 0 : -1;
}

static const struct {
	int needs[2]; /* besides the path; 0: no more */
	int (*put)(struct buf *b, struct call *c, struct err *e);
} ops[] = {
	{{0}, put_plain},           /* close */
	{{OP_KIND}, put_plain},     /* create */
	{{0}, put_plain},           /* delete */
	{{0}, put_discard},         /* discard */
	{{OP_TEXT}, put_draft},     /* draft */
	{{0}, put_plain},           /* open */
	{{OP_TO}, put_plain},       /* rename */
	{{OP_SHA256}, put_restore}, /* restore */
	{{OP_TEXT}, put_plain},     /* save */
};

static int
check_hash(const struct call *c, int index, struct err *e)
{
	const struct value *v = &c->values[index];
	if (v->given && strspn(v->text, "0123456789abcdef") != v->len)
		return err_field(e, c->route->params[index].name,
			"%s must be a SHA-256 in lower-case hexadecimal.",
			c->route->params[index].name);
	return 0;
}

static int
check_needs(const struct call *c, struct err *e)
{
	const struct value *v = c->values;
	const int *needs = ops[v[OP_OP].number].needs;
	if (*v[OP_PATH].text == '\0' || strcmp(v[OP_PATH].text, ".") == 0)
		return err_field(e, "path", "This is the workspace itself.");
	for (int i = 0; i < 2 && needs[i]; i++)
		if (!v[needs[i]].given)
			return err_field(e, c->route->params[needs[i]].name,
				"%s is missing.", c->route->params[needs[i]].name);
	return check_hash(c, OP_BASE, e) != 0 || check_hash(c, OP_SHA256, e) != 0 ? -1
										  : 0;
}

int
h_editor_op(struct call *c, struct err *e)
{
	const struct value *v = c->values;
	struct buf body = BUF_INIT;
	int rc = -1;
	if (owned_live_kind(c, "file-editor", e) != 0 || check_needs(c, e) != 0)
		return -1;
	if (ops[v[OP_OP].number].put(&body, c, e) == 0)
		rc = owned_op(c, v[OP_ID].text, &body, e);
	buf_free(&body);
	if (rc != 0)
		return -1;
	c->response->status = 202;
	json_begin(&c->response->body, '{');
	json_key(&c->response->body, "id");
	json_string(&c->response->body, v[OP_ID].text);
	json_end(&c->response->body, '}');
	return 0;
}

/* ---- contents ---- */

int
h_content(struct call *c, struct err *e)
{
	const char *sha256 = c->values[CONTENT_SHA256].text;
	struct session s;
	if (owned_find(c, &s, e) != 0)
		return -1;
	session_clear(&s);
	if (check_hash(c, CONTENT_SHA256, e) != 0)
		return -1;
	int rc = content_find(c->events, c->auth.user, c->values[CONTENT_SESSION].text,
		sha256, &c->response->body, e);
	if (rc <= 0)
		return rc < 0 ? -1 : unknown_content(e);
	c->response->status = 200;
	c->response->type = "application/octet-stream";
	file_body_tag(c->response, sha256);
	file_body_headers(c->response, sha256);
	return 0;
}

/* ---- history ---- */

struct listing {
	struct buf *out;
	int left; /* how many may still be told */
	bool more;
	char cursor[CURSOR_SIZE];
};

static void
put_version(void *arg, const struct file_version *v)
{
	struct listing *l = arg;
	struct buf *b = l->out;
	if (l->left-- <= 0) {
		l->more = true;
		return;
	}
	json_begin(b, '{');
	json_key(b, "session"), json_string(b, v->session_id);
	json_key(b, "seq"), json_int(b, v->seq);
	json_key(b, "at"), json_int(b, v->at);
	json_key(b, "by"), json_string(b, v->by);
	json_key(b, "op"), json_string(b, v->operation);
	json_key(b, "path"), json_string(b, v->path);
	if (v->path_to)
		json_key(b, "to"), json_string(b, v->path_to);
	json_key(b, "before"), json_string(b, v->before);
	json_key(b, "after"), json_string(b, v->after);
	json_key(b, "added"), json_int(b, v->added);
	json_key(b, "removed"), json_int(b, v->removed);
	json_end(b, '}');
	snprintf(l->cursor, sizeof l->cursor, "%" PRId64 ".%" PRId64 ".%" PRId64, v->at,
		v->session, v->seq);
}

static int
take_cursor(const struct value *after, struct history *h, struct err *e)
{
	char end;
	h->at = INT64_MAX;
	if (!after->given)
		return 0;
	if (sscanf(after->text, "%" SCNd64 ".%" SCNd64 ".%" SCNd64 "%c", &h->at,
		    &h->session, &h->seq, &end) != 3)
		return err_field(e, "after", "after is not the next of an answer.");
	return 0;
}

int
h_file_history(struct call *c, struct err *e)
{
	const struct value *v = c->values;
	struct buf *b = &c->response->body;
	struct workspace w;
	struct listing list = {.out = b,
		.left = v[VERSIONS_LIMIT].given ? (int)v[VERSIONS_LIMIT].number
						: DEFAULT_VERSIONS};
	struct history h = {.owner = c->auth.user,
		.workspace = v[VERSIONS_WORKSPACE].text,
		.path = v[VERSIONS_PATH].text,
		.most = list.left + 1};
	if (workspace_named(c, &w, e) != 0)
		return -1;
	workspace_clear(&w);
	if (take_cursor(&v[VERSIONS_AFTER], &h, e) != 0)
		return -1;
	json_begin(b, '{');
	json_key(b, "items"), json_begin(b, '[');
	if (file_version_each(c->events, &h, put_version, &list, e) != 0)
		return -1;
	json_end(b, ']');
	json_key(b, "next"), json_string(b, list.more ? list.cursor : NULL);
	json_end(b, '}');
	return 0;
}

/* ---- a new session ---- */

int
editor_options_check(const struct app *app, struct json_object *options,
	const char *field, struct err *e)
{
	static const struct param params[] = {
		{"path", IN_BODY, TYPE_FILE, false, .doc = "a file to open"},
	};
	struct value values[1] = {{0}};
	(void)app;
	return param_take_members(params, 1, options, values, e) == 0
		? 0
		: param_within(e, field);
}
