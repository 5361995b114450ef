/* Listing jobs. For the rest they are sessions; see h_sessions.c and h_run.c. */
#include "config.h"

#include "fcgi/h_jobs.h"

#include "lib/envelope.h"
#include "lib/json.h"
#include "lib/store/session.h"

enum { MOST = 200 };

static void
put_job(void *arg, const struct session *s)
{
	envelope_session(arg, s);
}

int
h_job_list(struct call *c, struct err *e)
{
	const struct value *v = c->values;
	struct buf *b = &c->response->body;
	const struct job_filter filter = {
		.workspace = v[JOBS_WORKSPACE].given ? v[JOBS_WORKSPACE].text : NULL,
		.live = v[JOBS_LIVE].given && v[JOBS_LIVE].number,
		.most = MOST,
	};
	response_list_begin(c->response);
	if (session_each_job(c->events, c->auth.user, &filter, put_job, b, e) != 0)
		return -1;
	response_list_end(c->response);
	return 0;
}
