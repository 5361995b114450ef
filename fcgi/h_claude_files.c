/* The files that a person may mean behind an @ in what is said to Claude. */
#include "config.h"

#include "fcgi/claude_place.h"
#include "fcgi/finder.h"
#include "fcgi/handlers.h"
#include "fcgi/workspace_dir.h"
#include "lib/beneath.h"
#include "lib/json.h"

#include <stdlib.h>

enum { FILES_MOST = 50 };

int
h_claude_files(struct call *c, struct err *e)
{
	const struct value *v = c->values;
	const struct conf *conf = &c->app->conf;
	struct claude_place place;
	char *cwd = NULL;
	struct beneath b = BENEATH_INIT;
	struct finder finder = {.conf = conf,
		.b = &b,
		.name = v[FOUND_QUERY].text,
		.limit = FILES_MOST};
	struct buf *out = &c->response->body;
	int rc = claude_place_find(c, v[FOUND_WORKSPACE].text, v[FOUND_CWD].text, &place,
		e);
	if (rc == 0)
		rc = claude_place_demand(&place, e);
	if (rc == 0)
		cwd = workspace_dir_resolve(conf, place.cwd, false, e);
	rc = cwd ? beneath_open(&b, cwd, conf->dir, e) : -1;
	json_begin(out, '{');
	json_key(out, "items");
	if (rc == 0)
		rc = finder_put(out, &finder, e);
	json_key(out, "next"), json_null(out);
	json_end(out, '}');
	beneath_close(&b);
	free(cwd);
	claude_place_clear(&place);
	return rc;
}
