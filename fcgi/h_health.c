/* GET api/health: whether all parts are there, for monitors and for the sign-in page. */
#include "config.h"

#include "fcgi/handlers.h"
#include "lib/json.h"
#include "lib/store/session.h"
#include "lib/wake.h"

#include <unistd.h>

int
h_health(struct call *c, struct err *e)
{
	struct buf *b = &c->response->body;
	bool alive = wake_alive(&c->app->wake),
	     full = access(c->app->full_mark, F_OK) == 0;
	int pending = auth_setup_pending(c->state, e);
	if (pending < 0)
		return -1;
	json_begin(b, '{');
	json_key(b, "status"), json_string(b, alive && !full ? "ok" : "degraded");
	json_key(b, "version"), json_string(b, PACKAGE_VERSION);
	json_key(b, "build"), json_string(b, c->app->build);
	json_key(b, "setup_required"), json_truth(b, pending);
	json_key(b, "runner"), json_begin(b, '{');
	json_key(b, "alive"), json_truth(b, alive);
	json_key(b, "generation"), json_int(b, runner_generation(c->events));
	json_end(b, '}');
	json_key(b, "storage"), json_string(b, full ? "full" : "ok");
	json_end(b, '}');
	return 0;
}
