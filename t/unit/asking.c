/* See asking.h. */
#include "config.h"

#include "t/unit/asking.h"

#include "lib/clock.h"
#include "lib/db.h"
#include "lib/json.h"
#include "lib/migrate.h"
#include "t/unit/databases.h"

#include <json-c/json.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

static const char some_id[] = "aaaaaaaaaaaaaaaaaaaaaaaaaa";
static const char some_uuid[] = "01234567-89ab-4def-8123-456789abcdef";

struct text {
	const char *at;
	size_t left;
};

static size_t
read_text(void *arg, char *to, size_t len)
{
	struct text *t = arg;
	size_t n = len < t->left ? len : t->left;
	if (n)
		memcpy(to, t->at, n);
	t->at += n;
	t->left -= n;
	return n;
}

static void
copy_member(struct json_object *json, const char *name, char *to, size_t size)
{
	struct json_object *value;
	if (json_object_object_get_ex(json, name, &value))
		snprintf(to, size, "%s", json_object_get_string(value));
}

/* An error must have the one shape; its code and field are taken out. */
static void
take_problem(struct reply *reply)
{
	struct json_object *json = NULL;
	struct err e;
	char *body = strstr(reply->text, "\r\n\r\n");
	assert_non_null(strstr(reply->text, "application/problem+json"));
	assert_int_equal(json_parse(&json, body + 4, strlen(body + 4), &e), 0);
	copy_member(json, "code", reply->code, sizeof reply->code);
	copy_member(json, "field", reply->field, sizeof reply->field);
	assert_true(*reply->code);
	json_object_put(json);
}

static int
write_nowhere(void *arg, const char *bytes, size_t len)
{
	(void)arg, (void)bytes, (void)len;
	return 0;
}

static const char *
good_text(const struct param *p, struct buf *b)
{
	buf_clear(b);
	switch (p->type) {
	case TYPE_INT:
		buf_printf(b, "%lld", (long long)p->min);
		break;
	case TYPE_BOOL:
		buf_str(b, p->in == IN_BODY ? "true" : "1");
		break;
	case TYPE_ENUM:
		buf_printf(b, p->in == IN_BODY ? "\"%s\"" : "%s", p->values[0]);
		break;
	case TYPE_STRINGS:
		buf_str(b, "[\"x\"]");
		break;
	case TYPE_MAP:
	case TYPE_OBJECT:
		buf_str(b, "{}");
		break;
	case TYPE_LIST:
		buf_str(b, "[]");
		break;
	case TYPE_UUID:
		buf_printf(b, p->in == IN_BODY ? "\"%s\"" : "%s", some_uuid);
		break;
	case TYPE_PATH:
		buf_str(b, p->in == IN_BODY ? "\"/\"" : "/");
		break;
	default:
		buf_printf(b, p->in == IN_BODY ? "\"%s" : "%s", some_id);
		for (int64_t n = ID_LENGTH; p->type == TYPE_TEXT && n < p->min; n++)
			buf_char(b, 'x');
		if (p->in == IN_BODY)
			buf_char(b, '"');
	}
	return b->data;
}

/* Appends the route's required parameters of a place, but for `skip`, which is written as
 * `instead` (NULL: not at all). */
static void
put_params(struct buf *out, const struct route *r, enum place place, int skip,
	const char *instead)
{
	struct buf value = BUF_INIT;
	bool form = place == IN_BODY && r->body == BODY_FORM;
	for (int i = 0, any = 0; i < r->param_count; i++) {
		const struct param *p = &r->params[i];
		if (p->in != place || (i == skip ? !instead : !p->required))
			continue;
		if (form) {
			buf_printf(out, "%s%s=%s", any++ ? "&" : "", p->name,
				i == skip ? instead : some_id);
			continue;
		}
		buf_str(out,
			!any++ ? (place == IN_BODY ? "" : "?")
			       : (place == IN_BODY ? "," : "&"));
		buf_printf(out, place == IN_BODY ? "\"%s\":%s" : "%s=%s", p->name,
			i == skip ? instead : good_text(p, &value));
	}
	buf_free(&value);
}

struct reply
ask_send(struct fixture *f, const struct ask *ask)
{
	char *env[12], **at = env;
	size_t length = ask->length ? ask->length : ask->body ? strlen(ask->body) : 0;
	struct text body = {ask->body, length};
	const struct source source = {read_text, &body};
	struct buf out = BUF_INIT;
	struct reply reply = {0};
	*at++ = xasprintf("REQUEST_METHOD=%s", ask->method);
	*at++ = xasprintf("REQUEST_URI=/%s", ask->uri);
	*at++ = xstrdup("HTTP_HOST=localhost");
	*at++ = xasprintf("REMOTE_ADDR=%s", ask->address ? ask->address : "192.0.2.1");
	*at++ = xasprintf("CONTENT_TYPE=%s", ask->type ? ask->type : "");
	*at++ = xasprintf("CONTENT_LENGTH=%zu", length);
	*at++ = xstrdup("HTTP_SEC_FETCH_SITE=same-origin");
	if (ask->key)
		*at++ = xasprintf("HTTP_AUTHORIZATION=Bearer %s", ask->key);
	if (ask->cookie)
		*at++ = xasprintf("HTTP_COOKIE=dispatch=%s", ask->cookie);
	*at = NULL;
	const struct sink sink = {write_nowhere, NULL};
	router_answer(&f->app, f->state, f->events, env, &source, &sink, &out);
	while (at > env)
		free(*--at);
	reply.text = buf_take(&out);
	assert_int_equal(sscanf(reply.text, "Status: %d", &reply.status), 1);
	if (reply.status >= 400)
		take_problem(&reply);
	return reply;
}

struct buf
ask_path(const struct route *r)
{
	struct buf b = BUF_INIT;
	for (const char *p = r->path; *p; p++) {
		if (*p == '<') {
			buf_str(&b, some_id);
			p = strchr(p, '>');
		} else {
			buf_char(&b, *p);
		}
	}
	return b;
}

const char *
ask_type(const struct route *r)
{
	return r->body == BODY_JSON    ? "application/json"
		: r->body == BODY_FORM ? "application/x-www-form-urlencoded"
				       : "application/octet-stream";
}

struct reply
ask_route(struct fixture *f, const struct route *r, int skip, const char *instead)
{
	struct buf uri = ask_path(r), body = BUF_INIT;
	put_params(&uri, r, IN_QUERY, skip, instead);
	if (r->body == BODY_JSON) {
		buf_char(&body, '{');
		put_params(&body, r, IN_BODY, skip, instead);
		buf_char(&body, '}');
	} else if (r->body == BODY_FORM) {
		put_params(&body, r, IN_BODY, skip, instead);
	} else if (r->body == BODY_BYTES) {
		buf_str(&body, "bytes");
	}
	const struct ask ask = {
		.method = r->method,
		.uri = uri.data,
		.key = f->key,
		.type = ask_type(r),
		.body = body.data,
	};
	struct reply reply = ask_send(f, &ask);
	buf_free(&uri);
	buf_free(&body);
	return reply;
}

struct reply
ask_with_body(struct fixture *f, const struct route *r, const char *type,
	const char *body, size_t length)
{
	struct buf uri = ask_path(r);
	put_params(&uri, r, IN_QUERY, -1, NULL);
	const struct ask ask = {r->method, uri.data, .key = f->key, .type = type,
		.body = body, .length = length};
	struct reply reply = ask_send(f, &ask);
	buf_free(&uri);
	return reply;
}

int
asking_set_up_empty(void **state)
{
	struct fixture *f = calloc(1, sizeof *f);
	struct conf conf;
	struct err e = {0};
	memcpy(f->dir, "/tmp/dispatch-XXXXXX", 21);
	if (!mkdtemp(f->dir) || migrate_apply(f->dir, NULL, &e) < 1 ||
		conf_load(&conf, &(struct conf_args){.dir = f->dir}, &e) != 0 ||
		db_open(&f->state, f->dir, "state.db", DB_WRITE, 0, &e) != 0 ||
		db_open(&f->events, f->dir, "events.db", DB_READ, 0, &e) != 0) {
		fprintf(stderr, "%s\n", e.text);
		return -1;
	}
	conf.log_level = LOG_LEVEL_ERROR;
	conf.http_plain = 1;
	app_open(&f->app, &conf);
	f->app.pool = POOL_ALL;
	atomic_store(&f->app.stopping, true); /* nobody waits for the runner */
	*state = f;
	return 0;
}

int
asking_set_up(void **state)
{
	struct err e = {0};
	if (asking_set_up_empty(state) != 0)
		return -1;
	struct fixture *f = *state;
	return auth_key_new(f->state, NULL, "test", "admin", 0, clock_now(), f->key, &e);
}

int
asking_tear_down(void **state)
{
	struct fixture *f = *state;
	db_close(f->state);
	db_close(f->events);
	remove_databases(f->dir);
	app_close(&f->app);
	free(f);
	return 0;
}

void
ask_expect(const struct route *r, struct reply reply, int status, const char *code,
	const char *what)
{
	if (reply.status != status || (code && strcmp(reply.code, code) != 0))
		fail_msg("%s %s, %s: %s", r->method, r->path, what, reply.text);
	free(reply.text);
}
