/* What was deleted; see trash.h. */
#include "config.h"

#include "fcgi/h_files.h"

#include "fcgi/located.h"
#include "fcgi/trash.h"
#include "lib/json.h"

int
h_trash_list(struct call *c, struct err *e)
{
	struct buf *b = &c->response->body;
	struct located l;
	int rc = located_open(c, FILES_WORKSPACE, -1, &l, e);
	if (rc == 0) {
		trash_expire(c->app->conf.dir, c->app->conf.trash_days, c->now);
		json_begin(b, '{');
		json_key(b, "items");
		rc = trash_list(b, c->app->conf.dir, l.workspace, e);
		json_key(b, "next"), json_null(b);
		json_end(b, '}');
	}
	located_close(&l);
	return rc;
}

static int
remove_for_good(struct call *c, const char *id, struct err *e)
{
	struct located l;
	int rc = located_open(c, FILES_WORKSPACE, -1, &l, e);
	if (rc == 0)
		rc = trash_remove(c->app->conf.dir, l.workspace, id, e);
	located_close(&l);
	return rc;
}

int
h_trash_delete(struct call *c, struct err *e)
{
	return remove_for_good(c, c->values[TRASH_ID].text, e);
}

int
h_trash_empty(struct call *c, struct err *e)
{
	return remove_for_good(c, NULL, e);
}
