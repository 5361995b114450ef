/* Whether sessions can be limited as a whole, as the settings ask for it. */
#ifndef DISPATCH_CLI_DOCTOR_GROUPS_H
#define DISPATCH_CLI_DOCTOR_GROUPS_H

#include "lib/buf.h"
#include "lib/conf.h"
#include "lib/os_cgroup.h"

struct groups_state {
	struct os_cgroup cgroup; /* without a tree: `refusal` */
	const char *refusal;
};

/* Looks at the runner (0: there is none, so it is not known), and appends a line when
 * sessions do not start for it. */
void doctor_groups(struct groups_state *state, const struct conf *conf, int64_t runner,
	struct buf *findings);
void doctor_groups_free(struct groups_state *state);

/* Append it, for people and as a member of an object. */
void doctor_groups_text(const struct groups_state *state, struct buf *b);
void doctor_groups_json(const struct groups_state *state, struct buf *b);

#endif
