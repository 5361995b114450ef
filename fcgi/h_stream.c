/* The event stream's small part that is not the runner's: what viewers have shown. */
#include "config.h"

#include "fcgi/handlers.h"
#include "lib/wake.h"

int
h_stream(struct call *c, struct err *e)
{
	(void)c;
	return err_set(e, 404, "route.unknown",
		"The event stream is the runner's: the web server must pass this address "
		"to "
		"run/stream.sock.");
}

int
h_ack(struct call *c, struct err *e)
{
	if (wake_ack(&c->app->wake, c->values[ACK_STREAM].text, c->auth.user,
		    c->values[ACK_COUNT].number))
		return 0;
	return err_set(e, 503, "runner.busy", "The runner is busy; try again.");
}
