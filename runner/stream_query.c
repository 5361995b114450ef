/* See stream_query.h. */
#include "config.h"

#include "runner/stream_query.h"

#include "lib/buf.h"

#include <event2/event.h>
#include <event2/http.h>
#include <event2/keyvalq_struct.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>

int
stream_number(const char *text, int64_t *value)
{
	char *end;
	errno = 0;
	long long n = strtoll(text, &end, 10);
	if (errno || *end || *text < '0' || *text > '9')
		return -1;
	*value = n;
	return 0;
}

static bool
is_named(const struct stream_query *q, const char *id)
{
	for (int i = 0; i < q->count; i++)
		if (strcmp(q->sessions[i].id, id) == 0)
			return true;
	return false;
}

/* One `id:seq`. */
static int
take_cursor(struct stream_query *q, const char *text, struct err *e)
{
	const char *colon = strchr(text, ':');
	char id[ID_SIZE] = "";
	int64_t after;
	if (!colon || !crypt_is_id(text, (size_t)(colon - text)) ||
		stream_number(colon + 1, &after) != 0)
		return err_field(e, "s",
			"Expected <session>:<seq>, separated by commas.");
	memcpy(id, text, ID_LENGTH);
	if (q->count == STREAM_SESSIONS_MAX)
		return err_field(e, "s", "At most %d sessions fit into a stream.",
			STREAM_SESSIONS_MAX);
	if (is_named(q, id))
		return err_field(e, "s", "A session is named twice.");
	memcpy(q->sessions[q->count].id, id, ID_SIZE);
	q->sessions[q->count++].after = after;
	return 0;
}

static int
take_sessions(struct stream_query *q, const char *value, struct err *e)
{
	char *copy = xstrdup(value), *next = NULL;
	int rc = 0;
	for (char *p = strtok_r(copy, ",", &next); p && rc == 0;
		p = strtok_r(NULL, ",", &next))
		rc = take_cursor(q, p, e);
	free(copy);
	return rc;
}

static int
take_jump(struct stream_query *q, const char *value, struct err *e)
{
	q->screen = strcmp(value, "screen") == 0;
	q->jump = q->screen || strcmp(value, "1") == 0;
	return q->jump || strcmp(value, "0") == 0
		? 0
		: err_field(e, "jump", "Expected 0, 1 or screen.");
}

static int
take_window(struct stream_query *q, const char *value, struct err *e)
{
	return stream_number(value, &q->window) == 0
		? 0
		: err_field(e, "window", "The window is a number of bytes.");
}

static const struct {
	const char *name;
	int (*take)(struct stream_query *q, const char *value, struct err *e);
} parameters[] = {{"s", take_sessions}, {"jump", take_jump}, {"window", take_window}};

/* %00 would cut a value short, and of two values one would be ignored. */
static int
read_parameters(struct evkeyvalq *list, const char *query, struct err *e)
{
	if (strstr(query, "%00") || evhttp_parse_query_str(query, list) != 0)
		return err_field(e, "query",
			"The query of this request is not acceptable.");
	for (struct evkeyval *a = TAILQ_FIRST(list); a; a = TAILQ_NEXT(a, next))
		for (struct evkeyval *b = TAILQ_NEXT(a, next); b; b = TAILQ_NEXT(b, next))
			if (strcmp(a->key, b->key) == 0)
				return err_field(e, a->key, "%s is given twice.", a->key);
	return 0;
}

int
stream_query_parse(struct stream_query *q, const char *query, struct err *e)
{
	struct evkeyvalq list = {0};
	*q = (struct stream_query){.window = -1};
	int rc = read_parameters(&list, query ? query : "", e);
	for (size_t i = 0; i < sizeof parameters / sizeof *parameters && rc == 0; i++) {
		const char *value = evhttp_find_header(&list, parameters[i].name);
		if (value)
			rc = parameters[i].take(q, value, e);
	}
	evhttp_clear_headers(&list);
	return rc;
}
