/* Finding files by their name, and by what they say. */
#include "config.h"

#include "fcgi/h_files.h"

#include "fcgi/finder.h"
#include "fcgi/located.h"
#include "fcgi/search.h"
#include "lib/json.h"

#include <string.h>

enum { NAMES = 50, LINES = 1000 };

static int
find_names(struct call *c, const struct located *l, struct err *e)
{
	const struct value *limit = &c->values[SEARCH_LIMIT_OF];
	struct buf *b = &c->response->body;
	const struct finder finder = {
		.conf = &c->app->conf,
		.b = &l->b,
		.name = c->values[SEARCH_NAME].text,
		.limit = !limit->given                 ? NAMES
			: limit->number > FINDER_LIMIT ? FINDER_LIMIT
						       : (int)limit->number,
		.matches = true,
	};
	json_begin(b, '{');
	json_key(b, "items");
	if (finder_put(b, &finder, e) != 0)
		return -1;
	json_key(b, "next"), json_null(b);
	json_end(b, '}');
	return 0;
}

static int
find_lines(struct call *c, const struct located *l, struct err *e)
{
	const struct value *v = c->values;
	struct buf *b = &c->response->body;
	struct search s = {
		.conf = &c->app->conf,
		.b = &l->b,
		.text = v[SEARCH_TEXT].text,
		.regex = v[SEARCH_REGEX].number != 0,
		.exact_case = v[SEARCH_CASE].number != 0,
		.word = v[SEARCH_WORD].number != 0,
		.glob = v[SEARCH_GLOB].given ? v[SEARCH_GLOB].text : NULL,
		.limit =
			v[SEARCH_LIMIT_OF].given ? (int)v[SEARCH_LIMIT_OF].number : LINES,
	};
	int rc = search_rg(&s, e);
	bool rg = rc > 0;
	if (rc == 0)
		rc = search_own(&s, e);
	if (rc >= 0) {
		json_begin(b, '{');
		json_key(b, "items");
		buf_char(b, '[');
		buf_add(b, s.items.data, s.items.len);
		buf_char(b, ']');
		json_key(b, "truncated"), json_truth(b, s.truncated);
		json_key(b, "engine"), json_string(b, rg ? "rg" : "own");
		json_key(b, "next"), json_null(b);
		json_end(b, '}');
	}
	buf_free(&s.items);
	return rc < 0 ? -1 : 0;
}

int
h_search(struct call *c, struct err *e)
{
	bool name = c->values[SEARCH_NAME].given, text = c->values[SEARCH_TEXT].given;
	struct located l;
	if (name == text)
		return err_field(e, name ? "text" : "name",
			"Say either a name or a text to look for.");
	int rc = located_open(c, FILES_WORKSPACE, -1, &l, e);
	if (rc == 0)
		rc = name ? find_names(c, &l, e) : find_lines(c, &l, e);
	located_close(&l);
	return rc;
}
