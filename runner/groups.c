/* See groups.h. Groups are made and removed here alone; one that still holds something is
 * left for the next sweep, which is at the next end of a session or start of ours. */
#include "config.h"

#include "runner/groups.h"

#include "lib/buf.h"
#include "lib/crypt.h"
#include "lib/os_cgroup.h"
#include "lib/store/session.h"
#include "runner/adapter.h"
#include "runner/app.h"
#include "runner/os_process.h"
#include "runner/registry.h"
#include "runner/run.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

struct groups {
	struct app *app;
	struct os_cgroup cgroup; /* without a tree: there are none, and `why` */
	struct os_cgroup_limits limits;
	struct err why;
	int claim; /* -1, or what keeps other runners out of the tree */
};

/* A dot more than any group of a session. */
static const char probe[] = "probe.";

/* As a session is born. */
static int
try_birth(const struct os_cgroup *cgroup, struct err *e)
{
	const struct os_cgroup_limits any = {0};
	if (os_cgroup_limit(cgroup, probe, &any, e) != 0)
		return -1;
	char *path = os_cgroup_program(cgroup, probe);
	pid_t pid = os_fork_into(path);
	int error = errno;
	if (pid == 0)
		_exit(0);
	if (pid > 0)
		waitpid(pid, NULL, 0);
	free(path);
	os_cgroup_remove(cgroup, probe);
	return pid > 0 ? 0
		       : err_errno(e, error, 422, "session.limits_unavailable",
				 "No program can be started in the control group %s",
				 cgroup->tree);
}

static int
take_tree(struct groups *groups, struct err *e)
{
	struct os_cgroup *cgroup = &groups->cgroup;
	if (os_cgroup_find(cgroup, groups->app->conf.session_cgroup, e) != 0 ||
		os_cgroup_settle(cgroup, e) != 0)
		return -1;
	groups->claim = os_cgroup_claim(cgroup, e);
	return groups->claim >= 0 ? try_birth(cgroup, e) : -1;
}

static bool
must_have(const struct groups *groups)
{
	return groups->limits.memory || groups->limits.cpu;
}

struct groups *
groups_create(struct app *app)
{
	struct groups *groups = xcalloc(1, sizeof *groups);
	groups->app = app;
	groups->claim = -1;
	groups->limits = (struct os_cgroup_limits){
		.memory = (uint64_t)app->conf.session_total_memory,
		.cpu = (uint64_t)app->conf.session_total_cpu,
		.processes = (uint64_t)app->conf.session_processes,
	};
	if (take_tree(groups, &groups->why) == 0) {
		log_info(&app->log, "sessions have control groups in %s",
			groups->cgroup.tree);
		return groups;
	}
	os_cgroup_clear(&groups->cgroup);
	(must_have(groups) ? log_warning : log_info)(&app->log, "%s", groups->why.text);
	return groups;
}

void
groups_destroy(struct groups *groups)
{
	if (!groups)
		return;
	if (groups->claim >= 0)
		close(groups->claim);
	os_cgroup_clear(&groups->cgroup);
	free(groups);
}

static char *
name_of(const struct run *run)
{
	return xasprintf("%s.%lld", run->row.id, (long long)run->row.run);
}

int
groups_make(struct groups *groups, const struct run *run, char **path, struct err *e)
{
	*path = NULL;
	if (!run->adapter->isolation) /* a program of ours, with no limits of sessions */
		return 0;
	if (!groups->cgroup.tree && must_have(groups)) {
		*e = groups->why;
		return -1;
	}
	if (!groups->cgroup.tree)
		return 0;
	char *name = name_of(run);
	int rc = os_cgroup_limit(&groups->cgroup, name, &groups->limits, e);
	if (rc == 0)
		*path = os_cgroup_program(&groups->cgroup, name);
	free(name);
	return rc;
}

void
groups_renew(struct groups *groups, const struct run *run)
{
	struct err e = {0};
	if (!groups->cgroup.tree)
		return;
	char *name = name_of(run);
	if (os_cgroup_exists(&groups->cgroup, name) &&
		os_cgroup_limit(&groups->cgroup, name, &groups->limits, &e) != 0)
		log_warning(&groups->app->log, "session %s: %s", run->row.id, e.text);
	free(name);
}

char *
groups_out_of_memory(const struct groups *groups, const struct run *run)
{
	if (!groups->cgroup.tree)
		return NULL;
	char *name = name_of(run);
	bool killed = os_cgroup_killed(&groups->cgroup, name) > 0;
	free(name);
	if (!killed)
		return NULL;
	if (!groups->limits.memory)
		return xstrdup("Out of memory: the system had to kill a program of this "
			       "session.");
	return xasprintf("Out of memory: a program of this session was killed. Together "
			 "they may have %lld MiB (session.total_memory).",
		(long long)(groups->limits.memory >> 20));
}

static bool
is_used(const struct groups *groups, const char *name)
{
	char id[ID_SIZE];
	memcpy(id, name, ID_LENGTH);
	id[ID_LENGTH] = '\0';
	const struct run *run = registry_find(groups->app->registry, id);
	return run && run->row.run == strtoll(name + ID_LENGTH + 1, NULL, 10);
}

static void
sweep_one(void *arg, const char *name)
{
	struct groups *groups = arg;
	if (crypt_is_id(name, strcspn(name, ".")) && name[ID_LENGTH] == '.' &&
		!is_used(groups, name))
		os_cgroup_remove(&groups->cgroup, name);
}

void
groups_sweep(struct groups *groups)
{
	if (groups->cgroup.tree)
		os_cgroup_each(&groups->cgroup, sweep_one, groups);
}
