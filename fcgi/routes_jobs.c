/* Long work that goes on by itself. See domain.h. */
#include "config.h"

#include "fcgi/domain.h"
#include "fcgi/h_jobs.h"

static const char *const truth[] = {"0", "1", NULL};

static const struct param jobs_params[] = {
	[JOBS_WORKSPACE] = {"workspace", IN_QUERY, TYPE_WORKSPACE, false,
		.doc = "only those of this workspace"},
	[JOBS_LIVE] = {"live", IN_QUERY, TYPE_ENUM, false, .values = truth,
		.doc = "1: only those that have not ended"},
};

static const struct route routes[] = {
	{"GET", "api/jobs", CAP_READ, PARAMS(jobs_params), .handle = h_job_list,
		.answers = {{200, "Sessions", "the newest first, at most 200"}},
		.doc = "Lists jobs: clones, fetches, large copies"},
};

static const struct schema schemas[] = {
	{"JobProgress",
		{{"phase", TEXT}, {"percent", MAYBE_NUMBER}, {"done", MAYBE_NUMBER},
			{"of", MAYBE_NUMBER}, {"text", TEXT}}},
	{"JobReference",
		{{"from", MAYBE_TEXT}, {"to", MAYBE_TEXT}, {"local", MAYBE_TEXT},
			{"remote", MAYBE_TEXT}, {"flag", TEXT}, {"?reason", TEXT}}},
	{"JobResult", {{"?path", TEXT}, {"?refs", LIST(REF("JobReference"))}}},
	{"JobProblem", {{"code", TEXT}, {"detail", TEXT}, {"?command", LIST(TEXT)}}},
	{"Job",
		{{"op", TEXT}, {"label", TEXT}, {"progress", OR_NULL(REF("JobProgress"))},
			{"result", OR_NULL(REF("JobResult"))},
			{"problem", OR_NULL(REF("JobProblem"))}}},
};

const struct domain domain_jobs = {DOMAIN(routes, schemas)};
