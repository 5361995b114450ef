/* See doctor_groups.h. */
#include "config.h"

#include "cli/doctor_groups.h"

#include "lib/json.h"

static const struct limit {
	const char *name, *setting;
	size_t offset;
	unsigned int controller;
} limits[] = {
	{"memory", "session.total_memory", offsetof(struct conf, session_total_memory),
		OS_CGROUP_MEMORY},
	{"processors", "session.total_cpu", offsetof(struct conf, session_total_cpu),
		OS_CGROUP_CPU},
	{"processes", NULL, 0, OS_CGROUP_PIDS},
};

#define COUNT(a) (sizeof(a) / sizeof *(a))

static bool
is_set(const struct conf *conf, const struct limit *limit)
{
	const char *at = (const char *)conf + limit->offset;
	return limit->setting && *(const int64_t *)(const void *)at != 0;
}

void
doctor_groups(struct groups_state *state, const struct conf *conf, int64_t runner,
	struct buf *findings)
{
	*state = (struct groups_state){0};
	state->refusal = "It is known while the runner is alive.";
	if (!runner)
		return;
	if (!os_cgroup_look(&state->cgroup, (pid_t)runner))
		state->refusal = "The runner has no control group for them: see its log, "
				 "and dispatch(1), ISOLATION.";
	for (size_t i = 0; i < COUNT(limits); i++)
		if (is_set(conf, &limits[i]) &&
			!(state->cgroup.controllers & limits[i].controller))
			buf_printf(findings, "%s is set, so sessions do not start. %s\n",
				limits[i].setting,
				state->cgroup.tree
					? "Its controller is not passed on to Dispatch."
					: state->refusal);
}

void
doctor_groups_free(struct groups_state *state)
{
	os_cgroup_clear(&state->cgroup);
}

void
doctor_groups_text(const struct groups_state *state, struct buf *b)
{
	const char *comma = "";
	buf_str(b, "limits     ");
	for (size_t i = 0; i < COUNT(limits); i++)
		if (state->cgroup.controllers & limits[i].controller) {
			buf_printf(b, "%s%s", comma, limits[i].name);
			comma = ", ";
		}
	if (state->cgroup.tree)
		buf_printf(b, "%s of whole sessions, in %s\n", *comma ? "" : "nothing",
			state->cgroup.tree);
	else
		buf_printf(b, "none of whole sessions. %s\n", state->refusal);
}

void
doctor_groups_json(const struct groups_state *state, struct buf *b)
{
	bool found = state->cgroup.tree != NULL;
	json_key(b, "limits"), json_begin(b, '{');
	json_key(b, "group"), json_string(b, state->cgroup.tree);
	json_key(b, "refusal"), json_string(b, found ? NULL : state->refusal);
	for (size_t i = 0; i < COUNT(limits); i++)
		json_key(b, limits[i].name),
			json_truth(b, state->cgroup.controllers & limits[i].controller);
	json_end(b, '}');
}
